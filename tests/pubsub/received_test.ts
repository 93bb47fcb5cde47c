import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Broadcast,
  type BusMalformedEvent,
  encodeEnvelope,
  type Fastlane,
  Presence,
  PubSub,
  spawn,
  supervisionTree,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { lostFromNow } from "../support/lost.ts";
import { ScriptedAdapter } from "../support/scripted_adapter.ts";
import { Collected } from "../support/telemetry.ts";

/** A connected node with a subscriber of all that `topics` names. */
async function connected(...topics: readonly string[]) {
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter });
  await pubsub.ready;
  const heard: unknown[] = [];
  const pid = spawn<Broadcast>(async (mailbox) => {
    for await (const { topic, event, payload } of mailbox) heard.push([topic, event, payload]);
  });
  for (const topic of topics) pubsub.subscribe(topic, pid);
  const end = async () => {
    pid.exit("shutdown");
    await pubsub.stop();
  };
  return { adapter, pubsub, heard, receive: adapter.node.receive.bind(adapter.node), [Symbol.asyncDispose]: end };
}

const malformed: readonly [what: string, broadcast: unknown, from?: unknown][] = [
  ["nothing", undefined],
  ["null", null],
  ["text", "hello"],
  ["a topic that is no text", { topic: 1, event: "e", payload: {} }],
  ["no topic", { event: "e", payload: {} }],
  ["an event that is no text", { topic: "t", event: {}, payload: {} }],
  ["an event of the protocol", { topic: "t", event: "phx_close", payload: {} }],
  ["an event of the protocol for a control topic", { topic: "urvogel:nodes", event: "phx_reply", payload: {} }],
  ["an event of the library for another topic", { topic: "t", event: "urvogel:bye", payload: {} }],
  ["no sender", { topic: "t", event: "e", payload: {} }, undefined],
  ["a sender without an end", { topic: "t", event: "e", payload: {} }, "x".repeat(65)],
];

for (const [what, broadcast, from = "b"] of malformed) {
  Deno.test(`BusNode.receive() counts ${what} as malformed`, async () => {
    using events = new Collected<BusMalformedEvent>("urvogel:bus:malformed");
    await using setup = await connected("t", "urvogel:nodes");
    const sender = what === "no sender" ? undefined : from;
    setup.receive(broadcast as Broadcast, sender as string);
    await settle();
    assertEquals(setup.heard, []);
    assertEquals(events.events.map(({ node, bytes }) => [node, bytes]), [["a", undefined]]);
    assertEquals(events.events[0]!.error instanceof TypeError, true);
  });
}

Deno.test("BusNode.receive() delivers what nodes send: to topics, control topics, and disconnects", async () => {
  using events = new Collected<BusMalformedEvent>("urvogel:bus:malformed");
  await using setup = await connected("t", "urvogel:nodes", "");
  const broadcasts = [["t", "disconnect"], ["urvogel:nodes", "urvogel:bye"], ["", ""], ["t", "presence_diff"]] as const;
  for (const [topic, event] of broadcasts) setup.receive({ topic, event, payload: {} }, "b");
  setup.receive({ topic: "t", event: "echo", payload: {} }, "a");
  await settle();
  assertEquals(setup.heard, broadcasts.map(([topic, event]) => [topic, event, {}]));
  assertEquals(events.events, []);
});

Deno.test("BusNode.receiveEnvelope() counts what is no envelope, of another subject, or one of its own", async () => {
  using events = new Collected<BusMalformedEvent>("urvogel:bus:malformed");
  await using setup = await connected("t");
  const { node } = setup.adapter;
  const said = { topic: "t", event: "said", payload: { n: 1 } };
  node.receiveEnvelope(encodeEnvelope("a", said)); // its echo: not malformed
  node.receiveEnvelope(encodeEnvelope("b", said), ({ topic }) => topic !== "t");
  node.receiveEnvelope(encodeEnvelope("b", { ...said, event: "phx_close" }));
  node.receiveEnvelope(new Uint8Array(7));
  node.receiveEnvelope(new Uint8Array(16 * 1024 * 1024 + 1));
  node.receiveEnvelope(encodeEnvelope("b", said), () => {
    throw new Error("boom");
  });
  node.receiveEnvelope(encodeEnvelope("b", said));
  await settle();
  assertEquals(setup.heard, [["t", "said", { n: 1 }]]);
  assertEquals(events.events.map(({ error }) => error.message.replace(/^Cannot (read|receive) \w+: /, "")), [
    "its topic belongs to another subject",
    "its event must not be one of the protocol's own, received phx_*",
    "its version must be 1, received 0",
    "it must have at most 16777216 bytes",
    "boom",
  ]);
});

