import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type {
  Connection,
  ConnectionClosedEvent,
  DroppedEvent,
  ExitReason,
  Frame,
  LimitHitEvent,
  SocketSession,
} from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { ConnectionSet } from "../../../lib/transport/connection_set.ts";
import { DrainSweep } from "../../../lib/transport/drain_sweep.ts";
import { IdleSweep } from "../../../lib/transport/idle_sweep.ts";
import { NativeSocket } from "../../../lib/transport/websocket/_native_host.ts";
import { WebSocketConnection } from "../../../lib/transport/websocket/_connection.ts";
import { FakeWebSocket } from "../../support/fake_web_socket.ts";
import { Collected, Failures } from "../../support/telemetry.ts";
import { errorText } from "../../support/error_text.ts";

/** A driver's end of a connection that remembers, and does what a test wants of it. */
function accept(
  behaviour: Partial<SocketSession> & { open?(connection: Connection): void } = {},
  connectTimeoutMs = 1000,
) {
  const limits = {
    maxFrameBytes: 200,
    connectTimeoutMs,
    closeTimeoutMs: 500,
    maxBufferedBytes: 10_000,
    slowReaderTimeoutMs: 4_000,
    drain: new DrainSweep(),
    idle: new IdleSweep(60_000),
    open: new ConnectionSet(),
  };
  const heard = { opened: 0, frames: [] as Frame[], ends: [] as ExitReason[] };
  const socket = new FakeWebSocket();
  const accepted = {
    open(connection: Connection): SocketSession {
      heard.opened++;
      behaviour.open?.(connection);
      return {
        handleIn(frame) {
          heard.frames.push(frame);
          return behaviour.handleIn?.(frame);
        },
        close(reason) {
          heard.ends.push(reason);
          return behaviour.close?.(reason);
        },
      };
    },
  };
  const seat = { released: 0, release: () => void seat.released++ };
  const native = new NativeSocket(socket.asWebSocket);
  const connection = new WebSocketConnection(native, accepted, limits, seat);
  native.listen(connection);
  return { socket, heard, limits, connection, seat };
}

Deno.test("WebSocketConnection hands frames over as they came, bytes as a Uint8Array", () => {
  using _time = new FakeTime();
  const { socket, heard, limits } = accept();
  assertEquals(limits.open.size, 0);
  socket.open();
  assertEquals([heard.opened, limits.open.size], [1, 1]);
  socket.receive("text");
  socket.receive(Uint8Array.of(1, 2));
  socket.receive(new Uint8Array(0));
  assertEquals(heard.frames, ["text", Uint8Array.of(1, 2), new Uint8Array(0)]);
  assertEquals(socket.binaryType, "arraybuffer");
  socket.end(1005, true);
});

Deno.test("WebSocketConnection gives up a client that never arrives, and tells nobody", async () => {
  using time = new FakeTime();
  const before = timers.size;
  const { socket, heard, limits } = accept();
  time.tick(999);
  assertEquals(timers.size, before + 1);
  time.tick(1);
  assertEquals([timers.size, limits.open.size, heard.opened, heard.ends], [before, 0, 0, []]);
  assertEquals(await socket.closings(), []);
});

Deno.test("WebSocketConnection holds up no mount that drains when its client never arrives", async () => {
  using time = new FakeTime();
  using limitHits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const before = timers.size;
  const { limits, seat } = accept({}, 10_000);
  time.tick(3000);
  limits.open.startDraining();
  let isEmpty = false;
  const emptied = limits.open.emptied(30_000).then(() => isEmpty = true);
  await time.tickAsync(999);
  assertEquals([isEmpty, seat.released], [false, 0]); // it may still arrive
  await time.tickAsync(1);
  await emptied;
  assertEquals([seat.released, timers.size, limitHits.events], [1, before, []]);
});

Deno.test("WebSocketConnection sends a client away that arrives after its time", async () => {
  using time = new FakeTime();
  const { socket, heard, limits } = accept();
  time.tick(1000);
  socket.open();
  socket.receive("hello?");
  socket.end(1005, true);
  assertEquals((await socket.closings()).length, 1);
  assertEquals([heard.opened, heard.frames, heard.ends, limits.open.size], [0, [], [], 0]);
});

Deno.test("WebSocketConnection that breaks before it opens is forgotten at once", () => {
  using _time = new FakeTime();
  const before = timers.size;
  const { socket, heard } = accept();
  socket.error();
  socket.end(0, false);
  assertEquals([timers.size, heard.opened, heard.ends], [before, 0, []]);
});

