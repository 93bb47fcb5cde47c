import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  Broadcast,
  type BusNode,
  type Fastlane,
  type Pid,
  PubSub,
  type PubSubAdapter,
  spawn,
  type UndeliverableEvent,
  UnencodableError,
} from "@urvogel/realtime";
import { settle } from "../support/fake_client.ts";
import { Collected } from "../support/telemetry.ts";

function listener() {
  const heard: unknown[] = [];
  const pid = spawn<Broadcast>(async (mailbox) => {
    for await (const { topic, event, payload } of mailbox) heard.push([topic, event, payload]);
  });
  return { pid, heard, [Symbol.dispose]: () => pid.exit("shutdown") };
}

/** A format that counts how often it encodes. */
function format(name: string, fault?: Error) {
  const encoder = {
    encoded: 0,
    encodeBroadcast({ event }: Broadcast): string {
      encoder.encoded++;
      if (fault) throw fault;
      return `${name} ${event}`;
    },
  };
  return encoder;
}

function lane(encoder: Fastlane["encoder"], intercepts: string[] = []) {
  const written: unknown[] = [];
  return { encoder, intercepts: new Set(intercepts), write: (frame: unknown) => void written.push(frame), written };
}

Deno.test("PubSub.broadcast() reaches the subscribers of its topic, and no others", async () => {
  const pubsub = new PubSub();
  using a = listener();
  using b = listener();
  pubsub.subscribe("one", a.pid);
  pubsub.subscribe("two", b.pid);
  pubsub.broadcast("one", "hi", { n: 1 });
  await settle();
  assertEquals([a.heard, b.heard], [[["one", "hi", { n: 1 }]], []]);
});

Deno.test("PubSub.broadcastFrom() leaves the sender out", async () => {
  const pubsub = new PubSub();
  using a = listener();
  using b = listener();
  for (const { pid } of [a, b]) pubsub.subscribe("one", pid);
  pubsub.broadcastFrom(a.pid, "one", "hi", {});
  pubsub.localBroadcastFrom(b.pid, "one", "ho", {});
  await settle();
  assertEquals([a.heard, b.heard], [[["one", "ho", {}]], [["one", "hi", {}]]]);
});

Deno.test("PubSub.subscribe() delivers as often as it was called, and unsubscribe ends all of it", async () => {
  const pubsub = new PubSub();
  using a = listener();
  pubsub.subscribe("one", a.pid);
  const end = pubsub.subscribe("one", a.pid);
  pubsub.broadcast("one", "twice", {});
  end();
  pubsub.broadcast("one", "once", {});
  pubsub.unsubscribe("one", a.pid);
  pubsub.broadcast("one", "never", {});
  await settle();
  assertEquals(a.heard.map((message) => (message as string[])[1]), ["twice", "twice", "once"]);
  assertEquals(pubsub.topicCount, 0);
});

Deno.test("PubSub forgets the subscriptions of a process that ends", () => {
  const pubsub = new PubSub();
  const { pid } = listener();
  pubsub.subscribe("one", pid);
  pubsub.subscribe("two", pid);
  assertEquals(pubsub.topicCount, 2);
  pid.exit("shutdown");
  assertEquals(pubsub.topicCount, 0);
  pubsub.subscribe("one", pid);
  assertEquals(pubsub.topicCount, 0);
});

Deno.test("PubSub encodes a broadcast once for each format, and writes it at once", () => {
  const pubsub = new PubSub();
  const [red, blue] = [format("red"), format("blue")];
  const lanes = [red, blue, red, blue, red].map((encoder) => lane(encoder));
  const listeners = lanes.map((fastlane) => {
    const subscriber = listener();
    pubsub.subscribe("one", subscriber.pid, fastlane);
    return subscriber;
  });
  pubsub.broadcast("one", "hi", {});
  assertEquals(lanes.map(({ written }) => written[0]), ["red hi", "blue hi", "red hi", "blue hi", "red hi"]);
  assertEquals([red.encoded, blue.encoded], [1, 1]);
  for (const subscriber of listeners) subscriber[Symbol.dispose]();
});

Deno.test("PubSub sends an intercepted event to the process instead of the connection", async () => {
  const pubsub = new PubSub();
  using a = listener();
  const fastlane = lane(format("red"), ["filtered"]);
  pubsub.subscribe("one", a.pid, fastlane);
  pubsub.broadcast("one", "filtered", {});
  pubsub.broadcast("one", "plain", {});
  await settle();
  assertEquals(a.heard, [["one", "filtered", {}]]);
  assertEquals(fastlane.written, ["red plain"]);
});

/** Two subscribers, the first of them with a format that fails. */
function withFailing(fault: Error, adapter?: PubSubAdapter) {
  const pubsub = new PubSub({ adapter });
  const good = lane(format("good"));
  const pids: Pid<Broadcast>[] = [lane(format("bad", fault)), good].map((fastlane) => {
    const { pid } = listener();
    pubsub.subscribe("one", pid, fastlane);
    return pid;
  });
  return { pubsub, good, [Symbol.dispose]: () => pids.forEach((pid) => pid.exit("shutdown")) };
}

