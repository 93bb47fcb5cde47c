import { assert, assertEquals, assertGreater, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { BusDownError, type BusMalformedEvent, BusSetupError } from "@urvogel/realtime";
import type { Stored } from "../../../lib/history/engine.ts";
import { readRetention } from "../../../lib/history/retention.ts";
import { encodeTopic } from "../../../lib/pubsub/subject.ts";
import { pause } from "../../../lib/base/pause.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";
import { redisCommand } from "./redis_command.ts";
import { RedisNode } from "./redis_node.ts";

const keep = readRetention({ maxMessages: 5 });
const CHANNEL = `urvogel.h.${encodeTopic("room:1")}`;
const KEY = `urvogel.h.{${encodeTopic("room:1")}}`;
const RIGHTS_OF_BUS = ["resetchannels", "&urvogel.*", "+publish", "+subscribe", "+unsubscribe", "+ping"];

/** The rights that the README names. */
const RIGHTS = [
  ...RIGHTS_OF_BUS,
  ...["~urvogel.*", "+eval", "+evalsha", "+info", "+time", "+get", "+set", "+del", "+exists", "+pexpire"],
  ...["+hget", "+hset", "+hdel", "+hlen", "+hmget", "+hgetall", "+xadd", "+xdel", "+xrange"],
];

async function publish(node: RedisNode, ...events: string[]): Promise<number[]> {
  const positions = events.map((event) => node.adapter.history.publish("room:1", { event, payload: {} }, keep));
  return (await Promise.all(positions)).map(({ offset }) => offset);
}

async function eventsOf(node: RedisNode, after = 0): Promise<string[]> {
  const { messages } = await node.adapter.history.read("room:1", after, keep);
  return messages.map(({ event }) => event);
}

async function topOf(node: RedisNode) {
  return (await node.adapter.history.read("room:1", undefined, keep)).top;
}

/** Returns what is announced to a node. */
async function listen(node: RedisNode): Promise<Stored[]> {
  const live: Stored[] = [];
  await node.adapter.history.subscribe("room:1", keep, (message) => live.push(message));
  return live;
}

engineTest("redis", "RedisHistory stores nothing as long as nobody uses it", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  a.say("room:1", "said");
  assert(a.adapter.history);
  assertEquals(await redisCommand(redis, "DBSIZE"), 0);
});

engineTest(
  "redis",
  "RedisHistory.publish() keeps the order of calls, also when Redis does not know its script",
  async () => {
    await using redis = await startRedis();
    await using a = await RedisNode.start({ url: redis.url });
    const numbers = Array.from({ length: 200 }, (_, n) => n + 1);
    const publishing = numbers.slice(0, 100).map((n) => publish(a, `${n}`));
    await publishing[0]; // from here on the script is known
    publishing.push(...numbers.slice(100).map((n) => publish(a, `${n}`)));
    assertEquals((await Promise.all(publishing)).flat(), numbers);
    await redisCommand(redis, "SCRIPT", "FLUSH");
    assertEquals(await publish(a, "after"), [201]);
    assertEquals(await eventsOf(a), ["197", "198", "199", "200", "after"]);
  },
);

engineTest("redis", "RedisHistory needs no other rights than those that are documented", async () => {
  await using redis = await startRedis({ credentials: { user: "app", password: "right" }, acl: RIGHTS });
  await using a = await RedisNode.start({ url: redis.url });
  const { history } = a.adapter;
  const live = await listen(a);
  const publishKeyed = (key: string) => history.publish("room:1", { event: "said", payload: {}, key }, keep);
  const first = await publishKeyed("1");
  assertEquals(await publishKeyed("1"), first);
  await publish(a, "1", "2", "3", "4", "5", "6");
  await history.delete("room:1", { ...first, offset: 6 }, keep);
  assertEquals(await eventsOf(a), ["2", "3", "4", "6"]);
  for (let n = 2; n <= 12; n++) await publishKeyed(`${n}`); // more than are remembered
  await history.clear("room:1", keep);
  await history.declare?.([]);
  assertEquals(await history.routes?.(), []);
  await until(() => live.length === 18, "all are announced");
  history.unsubscribe("room:1");
});