Deno.test("BusNode.receiveEnvelope() logs and counts what another version sends, if nobody listens", async () => {
  const records: string[] = [];
  const adapter = new ScriptedAdapter();
  const pubsub = new PubSub({ adapter, logger: ({ level, message }) => void records.push(`${level} ${message}`) });
  await pubsub.ready;
  const lost = lostFromNow();
  adapter.node.receiveEnvelope(encodeEnvelope("b", { topic: "t", event: "said", payload: {} }).with(0, 2));
  assertEquals(records, [
    "warn node a: ignored a message that no node of this version sends: Cannot read envelope: its version must be 1, received 2",
  ]);
  assertEquals(lost(), { bus_malformed: 1 });
  await pubsub.stop();
});

Deno.test("BusNode.receive() of anything ends no process of the library, and throws nothing", async () => {
  using crashes = new Crashes();
  using _malformed = new Collected("urvogel:bus:malformed");
  await using setup = await connected();
  const { pubsub, adapter } = setup;
  new Presence({ pubsub, name: "people" });
  await settle();
  const processes = () => supervisionTree(pubsub).children.map(({ pid }) => pid?.id);
  const before = processes();
  const topic = fc.constantFrom("urvogel:presence:people_shard0", "urvogel:nodes", "urvogel:requests");
  const event = fc.constantFrom(
    "heartbeat",
    "transfer_req",
    "transfer_ack",
    "permdown",
    "bye",
    "request",
    "reply",
    "x",
  );
  const replica = { name: "b", vsn: "01ARZ3NDEKTSV4RRFFQ69G5FAV" };
  const field = fc.oneof(fc.jsonValue(), fc.constant(replica), fc.constant([["b", replica.vsn, 1]]), fc.constant(null));
  const payload = fc.oneof(
    fc.jsonValue(),
    fc.uint8Array(),
    fc.record({ from: field, clocks: field, delta: field, fragment: field }, { requiredKeys: [] }),
  );
  await fc.assert(fc.asyncProperty(topic, event, payload, async (topic, event, payload) => {
    adapter.node.receiveEnvelope(encodeEnvelope("b", { topic, event, payload }));
    await settle();
    assertEquals([processes(), crashes.reports], [before, []]);
  }));
});

Deno.test("a disconnect reaches the process of an id, which the engine knows nothing of", async () => {
  await using setup = await connected();
  const { adapter, pubsub } = setup;
  const heard: unknown[] = [];
  const pid = spawn<Broadcast>(async (mailbox) => {
    for await (const { event } of mailbox) heard.push(event);
  });
  adapter.take();
  const end = pubsub.subscribeId("user:1", pid);
  assertEquals([pubsub.topicCount, pubsub.subscriberCount("user:1")], [1, 1]);
  setup.receive({ topic: "user:1", event: "said", payload: {} }, "b");
  setup.receive({ topic: "user:1", event: "disconnect", payload: {} }, "b");
  pubsub.broadcast("user:1", "disconnect", {});
  await settle();
  assertEquals(heard, ["disconnect", "disconnect"]);
  end();
  pubsub.broadcast("user:1", "disconnect", {});
  await settle();
  assertEquals([heard.length, pubsub.topicCount], [2, 0]);
  assertEquals(adapter.take(), ["broadcast disconnect", "broadcast disconnect"]);
  pid.exit("shutdown");
});

Deno.test("a disconnect reaches the process of an id even if the clients of its topic cannot receive it", () => {
  const pubsub = new PubSub();
  let isClosed = false;
  const pid = spawn<Broadcast>(async (mailbox) => {
    for await (const _ of mailbox) isClosed = true;
  });
  const encoder = {
    encodeBroadcast: () => {
      throw new TypeError("not an object");
    },
  };
  const fastlane: Fastlane = { encoder, intercepts: new Set(), write: () => {} };
  pubsub.subscribe("user:1", pid, fastlane);
  pubsub.subscribeId("user:1", pid);
  try {
    pubsub.broadcast("user:1", "disconnect", undefined);
  } catch {
    // for its sender
  }
  return settle().then(() => {
    assertEquals(isClosed, true);
    pid.exit("shutdown");
  });
});