Deno.test("PubSub.broadcast() passes over a format that cannot carry it, and says so", () => {
  const fault = new UnencodableError("no bytes");
  using setup = withFailing(fault);
  const events: unknown[] = [];
  const listen = (event: unknown) => void events.push((event as { error: Error }).error);
  subscribe("urvogel:pubsub:undeliverable", listen);
  setup.pubsub.broadcast("one", "hi", {});
  unsubscribe("urvogel:pubsub:undeliverable", listen);
  assertEquals(setup.good.written, ["good hi"]);
  assertEquals(events, [fault]);
});

Deno.test("PubSub.broadcast() throws when the broadcast is wrong, after all others got it", () => {
  using setup = withFailing(new TypeError("not an object"));
  assertThrows(() => setup.pubsub.broadcast("one", "hi", "text"), Error, "not an object");
  assertEquals(setup.good.written, ["good hi"]);
});

Deno.test("PubSub.broadcast() passes over a format that throws for what protocol V2 carries", () => {
  const fault = new RangeError("broken");
  using setup = withFailing(fault);
  using undeliverable = new Collected<UndeliverableEvent>("urvogel:pubsub:undeliverable");
  for (const payload of [{ n: 1 }, new Uint8Array([1])]) setup.pubsub.broadcast("one", "hi", payload);
  assertEquals(setup.good.written, ["good hi", "good hi"]);
  assertEquals(undeliverable.events.map(({ error }) => error), [fault, fault]);
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  assertStrictEquals(assertThrows(() => setup.pubsub.broadcast("one", "hi", cycle)), fault); // nobody can carry it
});

Deno.test("PubSub tells of a wrong broadcast of another node, and does not throw into its adapter", () => {
  const fault = new TypeError("not an object");
  let deliver: BusNode["receive"] = () => {};
  const start = (node: BusNode) => void (deliver = (broadcast, from) => node.receive(broadcast, from));
  const adapter = { nodeName: "a", isConnected: true, start, broadcast() {}, directBroadcast() {}, stop() {} };
  using setup = withFailing(fault, adapter);
  using undeliverable = new Collected<UndeliverableEvent>("urvogel:pubsub:undeliverable");
  deliver({ topic: "one", event: "hi", payload: "text" }, "b");
  assertEquals(setup.good.written, ["good hi"]);
  assertEquals(undeliverable.events, [{ broadcast: new Broadcast("one", "hi", "text"), error: fault }]);
});

Deno.test("PubSub hands broadcasts to its adapter first, and delivers nothing when that fails", async () => {
  const sent: string[] = [];
  const faults: Error[] = [];
  const pubsub = new PubSub({
    adapter: {
      nodeName: "a",
      isConnected: true,
      start: (node) => queueMicrotask(() => node.receive({ topic: "one", event: "remote", payload: {} }, "b")),
      broadcast: ({ event }) => {
        if (faults[0]) throw faults[0];
        sent.push(event);
      },
      directBroadcast: (node, { event }) => void sent.push(`${node} ${event}`),
      stop: () => {},
    },
  });
  using a = listener();
  pubsub.subscribe("one", a.pid);
  await settle();
  pubsub.broadcast("one", "everywhere", {});
  pubsub.localBroadcast("one", "here", {});
  pubsub.directBroadcast("b", "one", "there", {});
  pubsub.directBroadcast("a", "one", "direct", {});
  faults.push(new Error("disconnected"));
  assertThrows(() => pubsub.broadcast("one", "lost", {}), Error, "disconnected");
  await settle();
  assertEquals(sent, ["everywhere", "b there"]);
  assertEquals(a.heard.map((message) => (message as string[])[1]), ["remote", "everywhere", "here", "direct"]);
});

Deno.test("PubSub makes Broadcasts of the plain data that an adapter delivers", async () => {
  let receive: BusNode["receive"] = () => {};
  const adapter: PubSubAdapter = {
    nodeName: "a",
    isConnected: true,
    start: (node) => void (receive = (broadcast, from) => node.receive(broadcast, from)),
    broadcast() {},
    directBroadcast() {},
    stop() {},
  };
  const pubsub = new PubSub({ adapter });
  const heard = Promise.withResolvers<unknown>();
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const message of mailbox) return heard.resolve(message);
  });
  pubsub.subscribe("news", listener);
  receive(JSON.parse('{"topic":"news","event":"headline","payload":{"n":0}}'), "a"); // its own echo
  receive(JSON.parse('{"topic":"news","event":"headline","payload":{"n":1}}'), "b");
  const message = await heard.promise;
  assert(message instanceof Broadcast);
  assertEquals({ ...message }, { topic: "news", event: "headline", payload: { n: 1 }, position: undefined });
});
