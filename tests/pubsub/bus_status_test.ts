import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import {
  type Broadcast,
  type BusChange,
  BusDownError,
  type BusGapEvent,
  type BusNode,
  type BusRefusedEvent,
  BusSetupError,
  type BusStatusEvent,
  Endpoint,
  type Logger,
  type LogRecord,
  PubSub,
  type PubSubOptions,
  spawn,
  TooLargeError,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { reportCrash } from "../../lib/otp/process/crash_report.ts";
import { lostFromNow } from "../support/lost.ts";
import { ScriptedAdapter } from "../support/scripted_adapter.ts";
import { Collected } from "../support/telemetry.ts";

const SECRETIVE = new Error("no answer", { cause: new Error("connect to nats://user:hunter2@nats.internal") });

/** A connected node with a subscriber of `"t"`. */
async function connected(options: PubSubOptions = {}) {
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter, ...options });
  await pubsub.ready;
  const heard: string[] = [];
  const pid = spawn<Broadcast>(async (mailbox) => {
    for await (const { event } of mailbox) heard.push(event);
  });
  pubsub.subscribe("t", pid);
  adapter.take();
  const end = async () => {
    pid.exit("shutdown");
    await pubsub.stop();
  };
  return { adapter, pubsub, heard, [Symbol.asyncDispose]: end };
}

Deno.test("PubSub reports each change of the bus once, with the time that it was down", async () => {
  using time = new FakeTime();
  using status = new Collected<BusStatusEvent>("urvogel:bus:status");
  const adapter = new ScriptedAdapter();
  const connecting = Promise.withResolvers<void>();
  adapter.onStart = () => connecting.promise;
  const pubsub = new PubSub({ adapter });
  const error = new Error("no answer");
  await time.tickAsync(1_000);
  adapter.lose(error);
  await time.tickAsync(2_000);
  connecting.resolve();
  await settle();
  adapter.lose(error);
  await time.tickAsync(500);
  adapter.lose(new Error("still no answer"));
  await time.tickAsync(500);
  adapter.regain();
  adapter.regain();
  assertEquals(status.events, [
    { node: "a", status: "down", error, durationMs: undefined },
    { node: "a", status: "up", error: undefined, durationMs: 3_000 },
    { node: "a", status: "down", error, durationMs: undefined },
    { node: "a", status: "up", error: undefined, durationMs: 1_000 },
  ]);
  await pubsub.stop();
});

Deno.test("PubSub.onBusChange() is called with changes and gaps until it is ended; what it throws is logged", async () => {
  using _status = new Collected("urvogel:bus:status");
  using gaps = new Collected<BusGapEvent>("urvogel:bus:gap");
  using logged = stub(console, "error");
  await using setup = await connected();
  const { adapter, pubsub } = setup;
  const changes: BusChange[] = [];
  pubsub.onBusChange(() => {
    throw new Error("boom");
  });
  const end = pubsub.onBusChange((change) => void changes.push(change));
  adapter.lose();
  adapter.lose();
  adapter.node.changed({ gap: 3, from: "b" });
  adapter.regain();
  end();
  adapter.lose();
  assertEquals(changes, [{ status: "down", error: undefined }, { gap: 3, from: "b" }, { status: "up" }]);
  assertEquals(gaps.events, [{ node: "a", from: "b", missing: 3 }]);
  assertEquals(logged.calls.length, 4);
});

Deno.test("PubSub.onBusChange() is never called on a node that runs alone", () => {
  new PubSub().onBusChange(() => {
    throw new Error("called");
  })();
});

Deno.test("PubSub logs one line when the bus is lost and one when it is back, and at error when no retry will help", async () => {
  using warned = stub(console, "warn");
  using failed = stub(console, "error");
  await using setup = await connected();
  const cause = new Error("connect to nats://user:hunter2@nats.internal");
  setup.adapter.lose(new Error("no answer\nfrom the engine", { cause }));
  setup.adapter.lose(new Error("no answer"));
  setup.adapter.regain();
  const lines = warned.calls.map(({ args }) => String(args[0]).replace(/^\S+ /, ""));
  assertEquals(lines.map((line) => line.replace(/\d+ ms/, "0 ms")), [
    "warn [urvogel] node a: the bus is down: no answer\\u000afrom the engine",
    "warn [urvogel] node a: the bus is up, after 0 ms",
  ]);
  setup.adapter.lose(new BusSetupError("nats://nats.internal", "the password is wrong"));
  assertEquals(failed.calls.length, 1);
});