Deno.test("WebSocketConnection needs no timer of its own while it is open", () => {
  using _time = new FakeTime();
  const { socket } = accept();
  const opening = timers.size; // its connect timer
  socket.open();
  assertEquals(timers.size, opening); // the sweep's, which all share
  const { socket: second, limits } = accept();
  assertNotEquals(limits.idle, undefined);
  second.open();
  assertEquals(timers.size, opening + 1); // another mount's sweep
  socket.end(1000, true);
  second.end(1000, true);
  assertEquals(timers.size, opening - 1);
});

Deno.test("WebSocketConnection.close() waits for the client's answer", async () => {
  using time = new FakeTime();
  const before = timers.size;
  const { socket, heard, limits, connection } = accept();
  socket.open();
  connection.close(1001, { text: "bye", reason: "disconnected" });
  assertEquals(await socket.closings(), [{ code: 1001, text: "bye" }]);
  assertEquals([heard.ends, limits.open.size], [[], 1]);
  time.tick(499);
  socket.end(1001, true);
  assertEquals([heard.ends, limits.open.size, timers.size], [[{ shutdown: "disconnected" }], 0, before]);
});

Deno.test("WebSocketConnection.close() does not wait for an answer longer than closeTimeoutMs", () => {
  using time = new FakeTime();
  const before = timers.size;
  const { socket, heard, limits, connection } = accept();
  socket.open();
  connection.close(1012, { reason: "restart" });
  time.tick(499);
  assertEquals(heard.ends, []);
  time.tick(1);
  assertEquals([heard.ends, limits.open.size, timers.size], [[{ shutdown: "restart" }], 0, before]);
  socket.error(); // Deno finds out long after
  socket.end(0, false);
  assertEquals(heard.ends.length, 1);
});

Deno.test("WebSocketConnection keeps its seat until a client that does not answer a close has gone", () => {
  using time = new FakeTime();
  const { socket, seat, connection, heard } = accept();
  socket.open();
  connection.close(1012);
  time.tick(500);
  assertEquals([heard.ends.length, seat.released], [1, 0]);
  time.tick(3_600_000);
  socket.error();
  assertEquals(seat.released, 0);
  socket.end(0, false);
  socket.end(1005, true);
  assertEquals([heard.ends.length, seat.released], [1, 1]);
});

const leaving: [how: string, leave: (accepted: ReturnType<typeof accept>, time: FakeTime) => void][] = [
  ["goes", ({ socket }) => (socket.open(), socket.end(1005, true))],
  ["answers a close", ({ socket, connection }) => (socket.open(), connection.close(1001), socket.end(1001, true))],
  ["never arrives", (_accepted, time) => time.tick(1000)],
  ["breaks off before it arrives", ({ socket }) => socket.end(0, false)],
];
Deno.test.each(leaving)("WebSocketConnection gives its seat back when the client %s", (_how, leave) => {
  using time = new FakeTime();
  const accepted = accept();
  leave(accepted, time);
  assertEquals(accepted.seat.released, 1);
});

Deno.test("WebSocketConnection.close() counts once, with the reason and code of the first", async () => {
  using _time = new FakeTime();
  const { socket, heard, connection } = accept();
  socket.open();
  connection.close(1001, { reason: new Error("first") });
  connection.close(1000);
  assertEquals(await socket.closings(), [{ code: 1001, text: "" }]);
  socket.end(1001, true);
  assertEquals(heard.ends.map(errorText), ["Error: first"]);
});

const badCloses: [what: string, code: number, text: string, message: RegExp][] = [
  ["code 999", 999, "", /"code" must be .*, received 999/],
  ["code 1004", 1004, "", /received 1004/],
  ["code 1005", 1005, "", /received 1005/],
  ["code 1006", 1006, "", /received 1006/],
  ["code 1015", 1015, "", /received 1015/],
  ["code 2999", 2999, "", /received 2999/],
  ["code 5000", 5000, "", /received 5000/],
  ["code 1000.5", 1000.5, "", /received 1000.5/],
  ["code NaN", NaN, "", /received NaN/],
  ["124 letters", 1000, "x".repeat(124), /"text" must be <= 123 bytes, received 124/],
  ["62 letters of two bytes", 1000, "é".repeat(62), /"text" must be <= 123 bytes, received 124/],
];
Deno.test.each(badCloses)(
  "WebSocketConnection.close() refuses %s, and the connection stays",
  async (_what, code, text, message) => {
    using _time = new FakeTime();
    const { socket, heard, connection } = accept();
    socket.open();
    assertMatch(assertThrows(() => connection.close(code, { text }), RangeError).message, message);
    assertEquals(await socket.closings(), []);
    connection.send("still here");
    assertEquals(socket.sent, ["still here"]);
    connection.close(4001, { text: "é".repeat(61) + "x" });
    assertEquals((await socket.closings()).length, 1);
    socket.end(4001, true);
    assertEquals(heard.ends.length, 1);
  },
);

