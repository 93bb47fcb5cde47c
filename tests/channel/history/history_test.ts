import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Broadcast,
  Channel,
  type ChannelClass,
  type ChannelSocket,
  Endpoint,
  type HistoryEngine,
  type HistoryPage,
  MemoryHistory,
  noreply,
  ok,
  type Payload,
  PubSub,
  reply,
  type Retention,
  Socket,
} from "@urvogel/realtime";
import { connect, type TestClient } from "@urvogel/realtime/testing";
import { Crashes } from "../../support/crashes.ts";
import { Hub } from "../../support/pubsub_hub.ts";

/** Keeps five messages, and says what it was joined with. */
class KeptChannel extends Channel {
  override readonly history: Channel["history"] = { maxMessages: 5, exclude: ["typing"] };
  override join(_topic: string, params: unknown) {
    return ok({ params: params as object });
  }
  override afterJoin(socket: ChannelSocket) {
    socket.push("welcome", {});
  }
  override handleIn = this.handlers({
    say: (payload, socket) => {
      socket.broadcast("said", payload as object);
      return reply();
    },
    sayToOthers: (payload, socket) => {
      socket.broadcastFrom("said", payload as object);
      return reply();
    },
    publish: async (payload, socket) => reply(await socket.publish("said", payload as object)),
    subscribe: (_payload, socket) => {
      socket.subscribe("room:2");
      return noreply();
    },
  });
  override handleInfo(message: unknown) {
    if (message instanceof Broadcast) this.socket.push("noticed", { position: message.position });
    return noreply();
  }
}

function endpointOf(Room: ChannelClass<object> = KeptChannel, history?: HistoryEngine) {
  class RoomSocket extends Socket {
    override channels = { "room:*": Room };
    override connect() {
      return ok();
    }
  }
  return new Endpoint({ sockets: { "/socket": RoomSocket }, ...(history && { history }) });
}

/** Returns the text frames since the last call, and the bytes of binary ones. */
function framesOf(client: TestClient): () => unknown[] {
  let seen = 0;
  return () => {
    const frames = client.frames.slice(seen);
    seen = client.frames.length;
    return frames.map((frame) => typeof frame === "string" ? JSON.parse(frame).slice(1) : frame.at(-1));
  };
}

/** Numbers of the messages said, and what else came, in short. */
function wordsOf(frames: readonly unknown[]): string[] {
  return frames.map((frame) => {
    if (!Array.isArray(frame)) return `bytes ${frame}`;
    const [ref, , event, payload] = frame;
    const at = (position: unknown) => String(position).split(":")[1];
    if (event === "said") return `said ${payload.n} at ${at(ref)}`;
    if (event !== "history_state") return event;
    const { recovered, position, missed } = payload;
    return `state ${[recovered, at(position), missed].filter((part) => part !== undefined).map(String).join(" ")}`;
  });
}

Deno.test("Channel.history: a join is answered with where the client stands, then what it missed, then what follows", async () => {
  const endpoint = endpointOf();
  await using client = await connect(endpoint);
  const take = framesOf(client);
  const start = await endpoint.position("room:1");
  await endpoint.publish("room:1", "said", { n: 1 });
  await endpoint.publish("room:1", "said", { n: 2 });
  const room = await client.join("room:1", { since: start, theme: "dark" });
  endpoint.broadcast("room:1", "said", { n: 3 });
  const [answer, ...rest] = take();
  assertEquals((answer as unknown[])[3], { status: "ok", response: { params: { theme: "dark" } } });
  assertEquals(wordsOf(rest), ["state true 0 2", "said 1 at 1", "said 2 at 2", "welcome", "said 3 at 3"]);
  room.push("say", { n: 4 });
  await room.assertPush("said", { n: 4 });
  assertEquals(wordsOf(take()), ["said 4 at 4", "phx_reply"]);
  await endpoint.shutdown();
});

Deno.test("Channel.history: a client that asks for nothing gets its position, so that it can ask next time", async () => {
  const endpoint = endpointOf();
  await using client = await connect(endpoint);
  const take = framesOf(client);
  await endpoint.publish("room:1", "said", { n: 1 });
  const room = await client.join("room:1");
  const [, state] = take() as unknown[][];
  const position = await endpoint.position("room:1");
  assertEquals(state, [null, "room:1", "history_state", { recovered: null, position, missed: 0 }]);
  endpoint.broadcast("room:1", "typing", {});
  endpoint.broadcast("room:1", "said", { n: 2 });
  assertEquals((take() as unknown[][]).map(([ref]) => ref), [null, await endpoint.position("room:1")]);
  await room.leave();
  await endpoint.shutdown();
});

