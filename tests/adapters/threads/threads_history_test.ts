import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusDownError, type HistoryPage, type Position, type Stored, TooLargeError } from "@urvogel/realtime";
import { threadsAdapter, type ThreadsAdapterOptions } from "@urvogel/realtime/threads";
import { pack, unpack } from "../../../lib/adapters/threads/history/_packed.ts";
import { encodeClaim, readMessage } from "../../../lib/adapters/threads/history/_messages.ts";
import { ThreadsHistory } from "../../../lib/adapters/threads/history/_threads_history.ts";
import { Session } from "../../../lib/adapters/threads/_session.ts";
import { ThreadLocks } from "../../../lib/adapters/threads/_thread_locks.ts";
import { programLocks } from "../../../lib/base/locks.ts";
import { nextTurn, pause } from "../../../lib/base/pause.ts";
import { readRetention } from "../../../lib/history/retention.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

const keep = readRetention({});

/** Starts a thread; disposed of, it stops. */
async function start(prefix: string, options: ThreadsAdapterOptions = {}) {
  const adapter = threadsAdapter({ prefix, ...options });
  await adapter.start(SILENT_NODE);
  return Object.assign(adapter, { [Symbol.asyncDispose]: async () => await adapter.stop() });
}

function said(n: number) {
  return { event: "said", payload: { n } };
}

/** Waits until all threads have noticed that one has ended. */
async function untilForgotten(nodeName: string): Promise<void> {
  for (let isKnown = true; isKnown;) {
    const { held, pending } = await programLocks()!.query();
    isKnown = [...held, ...pending].some(({ name }) => name.endsWith(nodeName));
    await pause(1);
  }
}

Deno.test("ThreadsHistory numbers, delivers and reads in the same turn in the only thread", async () => {
  await using thread = await start("alone");
  const { history } = thread;
  const live: Stored[] = [];
  history.subscribe("room", keep, (message) => live.push(message));
  const payload = { n: 1 };
  const first = history.publish("room", { event: "said", payload, from: "a/1" }, keep) as Position;
  assertEquals(live.map(({ offset, previous, from }) => [offset, previous, from]), [[1, 0, "a/1"]]);
  assertEquals(live[0]!.payload === payload, true); // not parsed again
  const page = history.read("room", 0, keep) as HistoryPage;
  assertEquals([page.top, page.messages.map(({ payload }) => payload)], [first, [{ n: 1 }]]);
  assertEquals(history.tailSize, 0);
});

Deno.test("ThreadsHistory keeps retention without a limit of age, for another thread as well", async () => {
  await using _keeper = await start("age");
  await using thread = await start("age");
  const forever = readRetention({ maxAgeMs: Infinity, maxBytes: Infinity });
  await thread.history.publish("room", said(1), forever);
  assertEquals((await thread.history.read("room", 0, forever)).messages.length, 1);
  assert(thread.history.tailSize > 0);
});

Deno.test("another thread keeps history when the first one stops: with another epoch, and it is told", async () => {
  const first = await start("next");
  await using second = await start("next");
  await using third = await start("next");
  const before = await third.history.publish("room", said(1), keep);
  let reconnects = 0;
  third.history.onReconnect(() => reconnects++);
  await first.stop();
  await until(() => reconnects === 1, "the change is told");
  const after = await third.history.publish("room", said(2), keep);
  assertNotEquals(after.epoch, before.epoch);
  assertEquals((second.history.read("room", 0, keep) as HistoryPage).top, after); // the second one keeps
});

Deno.test("publish() and read() wait while no thread keeps history", async () => {
  const first = await start("waits");
  const leave = new ThreadLocks("waits").queue(() => {}); // nobody keeps when it is its turn
  await using second = await start("waits");
  await first.stop();
  await untilForgotten(first.nodeName);
  const settled: string[] = [];
  const published = Promise.resolve(second.history.publish("room", said(1), keep));
  const read = Promise.resolve(second.history.read("room", 0, keep));
  void published.finally(() => settled.push("published"));
  void read.finally(() => settled.push("read"));
  await nextTurn();
  assertEquals(settled, []);
  await leave();
  assertEquals((await read).messages.map(({ offset }) => offset), [(await published).offset]);
  assertEquals(settled, ["published", "read"]);
});

