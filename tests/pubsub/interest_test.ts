import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  type Broadcast,
  BusDownError,
  type BusSubscribeFailedEvent,
  type Pid,
  PubSub,
  spawn,
  supervisionTree,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Leaks } from "../support/leaks.ts";
import { ScriptedAdapter } from "../support/scripted_adapter.ts";
import { Collected } from "../support/telemetry.ts";

function idle(): Pid<Broadcast> {
  return spawn<Broadcast>(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

/** A connected node and a process. */
async function connected() {
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter });
  await pubsub.ready;
  adapter.take();
  const pid = idle();
  const end = async () => {
    pid.exit("shutdown");
    await pubsub.stop();
  };
  return { adapter, pubsub, pid, [Symbol.asyncDispose]: end };
}

Deno.test("PubSub.subscribe() subscribes at the engine with the first subscriber, and lingers after the last one", async () => {
  using time = new FakeTime();
  await using setup = await connected();
  const { adapter, pubsub, pid } = setup;
  const ends = [pubsub.subscribe("t", pid), pubsub.subscribe("t", pid)];
  assertEquals(adapter.take(), ["subscribe t"]);
  for (const end of ends) end();
  await time.tickAsync(9_999);
  assertEquals(adapter.take(), []);
  await time.tickAsync(1);
  assertEquals(adapter.take(), ["unsubscribe t"]);
  pubsub.subscribe("t", pid);
  assertEquals(adapter.take(), ["subscribe t"]);
});

Deno.test("PubSub.subscribe() while a topic lingers costs the engine nothing", async () => {
  using time = new FakeTime();
  await using setup = await connected();
  const { adapter, pubsub, pid } = setup;
  pubsub.subscribe("t", pid)();
  await time.tickAsync(9_000);
  pubsub.subscribe("t", pid);
  await time.tickAsync(60_000);
  assertEquals(adapter.take(), ["subscribe t"]);
});

Deno.test("PubSub unsubscribes the topics of a process that ended", async () => {
  using time = new FakeTime();
  await using setup = await connected();
  const { adapter, pubsub, pid } = setup;
  pubsub.subscribe("one", pid);
  pubsub.subscribe("two", pid);
  pid.exit("shutdown");
  await time.tickAsync(10_000);
  assertEquals(adapter.take(), ["subscribe one", "subscribe two", "unsubscribe one", "unsubscribe two"]);
});

Deno.test("PubSub.subscribe() creates no subscription at the engine for the library's own topics", async () => {
  await using setup = await connected();
  const { adapter, pubsub, pid } = setup;
  pubsub.subscribe("urvogel:nodes", pid);
  assertEquals(pubsub.topicReady("urvogel:nodes"), undefined);
  assertEquals(adapter.take(), []);
});

Deno.test("PubSub.topicReady() resolves when the engine has confirmed, for the first subscriber and those beside it", async () => {
  await using setup = await connected();
  const { adapter, pubsub, pid } = setup;
  const confirmed = Promise.withResolvers<void>();
  adapter.onSubscribe = () => confirmed.promise;
  const settled: string[] = [];
  const waits = ["first", "second"].map((name) => pubsub.topicReady("t")?.then(() => void settled.push(name)));
  await settle();
  assertEquals(settled, []);
  confirmed.resolve();
  await Promise.all(waits);
  assertEquals(settled, ["first", "second"]);
  assertStrictEquals(pubsub.topicReady("t"), undefined); // at once, from now on
  pubsub.subscribe("t", pid);
  assertEquals(adapter.take(), ["subscribe t"]);
});

Deno.test("PubSub.topicReady() returns undefined where nothing has to be waited for", async () => {
  await using setup = await connected(); // whose adapter confirms at once
  assertStrictEquals(setup.pubsub.topicReady("t"), undefined);
  assertStrictEquals(new PubSub().topicReady("t"), undefined);
});

Deno.test("PubSub.topicReady() is forgotten after ten seconds without a subscriber", async () => {
  using time = new FakeTime();
  await using setup = await connected();
  const { adapter, pubsub } = setup;
  pubsub.topicReady("t");
  await time.tickAsync(10_000);
  assertEquals(adapter.take(), ["subscribe t", "unsubscribe t"]);
});

