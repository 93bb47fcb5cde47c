import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BusSetupError } from "@urvogel/realtime";
import { createClient } from "@redis/client";
import type { RedisAdapterOptions } from "@urvogel/realtime/redis";
import { TLS } from "../../support/engines/access.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { until } from "../../support/until.ts";
import { redisCommand } from "./redis_command.ts";
import { RedisNode } from "./redis_node.ts";

const SECRET = "s3cr3t/+:@ phrase";

/** The rights that the README names. */
const RIGHTS = ["resetchannels", "&urvogel.*", "+publish", "+subscribe", "+unsubscribe", "+ping"];

/** Starts a node that cannot connect, and returns its error, which holds no secret. */
async function refused(options: RedisAdapterOptions): Promise<string> {
  const node = new RedisNode(options);
  const error = await assertRejects(() => node.start(), BusSetupError);
  const shown = Deno.inspect(error, { depth: 10 }); // with its cause, if there was one
  assert(![SECRET, encodeURIComponent(SECRET)].some((secret) => shown.includes(secret)), shown);
  assertEquals(node.adapter.isConnected, false);
  return error.message;
}

engineTest("redis", "RedisBus refuses a wrong password, without naming it", async () => {
  await using redis = await startRedis({ credentials: { user: "app", password: "right" } });
  const { host } = new URL(redis.url);
  const wrong = [
    { url: `redis://app:${encodeURIComponent(SECRET)}@${host}` },
    { url: `redis://${host}`, credentials: { user: "app", password: SECRET } },
    { url: `redis://${host}`, credentials: { password: SECRET } },
  ];
  for (const options of wrong) {
    assertStringIncludes(await refused(options), `Cannot connect to redis://${host}: WRONGPASS`);
  }
  assertStringIncludes(await refused({ url: `redis://${host}` }), "NOAUTH");
});

engineTest("redis", "RedisBus needs no other rights than those that are documented", async () => {
  const credentials = { user: "app", password: SECRET };
  await using redis = await startRedis({ credentials, acl: RIGHTS });
  await using a = await RedisNode.start({ url: `redis://${new URL(redis.url).host}`, credentials });
  await using b = await RedisNode.start({ url: redis.url });
  await b.adapter.subscribe?.("room:1");
  a.say("room:1", "said");
  a.say("users:7", "disconnect");
  await until(() => b.received.length === 2, "both arrive");
  b.adapter.unsubscribe?.("room:1");
  await b.adapter.subscribe?.("room:2"); // behind it
  assertEquals(b.changes, []);
});

for (const missing of RIGHTS.filter((right) => right.startsWith("+") && right !== "+ping")) {
  engineTest("redis", `RedisBus finds out at the start that it has no right to ${missing.slice(1)}`, async () => {
    const acl = RIGHTS.filter((right) => right !== missing);
    await using redis = await startRedis({ credentials: { user: "app", password: SECRET }, acl });
    assertStringIncludes(await refused({ url: redis.url }), "NOPERM");
  });
}

engineTest("redis", "RedisBus finds out at the start that it may not use its channels", async () => {
  await using redis = await startRedis({ credentials: { user: "app", password: SECRET }, acl: RIGHTS });
  assertStringIncludes(await refused({ url: redis.url, prefix: "other" }), "NOPERM");
});

engineTest(
  "redis",
  "RedisBus is down with the reason when its rights are withdrawn, and up when they are back",
  async () => {
    await using redis = await startRedis({ credentials: { user: "app", password: SECRET }, acl: [...RIGHTS, "+acl"] });
    await using a = await RedisNode.start({ url: redis.url });
    await redisCommand(redis, "ACL", "SETUSER", "app", "-publish");
    a.say("room:1", "refused");
    await until(() => a.changes.length > 0, "it notices");
    const [change] = a.changes;
    assert(change && "error" in change && change.error instanceof BusSetupError, Deno.inspect(change));
    await redisCommand(redis, "ACL", "SETUSER", "app", "+publish");
    await a.isConnected();
    assertEquals(a.statuses, ["down", "up"]);
  },
);

engineTest("redis", "RedisBus verifies the server's certificate, and speaks TLS", async () => {
  const credentials = { user: "app", password: SECRET };
  await using redis = await startRedis({ tls: true, credentials });
  await using a = await RedisNode.start({ url: redis.url, tls: { ca: TLS.ca } });
  await using b = await RedisNode.start({ url: redis.url, tls: { ca: TLS.ca } });
  await b.adapter.subscribe?.("room:1");
  a.say("room:1", "encrypted");
  await until(() => b.received.length === 1, "it arrives");
  assertStringIncludes(await refused({ url: redis.url, tls: { ca: TLS.wrongCa } }), "certificate");
  assertStringIncludes(await refused({ url: redis.url }), "certificate");
  const unverified = { ca: TLS.wrongCa, rejectUnauthorized: false };
  await refused({ url: redis.url, tls: unverified });
});

engineTest("redis", "RedisBus needs no permission but the net, and says so if it has none", async () => {
  await using redis = await startRedis();
  const { host } = new URL(redis.url);
  const program = new URL("../../fixtures/redis_app.ts", import.meta.url).pathname;
  const run = async (...permissions: string[]) => {
    const args = ["run", "--no-check", "--no-prompt", ...permissions, program, redis.url];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  };
  assertStringIncludes(await run(`--allow-net=${host}`), "connected");
  assertStringIncludes(await run(), "BusSetupError: Cannot connect to");
});

engineTest("redis", "RedisBus uses the clients of `connect`, one for each attempt", async () => {
  await using redis = await startRedis({ credentials: { user: "app", password: SECRET } });
  const roles: string[] = [];
  await using node = new RedisNode({
    url: `redis://${new URL(redis.url).host}`,
    connect: (options, role) => {
      roles.push(role);
      if (roles.length <= 2) throw new Error("no token yet");
      return createClient({ ...options, username: "app", password: SECRET });
    },
  });
  await node.start();
  assertEquals(roles.toSorted(), ["publisher", "publisher", "subscriber", "subscriber"]);
  assertEquals(node.statuses, ["down", "up"]);
});
