import { assert, assertEquals, assertMatch, assertObjectMatch, assertThrows } from "@std/assert";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import {
  AlreadyTrackedError,
  type NodeTimeOptions,
  NotTrackedError,
  type Pid,
  PubSub,
  spawn,
  Tracker,
  type TrackerDiff,
  type TrackerOptions,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { type Fate, Hub } from "../support/pubsub_hub.ts";

interface Meta {
  readonly n: number;
}

const PERIOD_MS = 1500;

/** A process that does nothing until it is ended. */
function idle(): Pid {
  return spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

/** A tracker, the processes it tracks and what it told. */
class TestNode implements AsyncDisposable {
  readonly tracker: Tracker<Meta>;
  readonly pubsub: PubSub;
  readonly told: string[] = [];
  readonly #pids: Pid[] = [];

  constructor(
    hub: Hub | undefined,
    name: string,
    options: Partial<TrackerOptions<Meta>> = {},
    times: NodeTimeOptions = {},
  ) {
    this.pubsub = new PubSub(
      hub && { adapter: hub.adapter(name), heartbeatMs: PERIOD_MS, downMs: 20 * PERIOD_MS, ...times },
    );
    const handleDiff = (diff: ReadonlyMap<string, TrackerDiff<Meta>>) => this.#note(diff);
    this.tracker = new Tracker<Meta>({ pubsub: this.pubsub, name: "test", handleDiff, ...options });
  }

  /** Tracks a new process. */
  track(key: string, n = 1, topic = "t"): Pid {
    const pid = idle();
    this.#pids.push(pid);
    this.tracker.track(pid, topic, key, { n });
    return pid;
  }

  /** What is visible. */
  list(topic = "t"): string[] {
    return this.tracker.list(topic).map(({ key, meta }) => `${key} ${meta.n}`).sort();
  }

  /** What was told since the last time. */
  take(): string[] {
    return this.told.splice(0);
  }

  #note(diff: ReadonlyMap<string, TrackerDiff<Meta>>): void {
    for (const [topic, { joins, leaves }] of diff) {
      for (const { key, meta } of leaves) this.told.push(`${topic} -${key} ${meta.n}`);
      for (const { key, meta } of joins) this.told.push(`${topic} +${key} ${meta.n}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pubsub.stop();
    for (const pid of this.#pids) pid.exit("shutdown");
  }
}

/** Lets whole periods pass. */
async function periods(time: FakeTime, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await time.tickAsync(PERIOD_MS);
    await settle();
  }
}

Deno.test("Tracker.track() is visible at once, and told", async () => {
  await using node = new TestNode(undefined, "a");
  node.track("ann", 1);
  node.track("bob", 2);
  assertEquals(node.list(), ["ann 1", "bob 2"]);
  assertEquals(node.tracker.count("t"), { keys: 2, metas: 2 });
  await settle();
  assertEquals(node.take(), ["t +ann 1", "t +bob 2"]);
});

Deno.test("Tracker gives up what a process tracks when it ends, whatever the topic", async () => {
  await using node = new TestNode(undefined, "a");
  const pid = node.track("ann", 1);
  node.tracker.track(pid, "t", "eve", { n: 2 });
  node.tracker.track(pid, "u", "ann", { n: 3 });
  await settle();
  node.take();
  pid.exit("shutdown");
  assertEquals([node.list("t"), node.list("u")], [[], []]);
  assertEquals(node.tracker.count("t"), { keys: 0, metas: 0 });
  await settle();
  assertEquals(node.take(), ["t -ann 1", "t -eve 2", "u -ann 3"]);
});

Deno.test("Tracker.update() takes a meta or a function, and tells the old and the new", async () => {
  await using node = new TestNode(undefined, "a");
  const pid = node.track("ann", 1);
  const first = node.tracker.getByKey("t", "ann")[0]?.phx_ref;
  const second = node.tracker.update(pid, "t", "ann", { n: 2 });
  assertEquals<unknown>(node.tracker.getByKey("t", "ann"), [{ n: 2, phx_ref: second, phx_ref_prev: first }]);
  const third = node.tracker.update(pid, "t", "ann", (meta) => ({ ...meta, n: meta.n + 1 }));
  assertEquals(node.tracker.getByKey("t", "ann"), [{ n: 3, phx_ref: third, phx_ref_prev: second }]);
  await settle();
  assertEquals(node.take(), ["t +ann 1", "t -ann 1", "t +ann 2", "t -ann 2", "t +ann 3"]);
});

Deno.test("Tracker.untrack() ends one key, or all of a process", async () => {
  await using node = new TestNode(undefined, "a");
  const pid = node.track("ann", 1);
  node.tracker.track(pid, "t", "eve", { n: 1 });
  node.tracker.track(pid, "u", "ann", { n: 1 });
  node.tracker.untrack(pid, "t", "ann");
  node.tracker.untrack(pid, "t", "nobody");
  assertEquals([node.list("t"), node.list("u")], [["eve 1"], ["ann 1"]]);
  node.tracker.untrack(pid);
  assertEquals([node.list("t"), node.list("u")], [[], []]);
  node.tracker.track(pid, "t", "ann", { n: 2 });
  assertEquals(node.list("t"), ["ann 2"]);
});

Deno.test("Tracker refuses what it cannot track, and says why", async () => {
  await using node = new TestNode(undefined, "a");
  const pid = node.track("ann", 1);
  const ended = node.track("bob", 1);
  ended.exit("shutdown");
  const { tracker } = node;
  assertObjectMatch(assertThrows(() => tracker.track(pid, "t", "ann", { n: 2 }), AlreadyTrackedError), {
    key: "ann",
    topic: "t",
  });
  assertObjectMatch(assertThrows(() => tracker.update(pid, "t", "eve", { n: 2 }), NotTrackedError), {
    key: "eve",
    topic: "t",
  });
  assertThrows(
    () => tracker.track(ended, "t", "bob", { n: 2 }),
    Error,
    'Cannot track "bob" in "t": its process has ended',
  );
  assertThrows(() => tracker.track(pid, "t", 7 as never, { n: 2 }), Error, "the key must be a string, received number");
  assertThrows(
    () => tracker.track(pid, "t", "big", { n: 1n as never }),
    Error,
    "the meta must be a value that JSON can carry",
  );
  assertThrows(
    () => tracker.track(pid, "t", "list", [] as never),
    Error,
    "the meta must be an object, received an array",
  );
  assertThrows(() => tracker.update(pid, "t", "ann", () => undefined as never), Error, "the meta must be an object");
  for (const large of ["x".repeat(65_530), "\u0001".repeat(11_000), "é".repeat(33_000)]) {
    const act = [
      () => tracker.track(pid, "t", large, { n: 1 }),
      () => tracker.track(pid, large, "eve", { n: 1 }),
      () => tracker.update(pid, "t", "ann", { n: 1, large } as Meta),
    ];
    for (const refused of act) {
      assertMatch(assertThrows(refused, RangeError).message, /must have <= 65536 bytes as JSON, received 6\d{4}$/);
    }
  }
  tracker.update(pid, "t", "ann", { n: 1, large: "x".repeat(65_000) } as Meta);
  assertEquals(node.list(), ["ann 1"]);
  await tracker.stop();
  assertThrows(() => tracker.track(pid, "t", "late", { n: 1 }), Error, "the tracker has ended");
});

Deno.test("Tracker keeps a copy of the meta", async () => {
  await using node = new TestNode(undefined, "a");
  const meta = { n: 1 };
  const pid = idle();
  node.tracker.track(pid, "t", "ann", meta);
  meta.n = 2;
  assertEquals(node.list(), ["ann 1"]);
  pid.exit("shutdown");
});

Deno.test("Tracker goes on when handleDiff throws, and reports it", async () => {
  using crashes = new Crashes();
  await using node = new TestNode(undefined, "a", {
    handleDiff: () => {
      throw new Error("mine");
    },
  });
  node.track("ann");
  await settle();
  node.track("bob");
  await settle();
  assertEquals(crashes.messages, ["mine", "mine"]);
  assertEquals(crashes.reports[0]?.during, "handleDiff");
  assertEquals(node.list(), ["ann 1", "bob 1"]);
});

Deno.test("Tracker() refuses a name that the node has already, and options that make no sense", async () => {
  await using node = new TestNode(undefined, "a");
  const { pubsub } = node;
  assertThrows(
    () => new Tracker({ pubsub, name: "test" }),
    Error,
    'another for each tracker of a node, received "test"',
  );
  const bad: [Partial<TrackerOptions<object>>, RegExp][] = [
    [{ broadcastPeriodMs: 0 }, /"broadcastPeriodMs" must be >= 1, received 0/],
    [{ downPeriodMs: 199 } as object, /"downPeriodMs" is "downMs" of the PubSub now, received 199/],
    [{ permdownPeriodMs: 29_999 } as object, /"permdownPeriodMs" is "permdownMs" of the PubSub now, received 29999/],
    [{ maxSilentPeriods: 0 }, /"maxSilentPeriods" must be >= 1/],
    [{ clockSamplePeriods: NaN }, /"clockSamplePeriods" must be >= 1, received NaN/],
    [{ maxDeltaSizes: [10, 5] }, /"maxDeltaSizes" must be >= 10, received 5/],
    [{ poolSize: 0 }, /"poolSize" must be >= 1/],
  ];
  for (const [options, message] of bad) {
    assertMatch(String(assertThrows(() => new Tracker({ pubsub, name: "other", ...options }))), message);
  }
});

Deno.test("Tracker divides its topics among poolSize processes", async () => {
  await using node = new TestNode(undefined, "a", { poolSize: 3 });
  const topics = Array.from({ length: 20 }, (_, i) => `topic:${i}`);
  for (const topic of topics) node.track("ann", 1, topic);
  assert(topics.every((topic) => node.list(topic).length === 1));
  await settle();
  assertEquals(node.take().length, 20);
  for (let shard = 0; shard < 3; shard++) {
    assertEquals(node.pubsub.subscriberCount(`urvogel:presence:test_shard${shard}`), 1);
  }
});

Deno.test("Tracker sends nothing and sets no timer where there are no other nodes", async () => {
  using time = new FakeTime();
  await using node = new TestNode(undefined, "a");
  node.track("ann");
  assertEquals(time.next(), false);
});

Deno.test("Tracker tells the other nodes within a period", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a");
  await using b = new TestNode(hub, "b");
  await settle();
  const pid = a.track("ann");
  assertEquals(b.list(), []);
  await periods(time, 1);
  assertEquals([b.list(), b.take()], [["ann 1"], ["t +ann 1"]]);
  a.tracker.update(pid, "t", "ann", { n: 2 });
  await periods(time, 1);
  assertEquals([b.list(), b.take()], [["ann 2"], ["t -ann 1", "t +ann 2"]]);
  pid.exit("shutdown");
  await periods(time, 1);
  assertEquals([b.list(), b.take()], [[], ["t -ann 2"]]);
});

Deno.test("Tracker brings a new node up to date, in both directions", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a");
  for (const key of ["ann", "bob"]) a.track(key);
  await periods(time, 3);
  await using b = new TestNode(hub, "b");
  b.track("cat");
  await periods(time, 3);
  assertEquals([a.list(), b.list()], [["ann 1", "bob 1", "cat 1"], ["ann 1", "bob 1", "cat 1"]]);
  assertEquals(b.take(), ["t +cat 1", "t +ann 1", "t +bob 1"]);
});

Deno.test("Tracker asks for what it has missed, and is told the difference only", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a");
  await using b = new TestNode(hub, "b");
  for (let i = 0; i < 90; i++) a.track(`user${i}`);
  await periods(time, 4);
  assertEquals(b.list().length, 90);
  hub.decide = (from, _to, { event }) => from === "a" && event === "heartbeat" ? "lose" : "deliver";
  a.track("lost");
  await periods(time, 1);
  hub.decide = () => "deliver";
  a.track("found");
  hub.sent.length = 0;
  await periods(time, 3);
  assertEquals(b.list(), a.list());
  const answers = hub.sent.filter(({ event }) => event === "transfer_ack");
  assertEquals(answers.map(({ from, to }) => [from, to]), [["a", "b"]]);
  assert(answers[0]!.bytes < 10_000, `${answers[0]!.bytes} bytes for two entries`);
});

Deno.test("Tracker divides what is long into several messages", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a", { maxDeltaSizes: [10] });
  const sent = (wanted: string) => hub.sent.filter(({ event }) => event === wanted).map(({ bytes }) => bytes);
  for (let i = 0; i < 2500; i++) a.track(`user${i}`);
  await settle();
  await periods(time, 1);
  await using b = new TestNode(hub, "b");
  await settle();
  assertEquals(b.list(), a.list()); // within a few turns, not periods
  assertEquals(sent("transfer_ack").length, Math.ceil(sum(sent("transfer_ack")) / 66_000));
  assert(sent("transfer_ack").length > 2 && Math.max(...sent("transfer_ack")) < 66_000);
  hub.sent.length = 0;
  for (let i = 0; i < 1500; i++) b.track(`other${i}`);
  await periods(time, 1);
  assertEquals(a.list(), b.list());
  assert(sent("heartbeat").length > 1 && Math.max(...sent("heartbeat")) < 66_000);
  assertEquals(sent("transfer_ack"), []);
});

Deno.test("Tracker hides a silent node after downMs, shows it when it is back, forgets it after permdownMs", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a");
  await using b = new TestNode(hub, "b", {}, { permdownMs: 60_000 });
  a.track("ann");
  await periods(time, 4);
  b.take();
  hub.part(["a"], ["b"]);
  await periods(time, 16);
  assertEquals(b.take(), []);
  await periods(time, 8);
  assertEquals(b.take(), ["t -ann 1"]);
  hub.heal();
  await periods(time, 12);
  assertEquals([b.take(), b.list()], [["t +ann 1"], ["ann 1"]]);
  hub.part(["a"], ["b"]);
  await periods(time, 45);
  hub.heal();
  a.track("bob");
  await periods(time, 12);
  assertEquals(b.take(), ["t -ann 1", "t +bob 1", "t +ann 1"]);
  assertEquals(b.list(), ["ann 1", "bob 1"]);
});

Deno.test("Tracker tells in order what comes back with a node and leaves by the message that brings it back", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a");
  await using b = new TestNode(hub, "b");
  const ann = a.track("ann");
  await periods(time, 4);
  hub.part(["a"], ["b"]);
  await periods(time, 24);
  assertEquals(b.list(), []);
  b.take();
  hub.decide = (_from, _to, { topic }) => topic === "urvogel:nodes" ? "lose" : "deliver";
  hub.heal();
  ann.exit("shutdown");
  await periods(time, 1);
  assertEquals([b.take(), b.list()], [["t +ann 1", "t -ann 1"], []]);
});

Deno.test("Tracker replaces a node that has restarted, and ignores what its earlier run says late", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using b = new TestNode(hub, "b");
  {
    await using a = new TestNode(hub, "a", { permdownOnShutdown: false });
    a.track("ann", 1);
    await periods(time, 4);
    hub.decide = (_from, _to, { event }) => event === "heartbeat" ? { delayMs: 20_000 } : "deliver";
    a.track("late", 1);
    await periods(time, 1);
    hub.decide = () => "deliver";
  }
  assertEquals(b.list(), ["ann 1"]);
  await using again = new TestNode(hub, "a");
  again.track("ann", 2);
  await periods(time, 4);
  assertEquals(b.list(), ["ann 2"]);
  await periods(time, 20);
  assertEquals(b.list(), ["ann 2"]);
  assertEquals(b.take(), ["t +ann 1", "t -ann 1", "t +ann 2"]);
});

Deno.test.each<[string, Partial<TrackerOptions<Meta>>, (node: TestNode) => Promise<void>, string[]]>([
  ["gracefulPermdown()", {}, (node) => node.tracker.gracefulPermdown(), []],
  ["stop()", {}, (node) => node.tracker.stop(), []],
  ["stop(), also with permdownOnShutdown: false", { permdownOnShutdown: false }, (node) => node.tracker.stop(), []],
  ["the stop of its PubSub", {}, (node) => node.pubsub.stop(), []],
  ["that, with permdownOnShutdown: false", { permdownOnShutdown: false }, (node) => node.pubsub.stop(), ["ann 1"]],
  ["that after gracefulPermdown()", { permdownOnShutdown: false }, async (node) => {
    const leaving = node.tracker.gracefulPermdown();
    await node.pubsub.stop();
    await leaving;
  }, []],
])("Tracker: what the others see right after %s", async (_name, options, end, visible) => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a", options);
  await using b = new TestNode(hub, "b");
  a.track("ann");
  await periods(time, 4);
  await end(a);
  await settle();
  assertEquals(b.list(), visible);
  await periods(time, 24);
  assertEquals(b.list(), []); // a silent node is down by then
});

Deno.test("Tracker that is created again while its node lives replaces the earlier one", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new TestNode(hub, "a");
  await using b = new TestNode(hub, "b");
  a.track("ann", 1);
  await periods(time, 2);
  hub.decide = (_from, _to, { event }) => event === "permdown" ? { delayMs: 10_000 } : "deliver";
  await a.tracker.stop();
  await using again = new Tracker<Meta>({ pubsub: a.pubsub, name: "test" });
  const pid = idle();
  again.track(pid, "t", "bob", { n: 1 });
  await periods(time, 2);
  assertEquals(b.list(), ["bob 1"]);
  await periods(time, 10); // the permdown of the earlier one arrives
  assertEquals(b.list(), ["bob 1"]);
  pid.exit("shutdown");
});

Deno.test("Tracker keeps what it could not send", async () => {
  using time = new FakeTime();
  const faults: unknown[] = [];
  const listen = (event: unknown) => void faults.push((event as { error: Error }).error.message);
  subscribe("urvogel:tracker:unsent", listen);
  const hub = new Hub();
  await using a = new TestNode(hub, "a");
  await using b = new TestNode(hub, "b");
  await periods(time, 2);
  hub.break();
  a.track("ann");
  await periods(time, 2);
  hub.mend();
  await periods(time, 1);
  unsubscribe("urvogel:tracker:unsent", listen);
  assertEquals(b.list(), ["ann 1"]);
  assertEquals(faults, Array(2).fill("Cannot broadcast: the bus is down"));
});

Deno.test("Tracker ignores what is no message of a tracker, and says so", async () => {
  await using a = new TestNode(undefined, "a");
  const from = { name: "x", vsn: "1" };
  const delta = (fields: object) => ({ replica: from, ranges: [], entries: [], known: [], ...fields });
  const faults: unknown[] = [];
  const listen = (event: unknown) => void faults.push((event as { event: string }).event);
  subscribe("urvogel:tracker:malformed", listen);
  const malformed: [string, unknown][] = [
    ["heartbeat", null],
    ["heartbeat", { from: { name: "x", vsn: "" }, clocks: [], asks: false, delta: null }],
    ["heartbeat", { from: { name: "x".repeat(65), vsn: "1" }, clocks: [], asks: false, delta: null }],
    ["heartbeat", { from, clocks: [["x", "1", -1]], asks: false, delta: null }],
    ["heartbeat", { from, clocks: Array(4097).fill(["x", "1", 1]), asks: false, delta: null }],
    ["heartbeat", { from, clocks: [], delta: null }],
    ["heartbeat", { from, clocks: [], asks: false, delta: delta({ ranges: [[2, 1]] }) }],
    ["heartbeat", { from, clocks: [], asks: false, delta: delta({ ranges: [[1, 1]], entries: [[1, "t", "k", "m"]] }) }],
    ["heartbeat", { from, clocks: [], asks: false, delta: delta({ ranges: [[1, 1]], entries: [[2, "t", "k", {}]] }) }],
    ["heartbeat", { from, clocks: [], asks: false, delta: delta({ ranges: Array(32_769).fill([1, 1]) }) }],
    ["heartbeat", { from, clocks: [], asks: false, delta: delta({ ranges: [[1, 1]], known: Array(32_769).fill(1) }) }],
    ["clocks", { from, clocks: [["x x", "1", 1]] }],
    ["transfer_req", { from, replica: from, clock: 1, rest: [1], maxBytes: 1 }],
    ["transfer_req", { from, replica: from, clock: 1, rest: null, maxBytes: 0 }],
    ["transfer_ack", { from, replica: from, at: [0, 0], fragment: {}, rest: null }],
    ["toString", { from }],
  ];
  await settle();
  for (const [event, payload] of malformed) a.pubsub.localBroadcast("urvogel:presence:test_shard0", event, payload);
  await settle();
  unsubscribe("urvogel:tracker:malformed", listen);
  assertEquals(faults, malformed.map(([event]) => event));
  assertEquals(a.take(), []);
});

type Action = { readonly node: number; readonly act: "track" | "end" | "part" | "heal" | "wait"; readonly n: number };

const action: fc.Arbitrary<Action> = fc.record({
  node: fc.nat(2),
  act: fc.constantFrom<Action["act"][]>("track", "track", "end", "part", "heal", "wait", "wait"),
  n: fc.nat(12),
});

Deno.test("Trackers converge over a network that loses, delays, repeats and parts", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 25, size: "max" }),
      fc.infiniteStream(fc.nat(9)),
      async (actions, dice) => {
        using time = new FakeTime();
        const hub = new Hub();
        await using a = new TestNode(hub, "a", { maxDeltaSizes: [2, 5] });
        await using b = new TestNode(hub, "b", { maxDeltaSizes: [2, 5] });
        await using c = new TestNode(hub, "c", { maxDeltaSizes: [2, 5] });
        const nodes = [a, b, c];
        const pids: Pid[] = [];
        hub.decide = () => fateOf(dice.next().value ?? 0);
        for (const { node, act, n } of actions) {
          if (act === "track") pids.push(nodes[node]!.track(`key${n % 4}`, n));
          else if (act === "end") pids[n % Math.max(1, pids.length)]?.exit("shutdown");
          else if (act === "part") hub.part(["abc"[node]!], [..."abc"].filter((_, i) => i !== node));
          else if (act === "heal") hub.heal();
          else await periods(time, n);
        }
        hub.decide = () => "deliver";
        hub.heal();
        await periods(time, 30);
        for (const node of nodes) {
          assertEquals(node.list(), a.list());
          assertEquals(sumOf(node.told), node.list());
        }
        const tracked = pids.filter(({ alive }) => alive).length;
        assertEquals(a.list().length, tracked);
      },
    ),
    { numRuns: 25 },
  );
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}

function fateOf(dice: number): Fate {
  if (dice < 5) return "deliver";
  if (dice === 5) return "repeat";
  return dice < 8 ? "lose" : { delayMs: 1000 * (dice - 7) * 3 };
}

/** What somebody believes to be there who has only been told of changes. */
function sumOf(told: readonly string[]): string[] {
  const sum: string[] = [];
  for (const change of told) {
    const entry = change.slice(3);
    if (change[2] === "+") sum.push(entry);
    else {
      assert(sum.includes(entry), `${entry} left without being there`);
      sum.splice(sum.indexOf(entry), 1);
    }
  }
  return sum.sort();
}