Deno.test("WebSocketConnection neither sends nor hears anything once it closes", () => {
  using _time = new FakeTime();
  const { socket, heard, connection } = accept();
  connection.send("too early");
  socket.open();
  connection.send("in time");
  connection.close(1000);
  connection.send("too late");
  socket.receive("too late");
  assertEquals([socket.sent, heard.frames], [["in time"], []]);
  socket.end(1000, true);
  connection.send("gone");
  socket.receive("gone");
  assertEquals([socket.sent, heard.frames], [["in time"], []]);
});

const ends: [what: string, code: number, wasClean: boolean, reason: string][] = [
  ["a close without a code", 1005, true, "local_closed"],
  ["a close with a code", 1000, true, "local_closed"],
  ["Deno's code 0 for a broken connection", 0, false, "peer_closed"],
  ["code 0 that calls itself clean", 0, true, "peer_closed"],
  ["an unclean end", 1006, false, "peer_closed"],
];
Deno.test.each(ends)("WebSocketConnection ends after %s", (_what, code, wasClean, reason) => {
  using _time = new FakeTime();
  using closed = new Collected<ConnectionClosedEvent>("urvogel:socket:closed");
  const { socket, heard, connection } = accept();
  socket.open();
  if (!wasClean) socket.error();
  socket.end(code, wasClean);
  assertEquals(heard.ends, [{ shutdown: reason }]);
  const ends = closed.events.map(({ durationMs: _, ...end }) => end);
  assertEquals(ends, [{ connection, reason: { shutdown: reason }, code: code || 1006 }]);
});

Deno.test("WebSocketConnection ends once though Deno says so twice", () => {
  using _time = new FakeTime();
  const { socket, heard } = accept();
  socket.open();
  socket.error();
  socket.end(1001, false);
  socket.end(1005, true);
  assertEquals(heard.ends, [{ shutdown: "peer_closed" }]);
});

Deno.test("WebSocketConnection closes with 1009 what is larger than maxFrameBytes, and hands nothing over", async () => {
  for (const large of ["x".repeat(200), new Uint8Array(197), "é".repeat(97)]) {
    using _time = new FakeTime();
    const { socket, heard } = accept();
    socket.open();
    socket.receive("x".repeat(100));
    socket.receive(large);
    assertEquals([heard.frames.length, await socket.closings()], [1, [{ code: 1009, text: "" }]]);
    socket.end(1009, true);
  }
});

Deno.test("WebSocketConnection closes with 1001 a client that has gone silent", async () => {
  using time = new FakeTime();
  const { socket, heard } = accept();
  socket.open();
  time.tick(105_000);
  socket.receive("I am here");
  time.tick(119_999);
  assertEquals(await socket.closings(), []);
  time.tick(1);
  assertEquals(await socket.closings(), [{ code: 1001, text: "" }]);
  socket.end(1001, true);
  assertEquals(heard.ends, [{ shutdown: "read_timeout" }]);
});

Deno.test("WebSocketConnection.bufferedBytes is what waits for a slow client", () => {
  using _time = new FakeTime();
  const { socket, connection } = accept();
  socket.open();
  socket.bufferedAmount = 7;
  assertEquals(connection.bufferedBytes, 7);
  socket.end(1000, true);
});

Deno.test("WebSocketConnection lets its driver send and close at once", async () => {
  using _time = new FakeTime();
  const { socket, heard } = accept({
    open(connection) {
      connection.send("welcome");
      connection.close(1000, { reason: "full" });
    },
  });
  socket.open();
  assertEquals([socket.sent, await socket.closings()], [["welcome"], [{ code: 1000, text: "" }]]);
  socket.end(1000, true);
  assertEquals(heard.ends, [{ shutdown: "full" }]);
});

function fail(): never {
  throw new Error("driver");
}

