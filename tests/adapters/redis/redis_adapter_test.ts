import { assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { Broadcast, BusDownError, TooLargeError } from "@urvogel/realtime";
import { redisAdapter } from "@urvogel/realtime/redis";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { until } from "../../support/until.ts";
import { RedisNode } from "./redis_node.ts";

engineTest("redis", "RedisBus carries broadcasts to the nodes that subscribed to the topic", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  await using c = await RedisNode.start({ url: redis.url });
  await b.adapter.subscribe?.("room:1");
  await c.adapter.subscribe?.("room:2");
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  a.say("room:1", "bytes", bytes);
  a.say("room:2", "json", { text: "é😀\u0000" });
  a.say("room:1", "last");
  await until(() => b.received.length === 2 && c.received.length === 1, "both have received theirs");
  assertEquals(b.received[0], { topic: "room:1", event: "bytes", payload: bytes });
  assertEquals(b.events, ["bytes", "last"]);
  assertEquals(c.received, [{ topic: "room:2", event: "json", payload: { text: "é😀\u0000" } }]);
});

engineTest("redis", "RedisBus carries control messages to all nodes, and direct ones to one", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  await using c = await RedisNode.start({ url: redis.url });
  a.say("users:7", "disconnect");
  a.adapter.directBroadcast(b.adapter.nodeName, new Broadcast("room:1", "direct", {}));
  a.adapter.directBroadcast("nobody", new Broadcast("room:1", "lost", {}));
  a.say("urvogel:x", "last");
  await until(() => b.received.length === 3 && c.received.length === 2, "all have received theirs");
  assertEquals(b.events.toSorted(), ["direct", "disconnect", "last"]);
  assertEquals(c.events, ["disconnect", "last"]);
});

engineTest("redis", "RedisBus misses nothing that is broadcast after subscribe() has resolved", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  for (let i = 0; i < 500; i++) {
    await b.adapter.subscribe?.(`room:${i}`);
    a.say(`room:${i}`, `${i}`);
  }
  await until(() => b.received.length === 500, () => `500 arrive, received ${b.received.length}`);
  assertEquals(b.events, Array.from({ length: 500 }, (_, i) => `${i}`));
});

engineTest("redis", "RedisBus ends as subscribed or not as the last call wanted it", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  for (let gap = 0; gap < 8; gap++) { // turns between the calls, while the former ones are on their way
    const topics = [`kept:${gap}`, `left:${gap}`];
    const pending = topics.map((topic) => b.adapter.subscribe?.(topic));
    for (let turn = 0; turn < gap; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    for (const topic of topics) b.adapter.unsubscribe?.(topic);
    for (let turn = 0; turn < gap; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    pending.push(b.adapter.subscribe?.(`kept:${gap}`));
    await Promise.all(pending);
    a.say(`left:${gap}`, "left");
    a.say(`kept:${gap}`, `${gap}`);
  }
  await until(() => b.events.includes("7"), "the last one arrives");
  assertEquals(b.events, ["0", "1", "2", "3", "4", "5", "6", "7"]);
});

engineTest("redis", "RedisBus keeps the order of 20,000 broadcasts, more than fit into its window", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  await b.adapter.subscribe?.("room:1");
  const names = Array.from({ length: 20_000 }, (_, i) => `${i}`);
  for (const name of names) a.say("room:1", name);
  await until(() => b.received.length >= names.length, () => `all arrive, received ${b.received.length}`);
  assertEquals(b.events, names);
});

engineTest("redis", "RedisBus sends what was broadcast before stop()", async () => {
  await using redis = await startRedis();
  const a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  for (let i = 0; i < 1000; i++) a.say("urvogel:x", `${i}`);
  await a.adapter.stop();
  assertEquals(a.adapter.isConnected, false);
  await until(() => b.received.length === 1000, "all arrive");
  assertThrows(() => a.say("room:1", "late"), BusDownError);
  await a.adapter.stop(); // twice is fine
  assertEquals(a.changes, []); // and no outage
});

