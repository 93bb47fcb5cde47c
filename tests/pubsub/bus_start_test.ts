import { assertEquals, assertRejects, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import {
  BusDownError,
  BusSetupError,
  type BusStatusEvent,
  PubSub,
  type PubSubOptions,
  supervisionTree,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Leaks } from "../support/leaks.ts";
import { Program } from "../support/program.ts";
import { ScriptedAdapter } from "../support/scripted_adapter.ts";
import { Collected } from "../support/telemetry.ts";

/** An adapter whose engine cannot be reached. */
function unreachable(): ScriptedAdapter {
  const adapter = new ScriptedAdapter();
  adapter.onStart = () => new Promise(() => {});
  return adapter;
}

const REFUSED = new BusSetupError("nats://nats.internal:4222", "the password is wrong");

Deno.test("PubSub.ready resolves when the adapter is connected, and at once without one", async () => {
  using _ = new Leaks();
  const adapter = new ScriptedAdapter();
  const connected = Promise.withResolvers<void>();
  adapter.onStart = () => connected.promise;
  const pubsub = new PubSub({ adapter });
  assertEquals([pubsub.isConnected, adapter.calls], [false, ["start"]]); // within the constructor
  let isReady = false;
  void pubsub.ready.then(() => isReady = true);
  await settle();
  assertEquals(isReady, false);
  connected.resolve();
  await pubsub.ready;
  assertEquals(pubsub.isConnected, true);
  await pubsub.stop();
  await new PubSub().ready;
});

Deno.test.each(
  [
    ["10 seconds by default", {}, 10_000],
    ["connectTimeoutMs", { connectTimeoutMs: 250 }, 250],
  ] as const,
)("PubSub.ready rejects after %s, and the adapter keeps trying", async (_case, options, timeoutMs) => {
  using _ = new Leaks();
  using time = new FakeTime();
  const adapter = new ScriptedAdapter();
  const connected = Promise.withResolvers<void>();
  adapter.onStart = () => connected.promise;
  const pubsub = new PubSub({ adapter, ...options });
  const late = assertRejects(
    () => pubsub.ready,
    BusDownError,
    `Cannot connect within ${timeoutMs} ms: the bus is down`,
  );
  const cause = new Error("connection refused");
  adapter.lose(cause);
  await time.tickAsync(timeoutMs);
  assertStrictEquals((await late).cause, cause);
  connected.resolve();
  await settle();
  assertEquals(pubsub.isConnected, true);
  await pubsub.stop();
});

Deno.test.each([true, false])(
  "PubSub.ready rejects for what no retry will help, requireBus: %s",
  async (requireBus) => {
    using _ = new Leaks();
    using time = new FakeTime();
    using status = new Collected<BusStatusEvent>("urvogel:bus:status");
    const adapter = new ScriptedAdapter();
    adapter.onStart = () => Promise.reject(REFUSED);
    const pubsub = new PubSub({ adapter, requireBus });
    assertStrictEquals(await assertRejects(() => pubsub.ready), REFUSED);
    await time.tickAsync(120_000);
    assertEquals(adapter.calls, ["start"]);
    assertEquals(status.events.map(({ status, error }) => [status, error]), [["down", REFUSED]]);
    await pubsub.stop();
  },
);

Deno.test("PubSub without requireBus is ready after connectTimeoutMs, and serves alone until the bus is there", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const adapter = new ScriptedAdapter();
  const connected = Promise.withResolvers<void>();
  adapter.onStart = () => connected.promise;
  const pubsub = new PubSub({ adapter, requireBus: false, connectTimeoutMs: 1_000 });
  pubsub.broadcast("t", "alone", {}); // does not throw
  let isReady = false;
  void pubsub.ready.then(() => isReady = true);
  await time.tickAsync(999);
  assertEquals(isReady, false);
  await time.tickAsync(1);
  assertEquals(isReady, true);
  connected.resolve();
  await settle();
  pubsub.broadcast("t", "together", {});
  adapter.lose();
  assertThrows(() => pubsub.broadcast("t", "lost", {}), BusDownError); // the option is about the start only
  assertEquals(adapter.calls, ["start", "broadcast together"]);
  await pubsub.stop();
});

Deno.test("PubSub starts an adapter again whose start failed for now, later each time", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  using status = new Collected<BusStatusEvent>("urvogel:bus:status");
  using _random = stub(Math, "random", () => 0); // the shortest times
  const adapter = new ScriptedAdapter();
  const faults = [new Error("no route"), new Error("no route"), new Error("no route")];
  adapter.onStart = () => {
    const fault = faults.shift();
    if (fault) throw fault;
  };
  const pubsub = new PubSub({ adapter });
  await settle();
  const starts = () => adapter.calls.filter((call) => call === "start").length;
  for (const [delayMs, expected] of [[250, 2], [500, 3], [1_000, 4]] as const) {
    await time.tickAsync(delayMs - 1);
    assertEquals(starts(), expected - 1);
    await time.tickAsync(1);
    await settle();
    assertEquals(starts(), expected);
  }
  await pubsub.ready;
  assertEquals(adapter.calls, ["start", "stop", "start", "stop", "start", "stop", "start"]);
  assertEquals(status.events.map(({ status }) => status), ["down", "up"]);
  await pubsub.stop();
});

Deno.test("PubSub starts its adapter once, however often its process is killed while it stops", async () => {
  using _status = new Collected("urvogel:bus:status");
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter });
  const stopped = Promise.withResolvers<void>();
  adapter.onStop = () => stopped.promise;
  for (let i = 0; i < 2; i++) {
    await settle();
    supervisionTree(pubsub).children[0]?.pid?.exit("kill");
  }
  await settle();
  stopped.resolve();
  await settle();
  assertEquals(adapter.calls, ["start", "stop", "stop", "start"]);
  await pubsub.stop();
});

