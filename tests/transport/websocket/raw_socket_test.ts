/**
 * What a connection does with a socket that can do more than Deno's own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { ConnectionClosedEvent, ExitReason, Frame, LimitHitEvent } from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { ConnectionSet } from "../../../lib/transport/connection_set.ts";
import { DrainSweep } from "../../../lib/transport/drain_sweep.ts";
import { IdleSweep } from "../../../lib/transport/idle_sweep.ts";
import type { RawSocket } from "../../../lib/transport/request/websocket_host.ts";
import { WebSocketConnection } from "../../../lib/transport/websocket/_connection.ts";
import { Collected } from "../../support/telemetry.ts";

/** A socket that says when there is room, and can be ended. */
class AttentiveSocket implements RawSocket {
  bufferedAmount = 0;
  readonly sent: Frame[] = [];
  readonly done: string[] = [];
  send(frame: Frame): void {
    this.sent.push(frame);
    this.bufferedAmount += frame.length;
  }
  close(code?: number): void {
    this.done.push(`close ${code}`);
  }
  terminate(): void {
    this.done.push("terminate");
  }
  requestDrain(): void {
    this.done.push("requestDrain");
  }
}

function open(timeoutMs = 60_000) {
  const opening = begin(timeoutMs);
  opening.connection.onOpen();
  return opening;
}

function begin(timeoutMs = 60_000) {
  const limits = {
    maxFrameBytes: 200,
    connectTimeoutMs: 1000,
    closeTimeoutMs: 500,
    maxBufferedBytes: 10_000,
    slowReaderTimeoutMs: 4_000,
    drain: new DrainSweep({ polls: false }),
    idle: new IdleSweep(timeoutMs, { seesPings: true }),
    open: new ConnectionSet(),
  };
  const socket = new AttentiveSocket();
  const ends: ExitReason[] = [];
  const seat = { released: 0, release: () => void seat.released++ };
  const session = { handleIn() {}, close: (reason: ExitReason) => void ends.push(reason) };
  const connection = new WebSocketConnection(socket, { open: () => session }, limits, seat);
  return { socket, connection, ends, seat, limits };
}

const LONG = "x".repeat(4000);

Deno.test("WebSocketConnection sends what waits as soon as its socket says that there is room", () => {
  using _time = new FakeTime();
  const before = timers.size;
  const { socket, connection } = open();
  for (const frame of [LONG, LONG, "a", LONG, LONG, "b"]) connection.send(frame);
  assertEquals([socket.sent, socket.done], [[LONG, LONG], ["requestDrain"]]);
  socket.bufferedAmount = 0;
  connection.onDrain();
  assertEquals([socket.sent.slice(2), socket.done], [["a", LONG, LONG], ["requestDrain", "requestDrain"]]);
  socket.bufferedAmount = 0;
  connection.onDrain();
  assertEquals([socket.sent.at(-1), socket.done.length], ["b", 2]);
  connection.onDrain(); // late
  connection.onClose(1000, true);
  assertEquals(timers.size, before);
});

Deno.test("WebSocketConnection keeps a client that reads between two looks of the sweep", () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { socket, connection } = open();
  for (let n = 0; n < 60; n++) connection.send(LONG);
  for (let n = 0; n < 12; n++) {
    time.tick(100);
    socket.bufferedAmount = 0;
    connection.onDrain();
  }
  time.tick(600); // the sweep has looked twice, right after the client had read
  assertEquals(limits.events.length, 0);
  connection.onClose(1000, true);
});

Deno.test("WebSocketConnection closes with 4408 a client for whom its socket never has room", () => {
  using time = new FakeTime();
  const { connection, ends } = open();
  for (let n = 0; n < 5; n++) connection.send(LONG);
  time.tick(3_000);
  connection.onClose(1006, false);
  assertEquals(ends, [{ shutdown: "slow_reader" }]);
});

Deno.test("WebSocketConnection keeps a client that gives signs of life, and closes one that gives none", () => {
  using time = new FakeTime();
  const { connection, ends } = open(1_000);
  for (let n = 0; n < 10; n++) {
    time.tick(900);
    connection.onSign();
  }
  time.tick(1_250);
  connection.onClose(1001, true);
  assertEquals(ends, [{ shutdown: "read_timeout" }]);
});

const breaches: [code: number, reason: string, hits: number][] = [
  [1002, "protocol_error", 0],
  [1007, "protocol_error", 0],
  [1009, "local_closed", 1],
];
Deno.test.each(breaches)("WebSocketConnection ends at once after a breach with code %i", (code, reason, hits) => {
  using _time = new FakeTime();
  using limitHits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  using closed = new Collected<ConnectionClosedEvent>("urvogel:socket:closed");
  const { connection, ends, seat, limits } = open();
  connection.onBreach(code);
  assertEquals([ends, limits.open.size, seat.released], [[{ shutdown: reason }], 0, 0]);
  const reported = closed.events.map(({ durationMs: _, ...end }) => end);
  assertEquals(reported, [{ connection, reason: { shutdown: reason }, code }]);
  assertEquals(limitHits.events.filter(({ limit }) => limit === "maxFrameBytes").length, hits);
  connection.onClose(1006, false);
  connection.onGone();
  assertEquals([ends.length, seat.released], [1, 1]);
});

Deno.test("WebSocketConnection ends a TCP connection whose client does not answer a close", () => {
  using time = new FakeTime();
  const { socket, connection, ends, seat } = open();
  connection.close(1012, { reason: "restart" });
  time.tick(500);
  assertEquals([socket.done, ends, seat.released], [["terminate"], [{ shutdown: "restart" }], 0]);
  connection.onGone();
  assertEquals(seat.released, 1);
});

Deno.test("WebSocketConnection ends a TCP connection that opens after its time, if its client does not answer", () => {
  using time = new FakeTime();
  const before = timers.size;
  const { socket, connection, seat } = begin();
  time.tick(1000);
  assertEquals(seat.released, 1);
  connection.onOpen();
  assertEquals(socket.done, ["close 1001"]);
  time.tick(500);
  assertEquals(socket.done, ["close 1001", "terminate"]);
  connection.onGone();
  assertEquals(timers.size, before);
});

Deno.test("WebSocketConnection that opens after its time leaves no timer when its client answers", () => {
  using time = new FakeTime();
  const before = timers.size;
  const { socket, connection } = begin();
  time.tick(1000);
  connection.onOpen();
  connection.onClose(1001, true);
  connection.onGone();
  assertEquals([socket.done, timers.size], [["close 1001"], before]);
});
