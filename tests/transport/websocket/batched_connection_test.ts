/**
 * A connection whose client takes batches: order, what waits for a slow reader, and the end.
 */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { Connection, DroppedEvent, LimitHitEvent, SocketSession } from "@urvogel/realtime";
import { nextTurn } from "../../../lib/base/pause.ts";
import { ConnectionSet } from "../../../lib/transport/connection_set.ts";
import { DrainSweep } from "../../../lib/transport/drain_sweep.ts";
import { IdleSweep } from "../../../lib/transport/idle_sweep.ts";
import { BatchedSocket } from "../../../lib/transport/websocket/_batched_socket.ts";
import { BatchTurn } from "../../../lib/transport/websocket/_batch_turn.ts";
import { WebSocketConnection } from "../../../lib/transport/websocket/_connection.ts";
import { NativeSocket } from "../../../lib/transport/websocket/_native_host.ts";
import { FakeWebSocket } from "../../support/fake_web_socket.ts";
import { Collected } from "../../support/telemetry.ts";

const LIMITS = {
  maxFrameBytes: 200,
  connectTimeoutMs: 1000,
  closeTimeoutMs: 500,
  maxBufferedBytes: 10_000,
  slowReaderTimeoutMs: 4_000,
};

/** An open connection. What `handleIn` does is the test's. */
function opened(handleIn: (connection: Connection) => void = () => {}) {
  const limits = { ...LIMITS, drain: new DrainSweep(), idle: new IdleSweep(60_000), open: new ConnectionSet() };
  const socket = new FakeWebSocket();
  const accepted = {
    open: (connection: Connection): SocketSession => ({ handleIn: () => handleIn(connection), close() {} }),
  };
  const native = new NativeSocket(socket.asWebSocket);
  const connection = new WebSocketConnection(new BatchedSocket(native, new BatchTurn(65_536)), accepted, limits);
  native.listen(connection);
  socket.open();
  return { socket, connection };
}

/** A frame of 1,000 bytes. */
function long(n: number): string {
  return `${n}`.padEnd(1000, "x");
}

Deno.test("WebSocketConnection sends what the messages of a turn cause as one batch", async () => {
  using _time = new FakeTime();
  const { socket } = opened((connection) => connection.send("reply"));
  for (let n = 0; n < 3; n++) socket.receive(`push ${n}`);
  assertEquals(socket.sent, []);
  await nextTurn();
  assertEquals(socket.sent, ["reply\nreply\nreply"]);
  socket.end(1005, true);
});

Deno.test("WebSocketConnection sends a batch before the close of its turn", async () => {
  using _time = new FakeTime();
  const { socket, connection } = opened();
  connection.send("a");
  connection.send("b");
  connection.close(4001, { text: "bye" });
  assertEquals(await socket.closings(), [{ code: 4001, text: "bye" }]);
  assertEquals(socket.sent, ["a\nb"]);
  await nextTurn();
  assertEquals(socket.sent.length, 1);
  socket.end(4001, true);
});

Deno.test("WebSocketConnection hands Deno the batch of a client that goes in the same turn, and nothing after that", async () => {
  using _time = new FakeTime();
  const { socket, connection } = opened();
  connection.send("a");
  socket.end(1006, false);
  connection.send("b");
  await nextTurn();
  assertEquals(socket.sent, ["a"]); // Deno ignores it
});

Deno.test("WebSocketConnection counts a batch that has not left among what waits for the client", async () => {
  using time = new FakeTime();
  const { socket, connection } = opened();
  for (let n = 0; n < 8; n++) connection.send(long(n)); // 5,000 bytes are handed over at most
  assertEquals(connection.bufferedBytes, 8_005); // a separator behind each that is in the batch
  await nextTurn();
  assertEquals(socket.sent, [[0, 1, 2, 3, 4].map(long).join("\n")]);
  socket.bufferedAmount = 5_004;
  time.tick(100);
  await nextTurn();
  assertEquals(socket.sent.length, 1);
  socket.bufferedAmount = 0;
  time.tick(1000);
  await nextTurn();
  assertEquals(socket.sent[1], [5, 6, 7].map(long).join("\n"));
  socket.end(1005, true);
});

Deno.test("WebSocketConnection sends what waits before it closes, in batches, to a client that reads", async () => {
  using time = new FakeTime();
  const { socket, connection } = opened();
  for (let n = 0; n < 8; n++) connection.send(long(n));
  await nextTurn();
  socket.bufferedAmount = 3_000;
  connection.close(1001);
  assertEquals(await socket.closings(), [{ code: 1001, text: "" }]);
  assertEquals(socket.sent.join("\n"), Array.from({ length: 8 }, (_, n) => long(n)).join("\n"));
  time.tick(500);
});

Deno.test("WebSocketConnection closes a client that takes batches and reads nothing with 4408", async () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { socket, connection } = opened();
  for (let n = 0; n < 22; n++) connection.send(long(n));
  await nextTurn();
  socket.bufferedAmount = 5_004;
  time.tick(1_300);
  assertEquals(limits.events.map(({ limit, found }) => [limit, found]), [["maxBufferedBytes", 22_004]]);
  assertEquals(await socket.closings(), [{ code: 4408, text: "reads too slowly" }]);
  socket.end(1005, true);
});

Deno.test("WebSocketConnection drops broadcasts of a lane for a slow client that takes batches", async () => {
  using time = new FakeTime();
  using dropped = new Collected<DroppedEvent>("urvogel:socket:dropped");
  const { socket, connection } = opened();
  const lane = { topic: "room:a", slowReader: { policy: "dropOldest", maxWaitingBytes: 2_000 } } as const;
  for (let n = 0; n < 9; n++) connection.send(long(n), lane);
  await nextTurn();
  assertEquals(dropped.events.length, 2); // of those that wait: 5 and 6
  time.tick(1000);
  await nextTurn();
  assertEquals(socket.sent, [[0, 1, 2, 3, 4].map(long).join("\n"), [7, 8].map(long).join("\n")]);
  socket.end(1005, true);
});