Deno.test("PubSub reports an outage again, once, if no retry will mend it; listeners are not called again", async () => {
  using status = new Collected<BusStatusEvent>("urvogel:bus:status");
  await using setup = await connected();
  const { adapter, pubsub } = setup;
  const changes: BusChange[] = [];
  pubsub.onBusChange((change) => void changes.push(change));
  const refused = new BusSetupError("nats://nats.internal", "the password is wrong");
  for (let outage = 0; outage < 2; outage++) {
    for (const error of [new Error("no answer"), refused, new Error("no answer"), refused]) adapter.lose(error);
    adapter.regain();
  }
  const reported = status.events.slice(1).map(({ status, error }) => `${status} ${error?.message}`);
  const outage = ["down no answer", `down ${refused.message}`, "up undefined"];
  assertEquals(reported, [...outage, ...outage]);
  assertEquals(changes.length, 4);
});

const faults: [what: string, event: string, tell: (node: BusNode) => void, line: string, lost: object][] = [
  [
    "messages that did not arrive",
    "urvogel:bus:gap",
    (node) => node.changed({ gap: 3, from: "b\n" }),
    "warn node a: lost at least 3 of the messages of node b\\u000a",
    { bus_gap: 3 },
  ],
  [
    "broadcasts that may be lost",
    "urvogel:bus:unconfirmed",
    (node) => node.noticed({ unconfirmed: 2, error: SECRETIVE }),
    "warn node a: the last 2 broadcasts may not have arrived: no answer",
    { bus_unconfirmed: 2 },
  ],
  [
    "an error of the engine",
    "urvogel:bus:engine_error",
    (node) => node.noticed({ engineError: SECRETIVE, engine: "nats://a" }),
    "error nats://a: no answer",
    {},
  ],
  [
    "what the engine has refused",
    "urvogel:bus:engine_error",
    (node) => node.noticed({ engineError: SECRETIVE, engine: "nats://a", refused: 2 }),
    "error nats://a: no answer",
    { bus_refused: 2 },
  ],
  [
    "a node that was cut off",
    "urvogel:bus:cut_off",
    (node) => node.noticed({ cutOff: "b", waitingBytes: 9 }),
    "warn node a: cut off node b: it does not return to its event loop, and 9 bytes waited for it",
    {},
  ],
];
Deno.test.each(faults)("PubSub logs and counts %s, or emits %s", async (_what, event, tell, line, lost) => {
  const records: LogRecord[] = [];
  await using setup = await connected({ logger: (record) => void records.push(record) });
  const lostNow = lostFromNow();
  tell(setup.adapter.node);
  assertEquals(records.map(({ level, message }) => `${level} ${message}`), [line]);
  assert(!JSON.stringify(records).includes("hunter2"));
  assertEquals(lostNow(), lost);
  using collected = new Collected(event);
  tell(setup.adapter.node);
  assertEquals([records.length, collected.events.length], [1, 1]);
});

Deno.test("PubSub logs what happens to its bus in the log of its endpoint", async () => {
  using printed = stub(console, "warn");
  await using setup = await connected();
  const records: string[] = [];
  const endpoint = new Endpoint({
    pubsub: setup.pubsub,
    sockets: {},
    logLevel: "info",
    logger: ({ level, message, fields }) => void records.push(`${level} ${message} (${fields.node})`),
  });
  setup.adapter.lose(new Error("no answer"));
  setup.adapter.regain();
  assertEquals(records.map((text) => text.replace(/\d+ ms/, "0 ms")), [
    "warn node a: the bus is down: no answer (a)",
    "warn node a: the bus is up, after 0 ms (a)",
  ]);
  assertEquals(printed.calls.length, 0);
  await endpoint.shutdown();
});