engineTest("redis", "RedisHistory.publish() leaves nothing of a message that Redis may not announce", async () => {
  const acl = [...RIGHTS, "+acl"];
  await using redis = await startRedis({ credentials: { user: "app", password: "right" }, acl });
  await using a = await RedisNode.start({ url: redis.url });
  const publishRight = (right: string) => redisCommand(redis, "ACL", "SETUSER", "app", right);
  await publishRight("-publish");
  await assertRejects(() => publish(a, "refused"), BusSetupError, "can't run this command");
  assertEquals(await redisCommand(redis, "EXISTS", `${KEY}.messages`), 0);
  await publishRight("+publish");
  await publish(a, "first");
  await publishRight("-publish");
  await assertRejects(() => publish(a, "refused"), BusSetupError, "can't run this command");
  await publishRight("+publish");
  await publish(a, "second");
  assertEquals(await eventsOf(a), ["first", "second"]);
  assertEquals(a.changes, []); // the bus is not in question
});

engineTest("redis", "RedisHistory.publish() rejects if nobody knows whether a message was kept", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url, maxBytes: 10_000, maxBytesWaiting: 25_000 });
  await publish(a, "before");
  redis.pause();
  const payload = { text: "x".repeat(9000) };
  const send = () => a.adapter.history.publish("room:1", { event: "said", payload }, keep);
  const pending = [send(), send()].map((sent) => assertRejects(async () => await sent, BusDownError, "nobody knows"));
  const { cause } = assertThrows(send, BusDownError);
  assertEquals(cause instanceof Error && cause.message, "Redis is too slow: 25000 bytes wait for it");
  await Promise.all(pending);
  assertThrows(send, BusDownError, 'Cannot publish to "room:1": the bus is down');
  await assertRejects(() => eventsOf(a), BusDownError);
  redis.resume();
  await a.isConnected();
  assertEquals((await eventsOf(a))[0], "before");
});

engineTest("redis", "RedisHistory has a new epoch after a failover, unless nothing can be lost", async () => {
  await using primary = await startRedis();
  await using replica = await startRedis();
  await using a = await RedisNode.start({ url: primary.url });
  await redisCommand(replica, "REPLICAOF", "127.0.0.1", `${primary.port}`);
  await publish(a, "kept");
  const before = await topOf(a);
  const isCopied = async () => await redisCommand(replica, "EXISTS", `${KEY}.messages`) === 1;
  for (let left = 400; left > 0 && !await isCopied(); left--) await pause(20);
  await redisCommand(replica, "REPLICAOF", "NO", "ONE");
  await using durable = await RedisNode.start({ url: replica.url, isDurable: true });
  assertEquals([await topOf(durable), await eventsOf(durable)], [before, ["kept"]]);
  await primary.restart(); // with its data
  await until(() => a.statuses.includes("up"), "it is back");
  assertEquals([(await topOf(a)).offset, await eventsOf(a)], [0, []]);
  assertNotEquals((await topOf(a)).epoch, before.epoch);
});

engineTest("redis", "RedisHistory does not claim to have what Redis has evicted", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await publish(a, "1", "2");
  const { epoch } = await topOf(a);
  await redisCommand(redis, "DEL", `${KEY}.messages`);
  const page = await a.adapter.history.read("room:1", 1, keep);
  assertEquals([page.top, page.completeFrom, page.messages], [{ epoch, offset: 2 }, 2, []]);
  assertEquals(await publish(a, "3"), [3]);
  assertEquals((await a.adapter.history.read("room:1", 2, keep)).completeFrom, 2);
  await redisCommand(redis, "DEL", `${KEY}.numbers`);
  assertEquals(await eventsOf(a), []);
  assertNotEquals((await topOf(a)).epoch, epoch);
});

engineTest("redis", "RedisHistory leaves nothing at Redis of topics that nobody uses", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await a.adapter.history.publish("room:1", { event: "said", payload: {}, key: "k" }, keep);
  const expiry = async (key: string) => Number(await redisCommand(redis, "PTTL", `${KEY}.${key}`));
  for (const key of ["messages", "keys"]) assert(Math.abs(await expiry(key) - keep.maxAgeMs) < 10_000);
  assertGreater(await expiry("numbers"), keep.maxAgeMs + 3_000_000);
  await redisCommand(redis, "PEXPIRE", `${KEY}.numbers`, "5000");
  await topOf(a);
  assertGreater(await expiry("numbers"), keep.maxAgeMs + 3_000_000);
  await a.adapter.history.read("room:2", undefined, { ...keep, maxAgeMs: Infinity, maxBytes: Infinity });
});

