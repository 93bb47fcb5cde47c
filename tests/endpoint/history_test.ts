import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Channel,
  type ChannelSocket,
  debug,
  Endpoint,
  learnHistory,
  noreply,
  ok,
  Presence,
  PubSub,
  Socket,
  useHistory,
} from "@urvogel/realtime";
import { connect, settle, type TestClient } from "@urvogel/realtime/testing";
import { Hub } from "../support/pubsub_hub.ts";
import { SharedHistory } from "../support/shared_history.ts";
import { Collected } from "../support/telemetry.ts";

class RoomChannel extends Channel {
  override history = { maxMessages: 10, exclude: ["typing"] };
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    say: (payload, socket: ChannelSocket) => {
      socket.broadcastFrom("said", payload as object);
      return noreply();
    },
  });
}

class RoomSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

/** Several endpoints on one bus, with one engine. */
async function cluster(names: readonly string[]) {
  const hub = new Hub(() => Promise.resolve());
  const shared = new SharedHistory();
  const pubsubs = names.map((name) => new PubSub({ adapter: shared.adapter(hub, name) }));
  await Promise.all(pubsubs.map(({ ready }) => ready));
  const endpoints = pubsubs.map((pubsub) => new Endpoint({ pubsub, sockets: { "/socket": RoomSocket } }));
  return {
    hub,
    shared,
    endpoints,
    async [Symbol.asyncDispose]() {
      for (const endpoint of endpoints) await endpoint.shutdown();
      for (const pubsub of pubsubs) await pubsub.stop();
    },
  };
}

/** What a client got: refs and payloads of an event. */
function saidTo(client: TestClient): [ref: unknown, payload: unknown][] {
  return client.frames.map((frame) => JSON.parse(frame as string)).filter(([, , , event]) => event === "said")
    .map(([, ref, , , payload]) => [ref, payload]);
}

Deno.test("Endpoints with history: one order on all nodes, also of what a node without members says", async () => {
  await using world = await cluster(["a", "b", "c"]);
  const [a, b, c] = world.endpoints as [Endpoint, Endpoint, Endpoint];
  const [ann, bob] = [await connect(a), await connect(b)];
  await ann.join("room:1");
  await bob.join("room:1");
  const published = [a, b, c, a].map((endpoint, n) => endpoint.publish("room:1", "said", { n }));
  const positions = await Promise.all(published);
  c.broadcast("room:1", "typing", {});
  await settle();
  assertEquals(saidTo(ann), positions.map((position, n) => [position, { n }]));
  assertEquals(saidTo(bob), saidTo(ann));
  await Promise.all([ann.close(), bob.close()]);
});

Deno.test("Endpoints with history: a client recovers on another node what it missed", async () => {
  await using world = await cluster(["a", "b"]);
  const [a, b] = world.endpoints as [Endpoint, Endpoint];
  const ann = await connect(a);
  await ann.join("room:1");
  const since = await a.publish("room:1", "said", { n: 1 });
  await ann.close();
  await a.publish("room:1", "said", { n: 2 });
  const back = await connect(b);
  await back.join("room:1", { since });
  await b.publish("room:1", "said", { n: 3 });
  await settle();
  assertEquals(saidTo(back).map(([, payload]) => payload), [{ n: 2 }, { n: 3 }]);
  await back.close();
});

Deno.test("Endpoints with history: broadcastFrom reaches all but its sender, on all nodes", async () => {
  await using world = await cluster(["a", "b"]);
  const [a, b] = world.endpoints as [Endpoint, Endpoint];
  const [ann, bob, eve] = [await connect(a), await connect(a), await connect(b)];
  const room = await ann.join("room:1");
  await bob.join("room:1");
  await eve.join("room:1");
  room.push("say", { n: 1 });
  await settle();
  assertEquals([ann, bob, eve].map((client) => saidTo(client).length), [0, 1, 1]);
  assertEquals(JSON.parse(ann.frames.at(-1) as string).slice(3), [
    "history_state",
    { position: await a.position("room:1") },
  ]);
  await Promise.all([ann.close(), bob.close(), eve.close()]);
});

Deno.test("Endpoints with history: what one node deletes, no node sends again", async () => {
  await using world = await cluster(["a", "b"]);
  const [a, b] = world.endpoints as [Endpoint, Endpoint];
  const ann = await connect(b);
  const room = await ann.join("room:1");
  const since = await b.position("room:1");
  await a.publish("room:1", "said", { n: 0 });
  const position = await a.publish("room:1", "said", { n: 1 });
  await a.publish("room:1", "said", { n: 2 });
  await settle();
  assert(await a.history("room:1").delete(position));
  await settle();
  await room.leave();
  const before = saidTo(ann).length;
  await ann.join("room:1", { since });
  assertEquals(saidTo(ann).slice(before).map(([, payload]) => payload), [{ n: 0 }, { n: 2 }]);
  await ann.close();
});

