import { assertEquals, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { type DrainerOptions, Endpoint, type EndpointDrainEvent, ok, type SocketDriver } from "@urvogel/realtime";
import { timers } from "../../lib/base/timer_wheel.ts";
import { settle } from "../support/fake_client.ts";
import { upgradedBy } from "../support/fake_upgrade.ts";
import type { FakeWebSocket } from "../support/fake_web_socket.ts";
import { Collected } from "../support/telemetry.ts";

const silent: SocketDriver = { connect: () => ok({ open: () => ({ handleIn() {}, close() {} }) }) };

/** An endpoint with as many clients as told, all of which have arrived. */
async function crowd(size: number, drainer?: DrainerOptions) {
  const endpoint = new Endpoint({ sockets: { "/silent": silent }, ...(drainer && { drainer }) });
  const sockets: FakeWebSocket[] = [];
  for (let i = 0; i < size; i++) sockets.push((await upgradedBy(endpoint, "/silent/websocket")).socket);
  for (const socket of sockets) socket.open();
  return { endpoint, sockets };
}

/** How many of the sockets were closed. */
async function closedOf(sockets: readonly FakeWebSocket[]): Promise<number> {
  await settle();
  const closings = await Promise.all(sockets.map((socket) => socket.closings()));
  return closings.filter(({ length }) => length > 0).length;
}

Deno.test("Drainer closes connections in batches, and tells of each", async () => {
  using time = new FakeTime();
  using told = new Collected<EndpointDrainEvent>("urvogel:endpoint:drain");
  const { endpoint, sockets } = await crowd(5, { batchSize: 2, batchIntervalMs: 100 });
  const down = endpoint.shutdown();
  assertEquals(await closedOf(sockets), 2);
  time.tick(99);
  assertEquals(await closedOf(sockets), 2);
  time.tick(1);
  assertEquals(await closedOf(sockets), 4);
  time.tick(100);
  assertEquals(await closedOf(sockets), 5);
  assertEquals(told.events, [
    { count: 2, total: 5, batch: 1 },
    { count: 2, total: 5, batch: 2 },
    { count: 1, total: 5, batch: 3 },
  ]);
  for (const socket of sockets) socket.end(1012, true);
  await down;
  assertEquals(timers.size, 0);
});

Deno.test("Drainer closes 500 connections at once, and the next ones after a tenth of a second", async () => {
  using time = new FakeTime();
  const { endpoint, sockets } = await crowd(1_001);
  const down = endpoint.shutdown();
  assertEquals(await closedOf(sockets), 500);
  time.tick(99);
  assertEquals(await closedOf(sockets), 500);
  time.tick(1);
  assertEquals(await closedOf(sockets), 1_000);
  time.tick(100);
  assertEquals(await closedOf(sockets), 1_001);
  for (const socket of sockets) socket.end(1012, true);
  await down;
});

const times: [options: DrainerOptions, shutdownMs: number][] = [[{}, 30_000], [{ shutdownMs: 250 }, 250]];
Deno.test.each(times)("Drainer with %j closes what is left after %i ms, and is done", async (options, shutdownMs) => {
  using time = new FakeTime();
  const { endpoint, sockets } = await crowd(4, { batchSize: 1, batchIntervalMs: shutdownMs / 2.5, ...options });
  let down = false;
  void endpoint.shutdown().then(() => down = true);
  for (let i = 0; i < 2; i++) {
    await settle();
    time.tick(shutdownMs / 2.5);
  }
  assertEquals(await closedOf(sockets), 3);
  time.tick(shutdownMs / 5 - 1);
  assertEquals(await closedOf(sockets), 3);
  assertEquals(down, false);
  time.tick(1);
  assertEquals(await closedOf(sockets), 4);
  time.tick(0);
  await settle();
  assertEquals(down, true);
});

Deno.test("Drainer tells nobody where nobody is", async () => {
  using told = new Collected<EndpointDrainEvent>("urvogel:endpoint:drain");
  const { endpoint } = await crowd(0);
  await endpoint.shutdown();
  assertEquals(told.events, []);
});

Deno.test("Drainer waits for a client that is about to arrive, and sends it away", async () => {
  using time = new FakeTime();
  const { endpoint } = await crowd(0, { reconnectJitterMs: 0 });
  const { socket } = await upgradedBy(endpoint, "/silent/websocket");
  let down = false;
  void endpoint.shutdown().then(() => down = true);
  time.tick(100);
  await settle();
  assertEquals(down, false);
  socket.open();
  assertEquals(await socket.closings(), [{ code: 1012, text: "" }]);
  socket.end(1012, true);
  await settle();
  assertEquals(down, true);
});

Deno.test("Drainer does not wait for a client that never arrives longer than its time", async () => {
  using time = new FakeTime();
  const { endpoint } = await crowd(0);
  await upgradedBy(endpoint, "/silent/websocket");
  let down = false;
  void endpoint.shutdown().then(() => down = true);
  await settle();
  time.tick(10_000);
  await settle();
  assertEquals(down, true);
});

Deno.test("Drainer asks clients to come back within a second, by default", async () => {
  using _time = new FakeTime();
  using _random = stub(Math, "random", () => 0.9999);
  const { endpoint, sockets: [socket] } = await crowd(1);
  const down = endpoint.shutdown();
  assertEquals(await socket!.closings(), [{ code: 1012, text: "retry-after-ms=999" }]);
  socket!.end(1012, true);
  await down;
});

Deno.test("Drainer asks each client to come back at a time of its own", async () => {
  using _time = new FakeTime();
  const numbers = [0.734, 0.5, 0.001];
  using _random = stub(Math, "random", () => numbers.shift() ?? 0.999);
  const { endpoint, sockets } = await crowd(2, { reconnectJitterMs: 3000 });
  const down = endpoint.shutdown();
  const texts = await Promise.all(sockets.map(async (socket) => (await socket.closings())[0]?.text));
  assertEquals(texts, ["retry-after-ms=2202", "retry-after-ms=1500"]);
  const retryAfter = async () => {
    const { status, headers } = await endpoint.fetch(new Request("http://localhost/silent/websocket"));
    return [status, headers.get("retry-after")];
  };
  assertEquals(await retryAfter(), [503, "1"]);
  assertEquals(await retryAfter(), [503, "3"]);
  for (const socket of sockets) socket.end(1012, true);
  await down;
});

const senseless: [drainer: DrainerOptions, message: string][] = [
  [{ batchSize: 0 }, 'Cannot drain connections: "batchSize" must be >= 1, received 0'],
  [{ batchIntervalMs: -1 }, 'Cannot drain connections: "batchIntervalMs" must be >= 0, received -1'],
  [{ shutdownMs: NaN }, 'Cannot drain connections: "shutdownMs" must be >= 0, received NaN'],
  [
    { reconnectJitterMs: Infinity },
    'Cannot drain connections: "reconnectJitterMs" must be 0 to 2147483647, received Infinity',
  ],
];
Deno.test.each(senseless)("Drainer() refuses %j", (drainer, message) => {
  assertThrows(() => new Endpoint({ sockets: {}, drainer }), RangeError, message);
});