engineTest("redis", "RedisHistory forgets the keys of messages that it has dropped", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  const { history } = a.adapter;
  for (let n = 1; n <= 40; n++) await history.publish("room:1", { event: "said", payload: n, key: `${n}` }, keep);
  assertEquals(Number(await redisCommand(redis, "HLEN", `${KEY}.keys`)) <= 2 * keep.maxMessages, true);
  const again = async (n: number) =>
    (await history.publish("room:1", { event: "said", payload: n, key: `${n}` }, keep)).offset;
  assertEquals([await again(36), await again(40), await again(35)], [36, 40, 41]);
});

engineTest("redis", "RedisHistory reports what no node has sent, goes on, and does not claim to have it", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  using malformed = new Collected<BusMalformedEvent>("urvogel:bus:malformed");
  const live = await listen(a);
  await publish(a, "1");
  const { epoch } = await topOf(a);
  const foreign = ["", "   ", "nonsense", `1 ${epoch} 1 nonsense`, `x ${epoch} 1 `, `1 ${epoch} x `, `1 ? 1 `];
  for (const message of foreign) await redisCommand(redis, "PUBLISH", CHANNEL, message);
  await redisCommand(redis, "XADD", `${KEY}.messages`, "2-0", "d", "nonsense");
  await redisCommand(redis, "HINCRBY", `${KEY}.numbers`, "top", "1");
  await publish(a, "3");
  const { completeFrom, messages } = await a.adapter.history.read("room:1", 0, keep);
  assertEquals([completeFrom, messages.map(({ event }) => event)], [2, ["3"]]);
  await until(() => live.length === 2, "the second one is announced");
  assertEquals(malformed.events.length, foreign.length + 1);
  assertEquals(malformed.events.at(-1)?.node, a.adapter.nodeName);
});

engineTest("redis", "RedisHistory remembers routes, also for a Redis that comes back empty", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  const none = { pattern: "room:typing", exclude: [] };
  const rooms = { pattern: "room:*", exclude: ["typing"] };
  assertEquals(await b.adapter.history.routes?.(), []);
  await a.adapter.history.declare?.([none, { ...rooms, keep: { ...keep, maxAgeMs: Infinity } }]);
  const expected = [none, { ...rooms, keep: { ...keep, maxAgeMs: Number.MAX_SAFE_INTEGER } }];
  assertEquals(await b.adapter.history.routes?.(), expected);
  await redis.restart({ empty: true });
  await until(() => a.statuses.includes("up") && b.adapter.isConnected, "both are back");
  assertEquals(await b.adapter.history.routes?.(), expected);
  await redisCommand(redis, "SET", "urvogel.h.routes", "[1]");
  await assertRejects(async () => await b.adapter.history.routes?.(), TypeError, "Cannot read declared routes");
});

engineTest("redis", "RedisHistory.publish() before stop() is kept", async () => {
  await using redis = await startRedis();
  const a = await RedisNode.start({ url: redis.url });
  const published = publish(a, ...Array.from({ length: 500 }, (_, n) => `${n}`));
  await a.adapter.stop();
  assertEquals((await published).length, 500);
  assertThrows(() => a.adapter.history.publish("room:1", { event: "late", payload: {} }, keep), BusDownError);
});

engineTest("redis", "RedisHistory is called back whenever its bus is up again", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  let calls = 0;
  const ignore = a.adapter.history.onReconnect(() => calls++);
  for (const type of ["pubsub", "normal"]) {
    const before = calls;
    await redisCommand(redis, "CLIENT", "KILL", "TYPE", type);
    await until(() => calls > before, "it is called");
  }
  assertEquals(calls, 2);
  ignore();
  await redisCommand(redis, "CLIENT", "KILL", "TYPE", "normal");
  await until(() => a.statuses.length === 6, "it is back a third time");
  assertEquals(calls, 2);
});
