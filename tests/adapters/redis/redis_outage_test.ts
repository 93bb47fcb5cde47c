import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { BusDownError } from "@urvogel/realtime";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { until } from "../../support/until.ts";
import { redisCommand, subscribedChannels } from "./redis_command.ts";
import { RedisNode } from "./redis_node.ts";

const TOPICS = Array.from({ length: 2500 }, (_, i) => `room:${i}`); // more than one command holds

/** Two nodes; the second one has subscribed to all topics. */
async function startTwo(url: string): Promise<[RedisNode, RedisNode]> {
  const [a, b] = [await RedisNode.start({ url }), await RedisNode.start({ url })];
  await Promise.all(TOPICS.map((topic) => b.adapter.subscribe?.(topic)));
  return [a, b];
}

/** Sends to all topics, and waits until all has arrived, and nothing else. */
async function assertAllArrive(a: RedisNode, b: RedisNode): Promise<void> {
  b.received.length = 0;
  for (const topic of TOPICS) a.say(topic, "after");
  await until(() => b.received.length >= TOPICS.length, () => `all arrive, received ${b.received.length}`);
  assertEquals(b.received.map(({ topic }) => topic), TOPICS);
  assertEquals(new Set(b.events), new Set(["after"]));
}

for (const empty of [false, true]) {
  engineTest("redis", `RedisBus is back after kill -9 of a server that is ${empty ? "empty" : "kept"}`, async () => {
    await using redis = await startRedis();
    const [a, b] = await startTwo(redis.url);
    await using _nodes = both(a, b);
    await redis.kill();
    await Promise.all([a.isConnected(false), b.isConnected(false)]);
    assertThrows(() => a.say("room:1", "lost"), BusDownError, 'Cannot broadcast to "room:1": the bus is down');
    b.adapter.unsubscribe?.("left");
    await b.adapter.subscribe?.("joined meanwhile"); // at once
    await redis.restart({ empty });
    await Promise.all([a.isConnected(), b.isConnected()]);
    a.say("joined meanwhile", "first");
    await until(() => b.events.includes("first"), "the topic that was joined meanwhile is subscribed");
    await assertAllArrive(a, b);
    assertEquals([a.statuses, b.statuses], [["down", "up"], ["down", "up"]]);
  });
}

engineTest(
  "redis",
  "RedisBus notices a server that has stopped, while it publishes, and nothing old arrives late",
  async () => {
    await using redis = await startRedis();
    const [a, b] = await startTwo(redis.url);
    await using _nodes = both(a, b);
    redis.pause();
    let sent = 0;
    const chatter = setInterval(() => {
      if (a.adapter.isConnected) { for (let i = 0; i < 20; i++) a.say("room:1", `old ${sent++}`, "x".repeat(1000)); }
    }, 5);
    try {
      await Promise.all([a.isConnected(false), b.isConnected(false)]);
    } finally {
      clearInterval(chatter);
    }
    redis.resume();
    await Promise.all([a.isConnected(), b.isConnected()]);
    await assertAllArrive(a, b);
    assertGreater(sent, 500);
    assertEquals(a.faults.map((fault) => "unconfirmed" in fault && fault.unconfirmed), [sent]);
  },
);

engineTest("redis", "RedisBus notices a network that carries nothing any more", async () => {
  await using redis = await startRedis();
  await using proxy = await TcpProxy.start(redis);
  await using a = await RedisNode.start({ url: `redis://127.0.0.1:${proxy.port}` });
  proxy.stall();
  await a.isConnected(false);
  proxy.flow();
  await a.isConnected();
  assertEquals(a.statuses, ["down", "up"]);
});

engineTest("redis", "RedisBus is up again when Redis has disconnected one of its connections", async () => {
  await using redis = await startRedis();
  const [a, b] = await startTwo(redis.url);
  await using _nodes = both(a, b);
  const told: string[] = [];
  for (const type of ["pubsub", "normal"]) {
    await redisCommand(redis, "CLIENT", "KILL", "TYPE", type);
    told.push("down", "up");
    for (const node of [a, b]) await until(() => node.statuses.length >= told.length, "it was lost, and is back");
    assertEquals([a.statuses, b.statuses], [told, told]);
    await assertAllArrive(a, b);
  }
});

engineTest("redis", "RedisBus connects to a server that comes later, and says that it is not there", async () => {
  await using redis = await startRedis();
  await redis.kill();
  await using a = new RedisNode({ url: redis.url });
  const started = a.start();
  await until(() => a.changes.length > 0, "it says so");
  await redis.restart();
  await started;
  assertEquals(a.adapter.isConnected, true);
  assertEquals(a.statuses, ["down", "up"]);
});

engineTest("redis", "RedisBus leaves nothing at the server of topics that were left", async () => {
  await using redis = await startRedis();
  const [a, b] = await startTwo(redis.url);
  await using _nodes = both(a, b);
  assertGreater((await subscribedChannels(redis)).length, TOPICS.length);
  for (const topic of TOPICS) b.adapter.unsubscribe?.(topic);
  await b.adapter.subscribe?.("last"); // behind them
  assertEquals((await subscribedChannels(redis)).length, 4); // of each node, of all, and the last one
});

function both(...nodes: readonly RedisNode[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => void await Promise.all(nodes.map(({ adapter }) => adapter.stop())),
  };
}