engineTest("redis", "RedisBus starts again after stop(), without topics", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  await b.adapter.subscribe?.("room:1");
  await b.adapter.stop();
  await b.start();
  a.say("room:1", "forgotten");
  a.say("urvogel:x", "behind it");
  await until(() => b.received.length === 1, "what is behind it arrives");
  await b.adapter.subscribe?.("room:1");
  a.say("room:1", "again");
  await until(() => b.received.length === 2, "it arrives");
  assertEquals(b.events, ["behind it", "again"]);
});

Deno.test("RedisBus can be stopped while it connects", async () => {
  using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 }); // accepts, and never replies
  const { port } = mute.addr as Deno.NetAddr;
  const node = new RedisNode({ url: `redis://127.0.0.1:${port}` });
  const started = node.start();
  const accepted = [await mute.accept(), await mute.accept()]; // both connections wait for a reply now
  await node.adapter.stop();
  await started;
  for (const connection of accepted) connection.close();
  assertEquals(node.changes, []);
});

Deno.test("RedisBus can be stopped in the turn in which it was started", async () => {
  const node = new RedisNode({ url: "redis://127.0.0.1:1" });
  const started = node.start();
  await node.adapter.stop();
  await started;
  assertEquals(node.changes, []);
});

engineTest("redis", "RedisBus refuses what is larger than maxBytes, and carries what is not", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url });
  await using b = await RedisNode.start({ url: redis.url });
  await b.adapter.subscribe?.("room:1");
  const error = assertThrows(() => a.say("room:1", "x", new Uint8Array(1_048_576)), TooLargeError);
  assertEquals(error.maxBytes, 1_048_576);
  assertGreater(error.bytes, 1_048_576);
  a.say("room:1", "fits", new Uint8Array(1_048_000));
  await until(() => b.received.length === 1, "it arrives");
});

engineTest("redis", "RedisBus refuses broadcasts when more than maxBytesWaiting wait", async () => {
  await using redis = await startRedis();
  await using a = await RedisNode.start({ url: redis.url, maxBytes: 1024, maxBytesWaiting: 4096 });
  const error = assertThrows(() => {
    for (let i = 0; i < 100_000; i++) a.say("room:1", "x");
  }, BusDownError);
  assertStringIncludes(String(error.cause), "4096 bytes wait");
  assertEquals(a.adapter.isConnected, true);
});

Deno.test("redisAdapter() refuses options that cannot work", () => {
  const url = "redis://127.0.0.1:1";
  const cases: [Parameters<typeof redisAdapter>[0], string][] = [
    [{ url: "127.0.0.1:6379" }, '"url" must be like redis://host:6379'],
    [{ url: "http://:s3cret@127.0.0.1" }, 'received the protocol "http:"'],
    [{ url: "redis://:s3cret@redis.internal" }, "redis://redis.internal is on another machine and not encrypted"],
    [{ url: "rediss://:s3cret@redis.internal", tls: false }, '"tls" must not be false'],
    [{ url: "redis://:s3cret@127.0.0.1", tls: {} }, '"tls" needs rediss://'],
    [{ url: `${url}/first` }, 'must be a number of a database, received "first"'],
    [{ url, nodeName: "a.b" }, '"nodeName" must match'],
    [{ url, prefix: "a.b" }, '"prefix" must match'],
    [{ url, maxBytes: 1 }, '"maxBytes" must be an integer >= 1024, received 1'],
    [{ url, maxBytesWaiting: 1 }, '"maxBytesWaiting" must be an integer >= 1048576, received 1'],
  ];
  for (const [options, text] of cases) {
    const { message } = assertThrows(() => redisAdapter(options), Error, text);
    assertEquals(message.includes("s3cret"), false, message);
  }
});

Deno.test("redisAdapter() accepts plain text to another machine only if told so", () => {
  assertEquals(redisAdapter({ url: "redis://redis.internal", tls: false }).isConnected, false);
  assertEquals(redisAdapter({ url: "rediss://redis.internal" }).isConnected, false);
  assertEquals(redisAdapter({ url: "redis://[::1]:6379", nodeName: "n" }).nodeName, "n");
});