Deno.test("PubSub.topicReady() does not give up a topic for which a join still waits", async () => {
  using time = new FakeTime();
  await using setup = await connected();
  const { adapter, pubsub } = setup;
  const confirmed = Promise.withResolvers<void>();
  adapter.onSubscribe = () => confirmed.promise;
  const late = pubsub.topicReady("t")!;
  const refused = assertRejects(() => late, BusDownError, 'Cannot subscribe to "t" within 10000 ms: the bus is down');
  using failed = new Collected<BusSubscribeFailedEvent>("urvogel:bus:subscribe_failed");
  await time.tickAsync(15_000);
  await refused;
  assertEquals(failed.events.map(({ node, topic }) => [node, topic]), [["a", "t"]]);
  assertEquals(adapter.take(), ["subscribe t"]);
  confirmed.resolve();
  await time.tickAsync(10_000);
  assertEquals(adapter.take(), ["unsubscribe t"]);
});

Deno.test.each(
  [
    ["throws", () => {
      throw new Error("no right to subscribe");
    }],
    ["rejects", () => Promise.reject(new Error("no right to subscribe"))],
  ] as const,
)("PubSub.topicReady() rejects when the adapter %s, and tries again", async (_case, onSubscribe) => {
  using time = new FakeTime();
  using failed = new Collected<BusSubscribeFailedEvent>("urvogel:bus:subscribe_failed");
  await using setup = await connected();
  const { adapter, pubsub, pid } = setup;
  adapter.onSubscribe = onSubscribe;
  await assertRejects(async () => await pubsub.topicReady("t"), Error, "no right to subscribe");
  pubsub.subscribe("t", pid); // who does not wait is subscribed later
  assertEquals(failed.events.map(({ error }) => error.message), ["no right to subscribe"]);
  adapter.onSubscribe = () => {};
  await time.tickAsync(10_000);
  assertEquals(adapter.take(), ["subscribe t", "subscribe t"]);
  assertStrictEquals(pubsub.topicReady("t"), undefined);
});

Deno.test("PubSub subscribes to all its topics again when its adapter was started again", async () => {
  using _status = new Collected("urvogel:bus:status");
  await using setup = await connected();
  const { adapter, pubsub, pid } = setup;
  pubsub.subscribe("one", pid);
  pubsub.subscribe("two", pid)(); // it lingers
  await settle();
  adapter.take();
  supervisionTree(pubsub).children[0]?.pid?.exit("kill");
  await settle();
  assertEquals(adapter.take(), ["stop", "start", "subscribe one", "subscribe two"]);
});

Deno.test("PubSub.topicReady() waits for the adapter that was started again, not for the run before", async () => {
  using _status = new Collected("urvogel:bus:status");
  await using setup = await connected();
  const { adapter, pubsub } = setup;
  const confirmed = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const pending = confirmed.values();
  adapter.onSubscribe = () => pending.next().value!.promise;
  void pubsub.topicReady("t");
  await settle();
  supervisionTree(pubsub).children[0]?.pid?.exit("kill");
  await settle();
  assertEquals(adapter.take(), ["subscribe t", "stop", "start", "subscribe t"]);
  confirmed[0]!.resolve();
  await settle();
  const isReady = pubsub.topicReady("t");
  assert(isReady !== undefined);
  confirmed[1]!.resolve();
  await isReady;
});

Deno.test("PubSub.stop() forgets its topics, leaves no timer, and no longer asks the adapter", async () => {
  using _ = new Leaks();
  const { adapter, pubsub, pid } = await connected();
  pubsub.subscribe("t", pid)();
  await pubsub.stop();
  pubsub.subscribe("u", pid)();
  assertStrictEquals(pubsub.topicReady("v"), undefined);
  assertEquals(adapter.take(), ["subscribe t", "stop"]);
  pid.exit("shutdown");
});

Deno.test("PubSub survives an adapter whose unsubscribe throws", async () => {
  using time = new FakeTime();
  using failed = new Collected<BusSubscribeFailedEvent>("urvogel:bus:subscribe_failed");
  await using setup = await connected();
  setup.adapter.unsubscribe = () => {
    throw new Error("closed");
  };
  setup.pubsub.subscribe("t", setup.pid)();
  await time.tickAsync(10_000);
  assertEquals(failed.events.map(({ error }) => error.message), ["closed"]);
  assert(setup.pubsub.isConnected);
});