Deno.test("useHistory() lets a script number what it says; without it the nodes refuse that", async () => {
  await using world = await cluster(["a"]);
  const [a] = world.endpoints as [Endpoint];
  using unnumbered = new Collected("urvogel:history:unnumbered");
  const script = new PubSub({ adapter: world.shared.adapter(world.hub, "script") });
  await script.ready;
  const ann = await connect(a);
  await ann.join("room:1");
  script.broadcast("room:1", "said", { n: 0 });
  await settle();
  assertEquals([saidTo(ann), unnumbered.events.length], [[], 1]);
  await useHistory(script);
  await useHistory(script);
  script.broadcast("room:1", "said", { n: 1 });
  await settle();
  assertEquals(saidTo(ann), [[await a.position("room:1"), { n: 1 }]]);
  await script.stop();
  await assertRejects(() => useHistory(new PubSub()), TypeError, "an engine for it");
  await ann.close();
});

Deno.test("Endpoint.history replaces the engine that its adapter has chosen, once only", async () => {
  const hub = new Hub(() => Promise.resolve());
  const [ofAdapter, chosen] = [new SharedHistory(), new SharedHistory()];
  ofAdapter.declare([{ pattern: "room:*", keep: { maxMessages: 5, maxAgeMs: 60_000, maxBytes: 10_000 } }]);
  const adapter = { ...ofAdapter.adapter(hub, "a"), useHistory: learnHistory };
  const pubsub = new PubSub({ adapter });
  await pubsub.ready;
  assertEquals(pubsub.numbered?.has("room:1", "said"), true);
  const { history } = chosen.adapter(hub, "unused");
  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": RoomSocket }, history });
  const ann = await connect(endpoint);
  await ann.join("room:1");
  await endpoint.publish("room:1", "said", { n: 1 });
  await settle();
  assertEquals(saidTo(ann).length, 1);
  const keep = { maxMessages: 10, maxAgeMs: 300_000, maxBytes: 10_000 };
  assertEquals([ofAdapter, chosen].map(({ kept }) => kept.read("room:1", 0, keep).messages.length), [0, 1]);
  const another = () => new Endpoint({ pubsub, sockets: { "/socket": RoomSocket }, history: adapter.history });
  assertThrows(another, TypeError, "same engine");
  await ann.close();
  await endpoint.shutdown();
  await pubsub.stop();
});

Deno.test("Endpoint whose routes are declared before the bus is there keeps its own history", async () => {
  const hub = new Hub(() => Promise.resolve());
  let asked = 0;
  const adapter = { ...new SharedHistory().adapter(hub, "a"), useHistory: () => void asked++ };
  const pubsub = new PubSub({ adapter });
  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": RoomSocket } });
  await pubsub.ready;
  assertEquals(asked, 0);
  await endpoint.shutdown();
  await pubsub.stop();
});

Deno.test("PubSub.ready rejects with what its adapter's useHistory throws, and with its stop before that", async () => {
  const hub = new Hub(() => Promise.resolve());
  const useHistory = () => Promise.reject(new RangeError("no history"));
  const pubsub = new PubSub({ adapter: { ...hub.adapter("a"), useHistory } });
  await assertRejects(() => pubsub.ready, RangeError, "no history");
  await pubsub.stop();
  const slow = new PubSub({ adapter: { ...hub.adapter("b"), useHistory: () => new Promise<void>(() => {}) } });
  await settle();
  await slow.stop();
  await assertRejects(() => slow.ready, Error, "was stopped");
});

Deno.test("an endpoint keeps no history of the library's own topics, although a channel of all topics declares it", async () => {
  class EveryChannel extends Channel {
    override history = { maxMessages: 20 };
    override join() {
      return ok();
    }
  }
  class EverySocket extends Socket {
    override channels = { "*": EveryChannel };
    override connect() {
      return ok({});
    }
  }
  const pubsub = new PubSub();
  const people = new Presence({ pubsub, name: "people" });
  await settle(); // it has subscribed
  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": EverySocket } });
  await using client = await connect(endpoint);
  await client.join("room:1");
  assertEquals(debug.historyStreams(endpoint).items.map(({ topic }) => topic), ["room:1"]);
  await people.stop();
  await endpoint.shutdown();
});