Deno.test("publish() that has failed while no thread kept history is not made when one does", async () => {
  using time = new FakeTime();
  const history = new ThreadsHistory({ maxTopics: 1, maxBytesWaiting: 1000, assertSendable() {} });
  const sent: string[] = [];
  history.attach({
    nodeName: "a",
    isAlone: false,
    waitingBytes: 0,
    sendToAll() {},
    sendToSubscribers() {},
    sendTo(node) {
      sent.push(node);
      return true;
    },
    historyReady() {},
  });
  const late = assertRejects(async () => await history.publish("room", said(1), keep), BusDownError);
  await time.tickAsync(10_000);
  await late;
  history.receive("b", encodeClaim());
  assertEquals(sent, []);
  const lost = assertRejects(async () => await history.publish("room", said(2), keep), BusDownError);
  assertEquals(sent, ["b"]);
  history.detach();
  await lost;
});

Deno.test("publish() throws while the thread is not connected, and refuses what is too large", async () => {
  const adapter = threadsAdapter({ prefix: "small", maxBytesWaiting: 1000 });
  assertThrows(() => adapter.history.publish("room", said(1), keep), BusDownError);
  await assertRejects(async () => await adapter.history.read("room", 0, keep), BusDownError);
  await adapter.start(SILENT_NODE);
  const large = { event: "said", payload: new Uint8Array(1000) };
  assertThrows(() => adapter.history.publish("room", large, keep), TooLargeError, "at most 1000");
  await adapter.stop();
  assertThrows(() => adapter.history.publish("room", said(1), keep), BusDownError);
});

Deno.test("declare() reaches the thread that keeps history, and routes() returns it in each", async () => {
  await using keeper = await start("routes");
  await using thread = await start("routes");
  assertEquals(await thread.history.routes!(), []);
  await thread.history.declare!([{ pattern: "room:*", keep, exclude: ["typing"] }]);
  for (const { history } of [keeper, thread]) {
    assertEquals(await history.routes!(), [{ pattern: "room:*", keep, exclude: ["typing"] }]);
  }
});

Deno.test("threadsAdapter() forgets the messages of the topic that was used least recently beyond maxTopics", async () => {
  await using thread = await start("topics", { maxTopics: 1 });
  const before = thread.history.publish("one", said(1), keep) as Position;
  await thread.history.publish("two", said(1), keep);
  assertEquals(await thread.history.read("one", 0, keep), { top: before, completeFrom: 1, messages: [] });
  assertThrows(() => threadsAdapter({ maxTopics: 0 }), RangeError, '"maxTopics" must be >= 1, received 0');
});

Deno.test("a malformed message of another thread is reported, and nothing else happens", async () => {
  using malformed = new Collected<{ bytes: number }>("urvogel:bus:malformed");
  await using thread = await start("malformed");
  const forger = new Session(
    { prefix: "malformed", nodeName: "forger", wants: () => false, maxStallMs: 1000 },
    SILENT_NODE,
  );
  await forger.start();
  const heads = [null, 1, [], {}, { kind: "x" }, { kind: "ask", id: "1" }, { kind: "ask", id: 1, op: "x" }];
  const wrong = [
    ...heads.map((head) => pack({ head, bodies: [] })),
    Uint8Array.of(),
    Uint8Array.of(0, 0, 0, 9),
    Uint8Array.of(0, 0, 0, 1, 123),
    pack({ head: { kind: "live", at: "a:1", previous: 0, atMs: 1 }, bodies: [Uint8Array.of(1)] }),
    pack({ head: { kind: "ask", id: 1, op: "publish", topic: "t", keep: {} }, bodies: [] }),
    pack({ head: { kind: "ask", id: 1, op: "read", topic: "t", keep: { maxMessages: -1 } }, bodies: [] }),
  ];
  for (const bytes of wrong) forger.sendTo(thread.nodeName, bytes);
  await until(() => malformed.events.length >= wrong.length, "each of them is reported");
  assertEquals(malformed.events.map(({ bytes }) => bytes), wrong.map(({ length }) => length));
  assertEquals((thread.history.publish("room", said(1), keep) as Position).offset, 1);
  await forger.stop();
});

Deno.test("unpack() reads what pack() has written, and readMessage() nothing else", () => {
  const packed = { head: { text: "\ud800 é" }, bodies: [Uint8Array.of(), Uint8Array.of(1, 2)] };
  assertEquals(unpack(pack(packed)), packed);
  assertThrows(() => readMessage(pack(packed)), TypeError, "Cannot read message between threads: its kind is wrong");
});
