import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Broadcast, BusDownError, BusSetupError, TooLargeError } from "@urvogel/realtime";
import { threadsAdapter, type ThreadsAdapterOptions } from "@urvogel/realtime/threads";
import type { BusNode } from "../../../lib/pubsub/adapter.ts";
import { decodeEnvelope, type Envelope } from "../../../lib/pubsub/envelope.ts";
import { until } from "../../support/until.ts";

/** The receiving side of a node, as a list. */
class Received implements BusNode {
  readonly envelopes: Envelope[] = [];

  receive(): void {}

  receiveEnvelope(bytes: Uint8Array, isExpected: (envelope: Envelope) => boolean = () => true): void {
    const envelope = decodeEnvelope(bytes);
    assert(isExpected(envelope));
    this.envelopes.push(envelope);
  }

  changed(): void {}

  noticed(): void {}
}

function node(options: ThreadsAdapterOptions) {
  const received = new Received();
  const adapter = threadsAdapter(options);
  return { adapter, received, start: () => adapter.start(received) };
}

const wrong: [what: string, options: ThreadsAdapterOptions, message: string][] = [
  ["a prefix with a space", { prefix: "a b" }, '"prefix" must match ^[A-Za-z0-9_-]{1,64}$, received "a b"'],
  ["an empty name", { nodeName: "" }, '"nodeName" must match ^[A-Za-z0-9_-]{1,64}$, received ""'],
  ["no room", { maxBytesWaiting: 0 }, '"maxBytesWaiting" must be > 0, received 0'],
  ["no patience", { maxStallMs: 0 }, '"maxStallMs" must be > 0, received 0'],
  ["NaN", { maxBytesWaiting: NaN }, '"maxBytesWaiting" must be > 0, received NaN'],
];
Deno.test.each(wrong)("threadsAdapter() refuses %s", (_what, options, message) => {
  assertThrows(() => threadsAdapter(options), Error, `Cannot create adapter: ${message}`);
});

Deno.test("threadsAdapter() names each thread differently", () => {
  const [a, b] = [threadsAdapter(), threadsAdapter()];
  assert(/^thread-[a-z0-9-]+$/.test(a.nodeName) && a.nodeName !== b.nodeName);
  assertEquals(threadsAdapter({ nodeName: "me" }).nodeName, "me");
});

Deno.test("broadcast() throws before start() and after stop()", async () => {
  const { adapter, start } = node({ prefix: "down" });
  const broadcast = new Broadcast("a", "e", {});
  assertThrows(() => adapter.broadcast(broadcast), BusDownError, 'Cannot broadcast to "a": the bus is down');
  await start();
  adapter.broadcast(broadcast);
  await adapter.stop();
  assertThrows(() => adapter.directBroadcast("b", broadcast), BusDownError);
});

Deno.test("broadcast() refuses what is larger than maxBytesWaiting", async () => {
  const { adapter, start } = node({ prefix: "large", maxBytesWaiting: 1000 });
  await start();
  assertThrows(() => adapter.broadcast(new Broadcast("a", "e", new Uint8Array(1000))), TooLargeError, "at most 1000");
  await adapter.stop();
});

Deno.test("start() rejects while another thread has the name, and works once it has stopped", async () => {
  const [a, b] = [node({ prefix: "same", nodeName: "same" }), node({ prefix: "same", nodeName: "same" })];
  await a.start();
  await assertRejects(
    async () => await b.start(),
    BusSetupError,
    'Cannot connect to threads: another thread has the name "same"',
  );
  await a.adapter.stop();
  await b.start();
  await b.adapter.stop();
});

Deno.test("a thread that waits for the name of another one does not get its greetings", async () => {
  const prefix = "namesake";
  const [a, namesake, b] = ["a", "a", "b"].map((nodeName) => node({ prefix, nodeName }));
  await a!.start();
  const refused = assertRejects(async () => await namesake!.start(), BusSetupError);
  await b!.start();
  await refused;
  a!.adapter.broadcast(new Broadcast("urvogel:all", "e", {}));
  b!.adapter.directBroadcast("a", new Broadcast("t", "e", {}));
  await until(() => a!.received.envelopes.length === 1, "b reaches a");
  await until(() => b!.received.envelopes.length === 1, "a reaches b");
  await a!.adapter.stop();
  await b!.adapter.stop();
});

Deno.test("threads of different prefixes do not meet", async () => {
  const [a, b] = [node({ prefix: "one" }), node({ prefix: "two" })];
  await Promise.all([a.start(), b.start()]);
  a.adapter.broadcast(new Broadcast("urvogel:all", "e", {}));
  a.adapter.directBroadcast(b.adapter.nodeName, new Broadcast("t", "e", {}));
  await a.adapter.stop();
  await b.adapter.stop();
  assertEquals(b.received.envelopes, []);
});

Deno.test("threads that start at the same time meet, and what was sent before stop() arrives", async () => {
  const nodes = Array.from({ length: 5 }, () => node({ prefix: "together" }));
  await Promise.all(nodes.map(({ start }) => start()));
  for (const { adapter } of nodes) adapter.broadcast(new Broadcast("urvogel:all", "e", { from: adapter.nodeName }));
  await nodes[0]!.adapter.stop();
  for (const { received } of nodes.slice(1)) await until(() => received.envelopes.length === 4, "all arrived");
  for (const { adapter } of nodes) await adapter.stop();
});

Deno.test("a foreign message on the channel of a thread is ignored", async () => {
  const { adapter, start } = node({ prefix: "foreign", nodeName: "me" });
  await start();
  const channel = new BroadcastChannel("urvogel:threads:foreign:me");
  for (
    const message of [null, 1, {}, { version: 1 }, { version: 2, from: "x", run: "y", memory: new ArrayBuffer(8) }]
  ) {
    channel.postMessage(message);
  }
  const other = node({ prefix: "foreign" });
  await other.start();
  channel.close();
  await adapter.stop();
  await other.adapter.stop();
});