Deno.test("PubSub with a logger logs there what happens to it, whether an endpoint uses it or not", async () => {
  const records: string[] = [];
  const logger: Logger = ({ level, message, fields: { node } }) => {
    records.push(`${level} ${message} (${node})`.replace(/\d+ ms/, "0 ms"));
  };
  await using setup = await connected({ logger, logLevel: "info" });
  const inOther: unknown[] = [];
  const endpoint = new Endpoint({ pubsub: setup.pubsub, sockets: {}, logger: (record) => void inOther.push(record) });
  setup.adapter.lose(new Error("no answer"));
  const boom = new Error("boom");
  reportCrash({ pid: setup.pubsub.supervisor, during: "a test", error: boom, ancestors: [] });
  assertEquals(records.map((line) => line.replace(/process \d+/, "process 1")), [
    "info node a: the bus is up, after 0 ms (a)",
    "warn node a: the bus is down: no answer (a)",
    "error process 1 (PubSub) failed in a test (a)",
  ]);
  assertEquals(inOther, []);
  await endpoint.shutdown();
});

Deno.test("PubSub with a logLevel only prints on the console", async () => {
  using warned = stub(console, "warn");
  using failed = stub(console, "error");
  await using setup = await connected({ logLevel: "error" });
  setup.adapter.lose(new Error("no answer"));
  setup.adapter.regain();
  setup.adapter.lose(new BusSetupError("nats://nats.internal", "the password is wrong"));
  assertEquals([warned.calls.length, failed.calls.length], [0, 1]);
});

Deno.test("PubSub() refuses a log level that is none", () => {
  assertThrows(() => new PubSub({ logLevel: "loud" as never }), TypeError, '"logLevel" must be');
});

Deno.test("PubSub.broadcast() throws while the bus is down, delivers nothing, and reports it", async () => {
  using _status = new Collected("urvogel:bus:status");
  using refused = new Collected<BusRefusedEvent>("urvogel:bus:refused");
  await using setup = await connected();
  const { adapter, pubsub, heard } = setup;
  const lostNow = lostFromNow();
  adapter.lose();
  const error = assertThrows(() => pubsub.broadcast("t", "lost", {}), BusDownError);
  assertThrows(() => pubsub.directBroadcast("b", "t", "direct", {}), BusDownError);
  pubsub.localBroadcast("t", "local", {});
  adapter.regain();
  pubsub.broadcast("t", "sent", {});
  await settle();
  assertEquals(heard, ["local", "sent"]);
  assertEquals(adapter.take(), ["broadcast sent"]);
  assertEquals(refused.events.map(({ event, isDeliveredHere }) => [event, isDeliveredHere]), [
    ["lost", false],
    ["direct", false],
  ]);
  assertStrictEquals(refused.events[0]!.error, error);
  assertEquals(lostNow(), { bus_refused: 2 });
});

Deno.test('PubSub.broadcast() with whenBusIsDown: "local" delivers on this node while the bus is down', async () => {
  using _status = new Collected("urvogel:bus:status");
  using refused = new Collected<BusRefusedEvent>("urvogel:bus:refused");
  await using setup = await connected({ whenBusIsDown: "local" });
  const { adapter, pubsub, heard } = setup;
  adapter.lose();
  pubsub.broadcast("t", "here", {});
  await settle();
  assertEquals(heard, ["here"]);
  assertEquals(refused.events.map(({ event, isDeliveredHere }) => [event, isDeliveredHere]), [["here", true]]);
  assertThrows(() => pubsub.broadcast("urvogel:nodes", "heartbeat", {}), BusDownError); // it is sent again later
  assertThrows(() => pubsub.directBroadcast("b", "t", "direct", {}), BusDownError);
});

Deno.test('PubSub.broadcast() with whenBusIsDown: "local" throws what is not about the connection', async () => {
  await using setup = await connected({ whenBusIsDown: "local" });
  const { adapter, pubsub, heard } = setup;
  adapter.broadcast = ({ topic }) => {
    throw new TooLargeError(topic, 2_000_000, 1_000_000);
  };
  assertThrows(() => pubsub.broadcast("t", "large", {}), TooLargeError);
  await settle();
  assertEquals(heard, []);
});

Deno.test("PubSub.broadcast() refuses an event that other nodes would not accept", async () => {
  await using setup = await connected();
  assertThrows(
    () => setup.pubsub.broadcast("t", "phx_close", {}),
    TypeError,
    'Cannot broadcast: events that begin with "phx_" are the protocol\'s own, received "phx_close"',
  );
  assertEquals(setup.adapter.take(), []);
});