const failing: [what: string, behaviour: Parameters<typeof accept>[0]][] = [
  ["open throws", { open: fail }],
  ["handleIn throws", { handleIn: fail }],
  ["handleIn rejects", { handleIn: () => Promise.reject(new Error("driver")) }],
  ["handleIn throws what is no Error", { handleIn: () => Promise.reject("driver") }],
];
Deno.test.each(failing)("WebSocketConnection closes with 1011 when %s", async (_what, behaviour) => {
  using _time = new FakeTime();
  using failures = new Failures();
  const { socket, heard } = accept(behaviour);
  socket.open();
  socket.receive("frame");
  await Promise.resolve();
  assertEquals(await socket.closings(), [{ code: 1011, text: "" }]);
  assertMatch(failures.messages.join(), /^[^,]*driver[^,]*$/); // once
  socket.end(1011, true);
  const reason = heard.ends[0];
  assert(behaviour?.open ? reason === undefined : reason instanceof Error);
});

const failingLast: [what: string, behaviour: Partial<SocketSession>][] = [
  ["throws", { close: fail }],
  ["rejects", { close: () => Promise.reject(new Error("driver")) }],
];
Deno.test.each(failingLast)(
  "WebSocketConnection lets go of all when the session's close %s",
  async (_what, behaviour) => {
    using _time = new FakeTime();
    using failures = new Failures();
    const before = timers.size;
    const { socket, limits } = accept(behaviour);
    socket.open();
    socket.end(1005, true);
    await Promise.resolve();
    assertEquals([failures.messages, limits.open.size, timers.size], [["driver"], 0, before]);
  },
);

Deno.test("WebSocketConnection that opens while its mount drains is closed, and watched by no sweep", async () => {
  using _time = new FakeTime();
  const before = timers.size;
  const { socket, heard, limits } = accept();
  limits.open.startDraining();
  socket.open();
  assertEquals(await socket.closings(), [{ code: 1012, text: "" }]);
  assertEquals(timers.size, before + 1); // its close timer
  socket.end(1012, true);
  assertEquals([heard.ends, timers.size], [[{ shutdown: "restart" }], before]);
});

/** More than is handed to Deno at a time under `maxBufferedBytes: 10_000`. */
const LONG = "x".repeat(4000);

Deno.test("WebSocketConnection.send() hands on what is read, however much it is, and asks Deno rarely", () => {
  using _time = new FakeTime();
  const { socket, connection } = accept();
  socket.open();
  let asked = 0;
  Object.defineProperty(socket, "bufferedAmount", { get: () => (asked++, 0) });
  for (let n = 0; n < 1000; n++) connection.send("short");
  assertEquals(socket.sent.length, 1000);
  assertEquals(asked, 2); // a character may take 3 bytes: once in 5,000 of them
});

Deno.test("WebSocketConnection.send() lets frames wait while Deno holds too much, and sends them in order", () => {
  using time = new FakeTime();
  const before = timers.size;
  const { socket, connection } = accept();
  socket.open();
  connection.send("first");
  socket.bufferedAmount = 6_000;
  connection.send(LONG);
  const waiting = ["a", "b", Uint8Array.of(1)];
  for (const frame of waiting) connection.send(frame);
  assertEquals(socket.sent, ["first", LONG]); // nothing was known of the backlog before
  assertEquals(connection.bufferedBytes, 6_003);
  time.tick(50);
  assertEquals(socket.sent.length, 2);
  socket.bufferedAmount = 0;
  time.tick(1000);
  assertEquals(socket.sent, ["first", LONG, ...waiting]);
  connection.send("direct");
  assertEquals(socket.sent.length, 6);
  socket.end(1005, true);
  assertEquals(timers.size, before);
});

Deno.test("WebSocketConnection closes with 4408 when too much waits for a client that does not read", async () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { socket, connection, heard } = accept();
  socket.open();
  socket.bufferedAmount = 6_000;
  for (let n = 0; n < 5; n++) connection.send(LONG);
  time.tick(1_000); // its pace would allow for 6,000 of 22,000 bytes in 1,090 ms
  assertEquals(limits.events.length, 0);
  time.tick(300);
  assertEquals(limits.events.map(({ limit, max, found }) => ({ limit, max, found })), [
    { limit: "maxBufferedBytes", max: 10_000, found: 22_000 },
  ]);
  assertEquals(connection.bufferedBytes, 6_000); // what Deno has, it keeps
  assertEquals(await socket.closings(), [{ code: 4408, text: "reads too slowly" }]);
  assertEquals(socket.sent.length, 1);
  socket.end(1005, true);
  assertEquals(heard.ends, [{ shutdown: "slow_reader" }]);
});

Deno.test("WebSocketConnection does not close a client that reads nothing while no more waits than may", () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { socket, connection } = accept();
  socket.open();
  socket.bufferedAmount = 6_000;
  for (const frame of [LONG, LONG]) connection.send(frame); // 6,000 under way and 4,000 that wait
  time.tick(50_000);
  assertEquals(limits.events.length, 0);
  socket.end(1005, true);
});

