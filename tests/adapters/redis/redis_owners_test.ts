import { assert, assertEquals, assertRejects } from "@std/assert";
import type { OwnerSession } from "@urvogel/realtime";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { useOwners } from "../../support/owner_suite.ts";
import { redisAdapter, type RedisAdapterOptions } from "@urvogel/realtime/redis";
import { redisCommand } from "./redis_command.ts";
import { RedisNode } from "./redis_node.ts";

/** The rights that the README names. */
const RIGHTS = [
  ...["resetchannels", "&urvogel.*", "+publish", "+subscribe", "+unsubscribe", "+ping"],
  ...["~urvogel.*", "+eval", "+evalsha", "+info", "+time", "+del", "+exists", "+hget", "+hset", "+hdel", "+hmget"],
  ...["+zadd", "+zscore", "+zrem", "+zrangebyscore", "+sadd", "+srem", "+spop"],
];

const TTL_MS = 5000;

/** Starts a node on a Redis that gives keys. */
async function startUsed(options: RedisAdapterOptions): Promise<RedisNode> {
  await useOwners(redisAdapter(options));
  return await RedisNode.start(options);
}

async function claimAll(session: OwnerSession, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => session.claim(key)));
}

engineTest("redis", "RedisOwners stores nothing as long as nobody uses it", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  assert(a.adapter.owners);
  assertEquals(await redisCommand(redis, "DBSIZE"), 0);
});

engineTest("redis", "RedisOwners needs no other rights than those that are documented", async () => {
  await using redis = await startRedis({ credentials: { user: "app", password: "right" }, acl: RIGHTS });
  await using a = await startUsed({ url: redis.url });
  const [first, second] = [await a.adapter.owners.open("a", TTL_MS), await a.adapter.owners.open("b", TTL_MS)];
  await claimAll(first, ["1", "2"]);
  await first.close();
  const { isOwn, token } = await second.claim("1");
  assertEquals(isOwn, true);
  await second.release("1", token);
  await second.close();
});

engineTest("redis", "RedisOwners removes the keys of sessions that have ended", async () => {
  await using redis = await startRedis();
  await using a = await startUsed({ url: redis.url });
  const [dead, alive] = [await a.adapter.owners.open("a", 1000), await a.adapter.owners.open("b", 60_000)];
  const keys = Array.from({ length: 2500 }, (_, n) => `${n}`);
  await claimAll(dead, keys);
  await claimAll(alive, ["mine"]);
  await dead.release("0", (await dead.claim("0")).token);
  await dead.close();
  assertEquals((await alive.claim("1")).isOwn, true);
  for (let round = 0; round < 4; round++) assertEquals(await alive.renew(), true);
  assertEquals(await redisCommand(redis, "HLEN", "urvogel.{o}.keys"), 2);
  assertEquals(await redisCommand(redis, "ZCARD", "urvogel.{o}.sessions"), 1);
  assertEquals((await redisCommand(redis, "KEYS", "urvogel.{o}.sessions.*") as string[]).length, 1);
});

engineTest(
  "redis",
  "RedisOwners gives no key to anybody for one session's time after Redis has restarted",
  async () => {
    await using redis = await startRedis();
    await using a = await startUsed({ url: redis.url });
    const before = await a.adapter.owners.open("a", 1000);
    const { token } = await before.claim("k");
    await redis.restart();
    await a.isConnected(false);
    await a.isConnected();
    const [seconds, us] = await redisCommand(redis, "TIME") as [string, string];
    assertEquals(await before.renew(), false);
    const next = await (await a.adapter.owners.open("a", TTL_MS)).claim("k"); // waits
    assert(next.isOwn && next.token > token);
    const restarted = BigInt(seconds) * 1_000_000n + BigInt(us);
    assert(next.token - restarted >= 1_000_000n, "by the clock of Redis");
  },
);

engineTest("redis", "RedisOwners knows the longest session also after Redis has restarted twice", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  const { owners } = a.adapter;
  await owners.open("long", 600_000);
  for (const run of ["first", "second"]) {
    await redisCommand(redis, "HSET", "urvogel.{o}.state", "run", run); // as after a restart
    await owners.open("short", 1000);
    const [seconds] = await redisCommand(redis, "TIME") as [string];
    const from = Number(await redisCommand(redis, "HGET", "urvogel.{o}.state", "from")) / 1_000_000;
    assert(from - Number(seconds) > 500, "a node that cannot reach Redis may not have noticed yet");
  }
});

engineTest("redis", "RedisOwners waits no longer for keys when the session is closed", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  const session = await a.adapter.owners.open("a", 60_000);
  const claimed = session.claim("k");
  const refused = assertRejects(() => claimed, Error, "has ended");
  await session.renew(); // the reply to the claim was before this one
  await session.close();
  await refused;
});

engineTest("redis", "RedisOwners.claim() gives higher tokens than before when the clock was set back", async () => {
  await using redis = await startRedis();
  await using a = await startUsed({ url: redis.url });
  const future = (BigInt(Date.now()) + 3_600_000n) * 1000n;
  await redisCommand(redis, "HSET", "urvogel.{o}.state", "token", `${future}`);
  const session = await a.adapter.owners.open("a", TTL_MS);
  assertEquals([(await session.claim("1")).token, (await session.claim("2")).token], [future + 1n, future + 2n]);
});