Deno.test("PubSub tries again after a BusSetupError when it was connected before", async () => {
  using time = new FakeTime();
  using status = new Collected<BusStatusEvent>("urvogel:bus:status");
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter });
  await pubsub.ready;
  await settle();
  adapter.onStart = () => Promise.reject(REFUSED);
  supervisionTree(pubsub).children[0]?.pid?.exit("kill");
  await settle();
  assertEquals([pubsub.isConnected, status.events.at(-1)?.status], [false, "down"]);
  adapter.onStart = () => {}; // somebody has mended it
  await time.tickAsync(500);
  await settle();
  assertEquals([pubsub.isConnected, status.events.at(-1)?.status], [true, "up"]);
  await pubsub.stop();
});

Deno.test("PubSub tries again after a BusSetupError when ready had rejected because of the time", async () => {
  using time = new FakeTime();
  using _status = new Collected<BusStatusEvent>("urvogel:bus:status");
  const adapter = new ScriptedAdapter();
  const started = Promise.withResolvers<void>();
  adapter.onStart = () => started.promise;
  const pubsub = new PubSub({ adapter, connectTimeoutMs: 1_000 });
  const late = assertRejects(() => pubsub.ready, BusDownError);
  await time.tickAsync(1_000);
  await late;
  started.reject(REFUSED);
  await settle();
  adapter.onStart = () => {};
  await time.tickAsync(500);
  await settle();
  assertEquals(pubsub.isConnected, true);
  await pubsub.stop();
});

Deno.test("PubSub.stop() while connecting stops the adapter, and is no unhandled rejection", async () => {
  using _ = new Leaks();
  const adapter = unreachable();
  const pubsub = new PubSub({ adapter });
  await pubsub.stop();
  assertEquals(adapter.calls, ["start", "stop"]);
  await assertRejects(() => pubsub.ready, Error, "Cannot connect with the bus: the PubSub was stopped");
  await pubsub.stop(); // twice is fine
});

Deno.test("PubSub.stop() while connecting ignores what the start comes to", async () => {
  using _ = new Leaks();
  using status = new Collected<BusStatusEvent>("urvogel:bus:status");
  for (const settleStart of ["resolve", "reject"] as const) {
    const adapter = new ScriptedAdapter();
    const start = Promise.withResolvers<void>();
    adapter.onStart = () => start.promise;
    const pubsub = new PubSub({ adapter });
    await pubsub.stop();
    if (settleStart === "resolve") start.resolve();
    else start.reject(new Error("closed"));
    await settle();
    assertEquals([pubsub.isConnected, adapter.calls], [false, ["start", "stop"]]);
  }
  assertEquals(status.events, []);
});

Deno.test("PubSub.stop() before the next attempt ends the attempts", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  using _status = new Collected("urvogel:bus:status");
  const adapter = new ScriptedAdapter();
  adapter.onStart = () => Promise.reject(new Error("no route"));
  const pubsub = new PubSub({ adapter });
  await settle();
  await pubsub.stop();
  await time.tickAsync(60_000);
  assertEquals(adapter.calls, ["start", "stop"]);
});

Deno.test("PubSub.stop() stops the adapter after its supervisor gave up, too", async () => {
  using _ = new Leaks();
  using _status = new Collected("urvogel:bus:status");
  using _gaveUp = new Collected("urvogel:supervisor:gave_up");
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter, maxRestarts: 0 });
  await settle();
  pubsub.supervisor.exit("kill");
  await settle();
  assertEquals(adapter.calls, ["start"]);
  await pubsub.stop();
  assertEquals(adapter.calls, ["start", "stop"]);
});

Deno.test("PubSub that was stopped is alone: broadcasts reach its own subscribers", async () => {
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter });
  await pubsub.ready;
  await pubsub.stop();
  pubsub.broadcast("t", "e", {});
  assertThrows(() => pubsub.directBroadcast("b", "t", "e", {}), BusDownError);
  assertEquals([pubsub.isConnected, adapter.calls], [false, ["start", "stop"]]);
});

const wrong: readonly [PubSubOptions, string][] = [
  [{ connectTimeoutMs: 0 }, '"connectTimeoutMs" must be > 0, received 0'],
  [{ connectTimeoutMs: NaN }, '"connectTimeoutMs" must be > 0, received NaN'],
  [{ whenBusIsDown: "drop" as "throw" }, '"whenBusIsDown" must be "throw" or "local", received "drop"'],
  [{ requireBus: "no" as never }, '"requireBus" must be true or false, received "no"'],
];
for (const [options, message] of wrong) {
  Deno.test(`PubSub() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => new PubSub(options), Error, `Cannot create PubSub: ${message}`);
  });
}

for (const name of ["", "a.b", "a b", "node>", "x".repeat(65), "ä"]) {
  Deno.test(`PubSub() refuses an adapter whose node is called "${name.slice(0, 10)}"`, () => {
    const adapter = new ScriptedAdapter(name);
    assertThrows(() => new PubSub({ adapter }), TypeError, '"nodeName" must match');
    assertEquals(adapter.calls, []);
  });
}

for (const [ending, message] of [["late", "Cannot connect within 50 ms: the bus is down"], ["refused", "wrong"]]) {
  Deno.test(`a program that does not await PubSub.ready ends with an error: ${ending}`, async () => {
    await using program = new Program(`deno run -A --no-check tests/fixtures/bus_down.ts ${ending}`);
    assertEquals((await program.ended).code, 1);
    const { stderr } = await program.output();
    assertStringIncludes(stderr, message!);
    assertStringIncludes(stderr, "Uncaught (in promise)");
  });
}