Deno.test("Channel.history tells a client what cannot be had", async () => {
  const endpoint = endpointOf();
  await using client = await connect(endpoint);
  const take = framesOf(client);
  const start = await endpoint.position("room:1");
  for (let n = 1; n <= 6; n++) await endpoint.publish("room:1", "said", { n });
  const cases = [[start, "state false 6 0"], ["other:1", "state false 6 0"], [7, "state false 6 0"]] as const;
  for (const [since, expected] of cases) {
    const room = await client.join("room:1", { since });
    assertEquals(wordsOf(take()), ["phx_reply", expected, "welcome"]);
    await room.leave();
    take();
  }
  await client.join("room:1", { since: "last:2" });
  assertEquals(wordsOf(take()), ["phx_reply", "state true 4 2", "said 5 at 5", "said 6 at 6", "welcome"]);
  await endpoint.shutdown();
});

Deno.test("ok() with since: false lets a client in without what it missed, and tells it", async () => {
  class GuestChannel extends KeptChannel {
    override join() {
      return ok({ params: {} }, { since: false });
    }
  }
  const endpoint = endpointOf(GuestChannel);
  await using client = await connect(endpoint);
  const take = framesOf(client);
  const start = await endpoint.position("room:1");
  await endpoint.publish("room:1", "said", { n: 1 });
  for (const since of [start, "last:5"]) {
    const room = await client.join("room:1", { since });
    assertEquals(wordsOf(take()), ["phx_reply", "state false 1 0", "welcome"]);
    await room.leave();
    take();
  }
  await client.join("room:1");
  assertEquals(wordsOf(take()), ["phx_reply", "state null 1 0", "welcome"]);
  await endpoint.shutdown();
});

Deno.test("Channel.history: bytes are followed by their position, when live and when replayed", async () => {
  const endpoint = endpointOf();
  await using client = await connect(endpoint);
  const take = framesOf(client);
  const start = await endpoint.position("room:1");
  const room = await client.join("room:1");
  take();
  endpoint.broadcast("room:1", "drew", Uint8Array.of(1));
  assertEquals(wordsOf(take()), ["bytes 1", "state 1"]);
  await room.leave();
  take();
  await client.join("room:1", { since: start });
  assertEquals(wordsOf(take()), ["phx_reply", "state true 0 1", "bytes 1", "state 1", "welcome"]);
  await endpoint.shutdown();
});

Deno.test("ChannelSocket.broadcastFrom() to a topic with history moves its sender on", async () => {
  const endpoint = endpointOf();
  await using ann = await connect(endpoint);
  await using bob = await connect(endpoint);
  const [annTakes, bobTakes] = [framesOf(ann), framesOf(bob)];
  const room = await ann.join("room:1");
  await bob.join("room:1");
  [annTakes, bobTakes].forEach((take) => take());
  await room.assertReply(room.push("sayToOthers", { n: 1 }), "ok");
  assertEquals(wordsOf(annTakes()), ["state 1", "phx_reply"]);
  assertEquals(wordsOf(bobTakes()), ["said 1 at 1"]);
  await endpoint.shutdown();
});

Deno.test("ChannelSocket.publish() resolves to the position, after the members have the message", async () => {
  const endpoint = endpointOf();
  await using client = await connect(endpoint);
  const room = await client.join("room:1");
  const take = framesOf(client);
  take();
  const ref = room.push("publish", { n: 1 });
  const position = await room.assertReply(ref, "ok");
  assertEquals(position, await endpoint.position("room:1"));
  assertEquals(wordsOf(take()), ["said 1 at 1", "phx_reply"]);
  await assertRejects(() => endpoint.publish("room:1", "typing", {}), TypeError, "there is no history of it");
  await endpoint.shutdown();
});

Deno.test("Broadcast.position is what processes get that subscribe to a topic with history", async () => {
  const endpoint = endpointOf();
  await using client = await connect(endpoint);
  const room = await client.join("room:1");
  room.push("subscribe");
  await room.assertPush("welcome");
  endpoint.broadcast("room:2", "said", {});
  await room.assertPush("noticed", { position: await endpoint.position("room:2") });
  await endpoint.shutdown();
});

/** An engine whose reads, once it is slow, wait for `answer`. */
class SlowEngine extends MemoryHistory {
  override readonly tailSize: never;
  readonly #open: (() => void)[] = [];
  #isSlow = false;

  /** @param tailSize How many messages the node remembers. */
  constructor(tailSize = 0) {
    super();
    this.tailSize = tailSize as never;
  }

  slow(): void {
    this.#isSlow = true;
  }