/** Lets the client read `bytesPerSecond` of what it was sent, in pieces, for as long as `holds`. */
function readAtPace(time: FakeTime, socket: FakeWebSocket, bytesPerSecond: number, holds: () => boolean): void {
  let handedOver = socket.sent.length;
  for (let ms = 0; holds() && ms < 100_000; ms += 100) {
    for (const frame of socket.sent.slice(handedOver)) socket.bufferedAmount += (frame as string).length;
    handedOver = socket.sent.length;
    socket.bufferedAmount = Math.max(0, socket.bufferedAmount - bytesPerSecond / 10);
    time.tick(100);
  }
}

Deno.test("WebSocketConnection does not close a client that keeps reading, however much waits", () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { socket, connection } = accept();
  socket.open();
  socket.bufferedAmount = 6_000;
  for (let n = 0; n < 50; n++) connection.send(LONG);
  readAtPace(time, socket, 60_000, () => socket.sent.length < 50);
  assertEquals([socket.sent.length, limits.events.length], [50, 0]);
  socket.end(1005, true);
});

Deno.test("WebSocketConnection does not close a client that reads a frame larger than all that may wait", () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { socket, connection } = accept();
  socket.open();
  connection.send("x".repeat(30_000));
  socket.bufferedAmount = 30_000; // Deno takes a frame off when all of it has left
  connection.send("behind it");
  time.tick(3_900);
  socket.bufferedAmount = 0;
  time.tick(700);
  assertEquals([socket.sent.length, limits.events.length], [2, 0]);
  socket.end(1005, true);
});

Deno.test("WebSocketConnection closes with 4408 a client that reads a byte now and then", async () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { socket, connection } = accept();
  socket.open();
  socket.bufferedAmount = 6_000;
  for (let n = 0; n < 5; n++) connection.send(LONG);
  readAtPace(time, socket, 100, () => limits.events.length === 0);
  assertEquals(limits.events.length, 1);
  assertEquals(await socket.closings(), [{ code: 4408, text: "reads too slowly" }]);
  socket.end(1005, true);
});

Deno.test("WebSocketConnection hands over no more than may wait when it closes for a client that reads", async () => {
  using time = new FakeTime();
  const { socket, connection } = accept();
  socket.open();
  socket.bufferedAmount = 6_000;
  for (let n = 0; n < 50; n++) connection.send(LONG);
  socket.bufferedAmount = 5_900;
  connection.close(1001);
  assertEquals(socket.sent.length, 3); // the first before anything waited, then up to 10,000 bytes
  assertEquals(await socket.closings(), [{ code: 1001, text: "" }]);
  time.tick(500);
});

Deno.test("WebSocketConnection sends what waits before it closes, to a client that reads", async () => {
  using time = new FakeTime();
  const { socket, connection } = accept();
  socket.open();
  socket.bufferedAmount = 6_000;
  for (const frame of [LONG, "a", "b"]) connection.send(frame);
  socket.bufferedAmount = 5_000; // it does read
  connection.close(1001);
  assertEquals(socket.sent, [LONG, "a", "b"]);
  assertEquals(await socket.closings(), [{ code: 1001, text: "" }]);
  time.tick(500);
});

Deno.test("WebSocketConnection keeps what waits from Deno when it closes for a client that does not read", async () => {
  using time = new FakeTime();
  const { socket, connection } = accept();
  socket.open();
  socket.bufferedAmount = 6_000;
  for (const frame of [LONG, "a", "b"]) connection.send(frame);
  time.tick(100);
  connection.close(1001);
  assertEquals(socket.sent, [LONG]);
  assertEquals(await socket.closings(), [{ code: 1001, text: "" }]);
  time.tick(500);
});

Deno.test("WebSocketConnection tells what it drops of a lane", () => {
  using _time = new FakeTime();
  using dropped = new Collected<DroppedEvent>("urvogel:socket:dropped");
  const { socket, connection } = accept();
  const lane = { topic: "room:a", slowReader: { policy: "dropOldest", maxWaitingBytes: 3 } } as const;
  socket.open();
  socket.bufferedAmount = 6_000;
  for (const frame of [LONG, "one", "two", "six"]) connection.send(frame, lane);
  const drop = { connection, topic: "room:a", policy: "dropOldest", frames: 1, bytes: 3 };
  assertEquals<unknown>(dropped.events, [drop, drop]);
  socket.end(1005, true);
});
