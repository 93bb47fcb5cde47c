import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusDownError, type NodeMessageMalformedEvent, PubSub } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Membership } from "../../lib/cluster/membership.ts";
import { NodeDownError, NodeTimeoutError, RemoteError } from "../../lib/cluster/node_errors.ts";
import { NodeRequests } from "../../lib/cluster/node_requests.ts";
import { Crashes } from "../support/crashes.ts";
import { pass } from "../support/pass_time.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

/** A node that greets. */
class Node implements AsyncDisposable {
  readonly pubsub: PubSub;
  readonly requests: NodeRequests;

  constructor(hub: Hub, name: string) {
    this.pubsub = new PubSub({ adapter: hub.adapter(name), heartbeatMs: 100, downMs: 300 });
    this.requests = NodeRequests.of(this.pubsub);
    this.requests.handle("greet", (who) => `${name} greets ${who}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pubsub.stop();
  }
}

Deno.test("NodeRequests.ask() resolves with what the handler of that node returned", async () => {
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using _b = new Node(hub, "b");
  await using _c = new Node(hub, "c");
  await settle();
  assertEquals(await a.requests.ask("b", "greet", "ann"), "b greets ann");
  assertEquals(await a.requests.ask("a", "greet", "ann"), "a greets ann");
});

Deno.test("NodeRequests.ask() carries bytes, and what was asked of whom", async () => {
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  b.requests.handle("reverse", (bytes, from) => {
    assertInstanceOf(bytes, Uint8Array);
    assertEquals(from, "a");
    return bytes.toReversed();
  });
  await settle();
  assertEquals(await a.requests.ask("b", "reverse", Uint8Array.of(0, 127, 255)), Uint8Array.of(255, 127, 0));
});

Deno.test("NodeRequests.ask() rejects with the name and message of what the handler threw", async () => {
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  b.requests.handle("fail", () => {
    throw new RangeError("too far");
  });
  b.requests.handle("cycle", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    return cycle;
  });
  await settle();
  const error = await assertRejects(() => a.requests.ask("b", "fail", null), RemoteError, "too far");
  assertEquals([error.node, error.errorName, error.stack?.includes("node_requests_test")], ["b", "RangeError", false]);
  await assertRejects(() => a.requests.ask("b", "nothing", null), RemoteError, 'request "nothing": no handler');
  await assertRejects(() => a.requests.ask("b", "cycle", null), RemoteError, "circular");
  await assertRejects(() => a.requests.ask("a", "nothing", null), RemoteError, "no handler");
});

Deno.test("NodeRequests.ask() rejects after its timeout, and ignores the late reply", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  const late = Promise.withResolvers<string>();
  b.requests.handle("wait", () => late.promise);
  await settle();
  const reply = assertRejects(() => a.requests.ask("b", "wait", null, { timeoutMs: 250 }), NodeTimeoutError, "250 ms");
  await pass(time, 300);
  await reply;
  late.resolve("late");
  await settle();
  assertEquals(await a.requests.ask("b", "greet", "ann"), "b greets ann");
});

Deno.test("NodeRequests.ask() rejects at once when the node goes down, or is not known", async () => {
  using _time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  const b = new Node(hub, "b");
  b.requests.handle("wait", () => new Promise(() => {}));
  await settle();
  const reply = assertRejects(() => a.requests.ask("b", "wait", null), NodeDownError, '"b" for "wait"');
  await settle();
  await b.pubsub.stop();
  await reply;
  await assertRejects(() => a.requests.ask("b", "greet", "ann"), NodeDownError);
  await assertRejects(() => a.requests.ask("nobody", "greet", "ann"), NodeDownError);
});

Deno.test("NodeRequests.askAll() names who replied and who did not", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  await using c = new Node(hub, "c");
  await settle();
  a.requests.handle("count", () => 1);
  b.requests.handle("count", () => 2);
  c.requests.handle("count", () => new Promise(() => {}));
  const asked = a.requests.askAll("count", null, { timeoutMs: 100 });
  await settle();
  await pass(time, 200);
  const { replies, missing } = await asked;
  assertEquals([...replies], [["a", 1], ["b", 2]]);
  assertEquals([...missing].map(([node, error]) => [node, error.name]), [["c", "NodeTimeoutError"]]);
});

Deno.test("NodeRequests.askAll() does not wait while the bus is down, and says so", async () => {
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using _b = new Node(hub, "b");
  await settle();
  hub.break();
  const { replies, missing } = await a.requests.askAll("greet", "ann");
  assertEquals([...replies], [["a", "a greets ann"]]);
  assertInstanceOf(missing.get("b"), BusDownError);
  await assertRejects(() => a.requests.ask("b", "greet", "ann"), BusDownError);
});

Deno.test("NodeRequests.ask() and askAll() do not wait for other nodes once the PubSub is stopped", async () => {
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  b.requests.handle("wait", () => new Promise(() => {}));
  await settle();
  const open = assertRejects(() => a.requests.ask("b", "wait", null), BusDownError);
  await a.pubsub.stop();
  await open;
  const { replies, missing } = await a.requests.askAll("greet", "ann");
  assertEquals([...replies], [["a", "a greets ann"]]);
  assertInstanceOf(missing.get("b"), BusDownError);
  await assertRejects(() => a.requests.ask("b", "greet", "ann"), BusDownError);
});

Deno.test("NodeRequests work on one node without an adapter", async () => {
  const pubsub = new PubSub();
  const requests = NodeRequests.of(pubsub);
  const remove = requests.handle("double", (n) => Number(n) * 2);
  assertThrows(() => requests.handle("double", () => 0), TypeError, "they have a handler");
  assertEquals(await requests.ask("local", "double", 21), 42);
  assertEquals([...(await requests.askAll("double", 4)).replies], [["local", 8]]);
  remove();
  assertEquals((await requests.askAll("double", 4)).replies.size, 0);
  await pubsub.stop();
});

for (const payload of [7, {}, "text", new Uint8Array(3), new Uint8Array(9), new Uint8Array([0, 0, 0, 2, 0x5b, 0x5d])]) {
  Deno.test(`NodeRequests ignore a malformed message: ${JSON.stringify(payload)}`, async () => {
    const hub = new Hub();
    await using _a = new Node(hub, "a");
    const stranger = new PubSub({ adapter: hub.adapter("b") });
    await settle();
    using malformed = new Collected<NodeMessageMalformedEvent>("urvogel:node:malformed");
    stranger.broadcast("urvogel:requests", "request", payload);
    await settle();
    assertEquals(malformed.events, [{ node: "a", event: "request" }]);
    await stranger.stop();
  });
}

/** A peer that knows the format, and nothing else that is expected of nodes. */
function forge(from: unknown, name: string, body: string, id = "1"): Uint8Array {
  const encoder = new TextEncoder();
  const header = encoder.encode(JSON.stringify([id, from, name, false]));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length);
  return Uint8Array.from([...length, ...header, ...encoder.encode(body)]);
}

const forged: readonly [what: string, message: Uint8Array][] = [
  ["whose sender is no name of a node", forge("a b\r\nPUB x 0", "greet", "1")],
  ["whose sender has no name", forge("", "greet", "1")],
  ["that is nested too deep", forge("b", "greet", "[".repeat(5000) + "]".repeat(5000))],
];

for (const [what, message] of forged) {
  Deno.test(`NodeRequests ignore a message ${what}`, async () => {
    const hub = new Hub();
    await using _a = new Node(hub, "a");
    const stranger = new PubSub({ adapter: hub.adapter("b") });
    await settle();
    using malformed = new Collected<NodeMessageMalformedEvent>("urvogel:node:malformed");
    hub.sent.length = 0;
    stranger.broadcast("urvogel:requests", "request", message);
    await settle();
    assertEquals(malformed.events, [{ node: "a", event: "request" }]);
    assertEquals(hub.sent.filter(({ from }) => from === "a"), []);
    await stranger.stop();
  });
}

Deno.test("NodeRequests.ask() rejects when the error in a reply is no text, and its process goes on", async () => {
  using crashes = new Crashes();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  b.requests.handle("wait", () => new Promise<never>(() => {}));
  await settle();
  const asked = a.requests.ask("b", "wait", 1);
  const id = `${Membership.of(a.pubsub).self.vsn}.1`;
  const hostile = JSON.stringify([{ toString: 1, valueOf: 1 }, { toString: 1 }]);
  b.pubsub.directBroadcast("a", "urvogel:requests", "reply", forge("b", "failed", hostile, id));
  await assertRejects(() => asked, RemoteError);
  assertEquals(await a.requests.ask("b", "greet", "ann"), "b greets ann");
  assertEquals(crashes.reports, []);
});