  async answer(): Promise<void> {
    for (const open of this.#open.splice(0)) open();
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }

  override read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    const page = super.read(topic, after, keep);
    if (!this.#isSlow) return page;
    const { promise, resolve } = Promise.withResolvers<HistoryPage>();
    this.#open.push(() => resolve(page));
    return promise as unknown as HistoryPage;
  }
}

Deno.test("Channel.history: what comes while the engine is read follows what was missed, once", async () => {
  const engine = new SlowEngine();
  const endpoint = endpointOf(KeptChannel, engine);
  await using ann = await connect(endpoint);
  await using bob = await connect(endpoint);
  await bob.join("room:1"); // the node stands at the topic's position
  const take = framesOf(ann);
  const start = await endpoint.position("room:1");
  await endpoint.publish("room:1", "said", { n: 1 });
  engine.slow();
  const joined = ann.join("room:1", { since: start });
  await Promise.resolve();
  endpoint.broadcast("room:1", "said", { n: 2 }); // the page does not have it, nor has a tail: it is read again
  await engine.answer();
  endpoint.broadcast("room:1", "said", { n: 3 });
  for (let i = 0; i < 10; i++) await engine.answer();
  endpoint.broadcast("room:1", "said", { n: 4 });
  await joined;
  const words = wordsOf(take());
  assertEquals(words.slice(0, 2).map((word) => word.slice(0, 12)), ["phx_reply", "state true 0"]);
  assertEquals(words.filter((word) => word.startsWith("said")), [1, 2, 3, 4].map((n) => `said ${n} at ${n}`));
  assertEquals(words.length, 7); // and the welcome
  await endpoint.shutdown();
});

Deno.test("Channel.history: broadcasts between admission and reply wait for the reply", async () => {
  class LargeChannel extends KeptChannel {
    override readonly history = {};
  }
  const engine = new SlowEngine(8);
  const endpoint = endpointOf(LargeChannel, engine);
  await using ann = await connect(endpoint);
  await using bob = await connect(endpoint);
  await bob.join("room:1");
  const take = framesOf(ann);
  const start = await endpoint.position("room:1");
  for (let n = 1; n <= 10; n++) await endpoint.publish("room:1", "said", { n }); // more than the tail holds
  engine.slow();
  const joined = ann.join("room:1", { since: start });
  await Promise.resolve();
  const answered = engine.answer();
  for (let n = 11; n <= 20; n++) {
    await Promise.resolve(); // one of them comes after the admission and before the reply
    endpoint.broadcast("room:1", "said", { n });
  }
  await answered;
  for (let i = 0; i < 10; i++) await engine.answer();
  await joined;
  const said = wordsOf(take()).filter((word) => word !== "welcome" && !word.startsWith("state"));
  assertEquals(said, ["phx_reply", ...Array.from({ length: 20 }, (_, i) => `said ${i + 1} at ${i + 1}`)]);
  await endpoint.shutdown();
});

/** Passes "said" on in several ways. */
class FilteringChannel extends Channel {
  override history = { maxMessages: 10, exclude: ["typing"] };
  override join() {
    return ok();
  }
  override afterJoin(socket: ChannelSocket) {
    socket.push("welcome", {});
  }
  override handleIn = this.handlers({
    sayToOthers: (payload, socket) => {
      socket.broadcastFrom("said", payload as object);
      return noreply();
    },
  });
  override handleOut = this.outgoing({
    said: async (payload: Payload, socket: ChannelSocket) => {
      const { n, times = 1, throws = false, bytes = false } = payload as Record<string, number>;
      for (let i = 0; i < times; i++) {
        if (i === 1) await Promise.resolve();
        socket.push("said", bytes ? Uint8Array.of(n!) : { n });
      }
      if (throws) throw new Error("said no");
      return noreply();
    },
  });
}

Deno.test("Channel.handleOut with history: the last push of a handler has the position, and order is kept", async () => {
  const endpoint = endpointOf(FilteringChannel);
  await using client = await connect(endpoint);
  const room = await client.join("room:1");
  const take = framesOf(client);
  take();
  const payloads = [{ n: 1 }, { n: 2, times: 0 }, { n: 3, times: 3 }, { n: 4, bytes: 1 }, { n: 5, bytes: 1, times: 2 }];
  for (const payload of payloads) endpoint.broadcast("room:1", "said", payload);
  endpoint.broadcast("room:1", "drew", { n: 6 }); // has no handler, and must not overtake
  endpoint.broadcast("room:1", "drew", Uint8Array.of(7));
  endpoint.broadcast("room:1", "end", {});
  await room.assertPush("end");
  assertEquals(wordsOf(take()), [
    "said 1 at 1",
    "state 2",
    "said 3 at undefined",
    "said 3 at undefined",
    "said 3 at 3",
    "bytes 4",
    "state 4",
    "bytes 5",
    "bytes 5",
    "state 5",
    "drew",
    "bytes 7",
    "state 7",
    "end",
  ]);
  await endpoint.shutdown();
});

Deno.test("Channel.handleOut gets what was missed, before afterJoin and before what is live", async () => {
  const endpoint = endpointOf(FilteringChannel);
  await using client = await connect(endpoint);
  const take = framesOf(client);
  const start = await endpoint.position("room:1");
  await endpoint.publish("room:1", "said", { n: 1 });
  await endpoint.publish("room:1", "drew", { n: 2 });
  await endpoint.publish("room:1", "said", { n: 3, times: 2 });
  const joining = client.join("room:1", { since: start });
  await Promise.resolve();
  endpoint.broadcast("room:1", "said", { n: 4 });
  const room = await joining;
  await room.assertPush("said", { n: 4 });
  const words = ["phx_reply", "state true 0 3", "said 1 at 1", "drew", "said 3 at undefined", "said 3 at 3"];
  assertEquals(wordsOf(take()), [...words, "welcome", "said 4 at 4"]);
  await endpoint.shutdown();
});

Deno.test("Channel.handleOut: the sender's position takes the mailbox, too", async () => {
  const endpoint = endpointOf(FilteringChannel);
  await using client = await connect(endpoint);
  const room = await client.join("room:1");
  const take = framesOf(client);
  take();
  endpoint.broadcast("room:1", "said", { n: 1, times: 2 }); // waits in its handler
  room.push("sayToOthers", { n: 2 });
  endpoint.broadcast("room:1", "said", { n: 3 });
  await room.assertPush("said", { n: 3 });
  const words = wordsOf(take());
  assertEquals(
    words.filter((word) => word !== "said 1 at undefined"),
    ["said 1 at 1", "said 3 at 2", "state 3"].toSorted(
      (a, b) => words.indexOf(a) - words.indexOf(b),
    ),
  );
  await endpoint.shutdown();
});

Deno.test("Channel.handleOut that throws does not move its client on: the message comes again", async () => {
  const endpoint = endpointOf(FilteringChannel);
  await using client = await connect(endpoint);
  using _ = new Crashes();
  const start = await endpoint.position("room:1");
  const room = await client.join("room:1");
  const take = framesOf(client);
  take();
  endpoint.broadcast("room:1", "said", { n: 1, throws: 1 });
  await room.assertPush("phx_error");
  assertEquals(wordsOf(take()), ["phx_error"]);
  await endpoint.history("room:1").clear();
  await endpoint.publish("room:1", "said", { n: 2 });
  await client.join("room:1", { since: start });
  assertEquals(wordsOf(take()).slice(1, 3), ["state true 0 1", "said 2 at 2"]);
  await endpoint.shutdown();
});

Deno.test("Channel.history is refused where it cannot be kept, or makes no sense", async () => {
  const declare = (history: unknown) =>
    class extends KeptChannel {
      override readonly history = history as never;
    };
  assertThrows(() => endpointOf(declare({ maxMessages: 0 })), RangeError, '"maxMessages" must be an integer');
  assertThrows(() => endpointOf(declare({ exclude: "typing" })), TypeError, '"exclude" must be names of events');
  for (const history of [null, true]) {
    assertThrows(() => endpointOf(declare(history)), TypeError, `"history" must be an object, received ${history}`);
  }
  const pubsub = new PubSub({ adapter: new Hub().adapter("a") });
  class RoomSocket extends Socket {
    override channels = { "room:*": KeptChannel };
    override connect() {
      return ok();
    }
  }
  const sockets = { "/socket": RoomSocket };
  assertThrows(() => new Endpoint({ sockets, pubsub }), TypeError, "the adapter has no engine");
  assertThrows(() => new Endpoint({ sockets, pubsub, history: new MemoryHistory() }), TypeError, "serve all nodes");
  await pubsub.stop();
  const shared = new PubSub();
  new Endpoint({ sockets, pubsub: shared });
  new Endpoint({ sockets, pubsub: shared });
  assertThrows(() => new Endpoint({ sockets, pubsub: shared, history: new MemoryHistory() }), TypeError, "same engine");
  await shared.stop();
});

Deno.test("Endpoint.history() and others are refused for topics without history", async () => {
  class PlainChannel extends Channel {
    override join(_topic: string, params: unknown) {
      return ok({ params: params as object });
    }
  }
  const endpoint = endpointOf(PlainChannel);
  assertThrows(() => endpoint.history("room:1"), TypeError, 'no channel declares "history"');
  await assertRejects(() => endpoint.position("room:1"), TypeError);
  await assertRejects(() => endpoint.publish("room:1", "said", {}), TypeError);
  await using client = await connect(endpoint);
  const take = framesOf(client);
  await client.join("room:1", { since: "a:1" });
  const [answer, ...rest] = take() as unknown[][];
  assertEquals([answer![3], rest], [{ status: "ok", response: { params: { since: "a:1" } } }, []]);
  assert(endpoint.pubsub.numbered === undefined);
  await endpoint.shutdown();
});
