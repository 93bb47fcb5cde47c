import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  type Broadcast,
  Channel,
  type ChannelSocket,
  Endpoint,
  type MaybePromise,
  type MetasByKey,
  ok,
  type Pid,
  Presence,
  type PresenceDiff,
  type PresenceMember,
  type PresenceOptions,
  type Presences,
  PubSub,
  Socket,
  spawn,
} from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { settle } from "../support/fake_client.ts";
import { Hub } from "../support/pubsub_hub.ts";

interface Meta {
  readonly tab: number;
}

/** A PubSub with a member of topic `t`, which receives what is reported. */
class Room implements Disposable {
  readonly pubsub: PubSub;
  readonly heard: [event: string, payload: unknown][] = [];
  readonly #pids: Pid[] = [];

  constructor(hub?: Hub, node = "a") {
    this.pubsub = new PubSub(hub && { adapter: hub.adapter(node) });
    const listener = spawn<Broadcast>(async (mailbox) => {
      for await (const { event, payload } of mailbox) this.heard.push([event, payload]);
    });
    this.pubsub.subscribe("t", listener);
    this.#pids.push(listener);
  }

  /** A process in topic `t`, as the socket of a channel. */
  member(topic = "t"): { readonly self: Pid; readonly topic: string } {
    const self = spawn(async (mailbox) => {
      for await (const _ of mailbox);
    });
    this.#pids.push(self);
    return { self, topic };
  }

  /** What was heard since the last time: events, and who came and went. */
  async take(): Promise<unknown[]> {
    await settle();
    return this.heard.splice(0).map(([event, payload]) => {
      if (event !== "presence_diff") return [event, payload];
      const { joins, leaves } = payload as PresenceDiff<Presences<Meta>>;
      return [...short("+", joins), ...short("-", leaves)].join(" ");
    });
  }

  [Symbol.dispose](): void {
    for (const pid of this.#pids) pid.exit("shutdown");
  }
}

function short(sign: string, presences: Presences<Meta>): string[] {
  return Object.entries(presences).map(([key, { metas }]) => `${sign}${key}:${metas.map(({ tab }) => tab).join(",")}`);
}

const wired: readonly [method: string, use: (presence: Presence<Meta>, member: PresenceMember) => unknown][] = [
  ["track", (presence, member) => presence.track(member, "ann", { tab: 1 })],
  ["update", (presence, member) => presence.update(member, "ann", { tab: 2 })],
  ["list", (presence, member) => presence.list(member)],
  ["getByKey", (presence, member) => presence.getByKey(member, "ann")],
  ["count", (presence, member) => presence.count(member)],
];
Deno.test.each(wired)("Presence.%s() refuses a channel whose endpoint has another PubSub", async (_method, use) => {
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub });
  const member = room.member();
  assertMatch(
    String(assertThrows(() => use(presence, { ...member, pubsub: new PubSub() }))),
    /^TypeError: Cannot \w+ in "t": this Presence is on another PubSub than the endpoint's/,
  );
  assertEquals(presence.list(member), {});
  if (use === wired[1]?.[1]) presence.track(member, "ann", { tab: 1 });
  use(presence, { ...member, pubsub: room.pubsub });
  presence.untrack({ ...member, pubsub: new PubSub() }, "ann"); // undoing is always possible
  assertEquals(presence.list("t"), {});
});

Deno.test("Presence.track() takes the socket of a channel on the same PubSub, and no other", async () => {
  using crashes = new Crashes();
  class PresentChannel extends Channel {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket) {
      presence.track(socket, "ann", { tab: 1 });
      presence.pushState(socket);
    }
  }
  class PresentSocket extends Socket {
    override channels = { "room:*": PresentChannel };
    override connect() {
      return ok();
    }
  }
  const pubsub = new PubSub();
  await using presence = new Presence<Meta>({ pubsub });
  await using endpoint = new Endpoint({ pubsub, sockets: { "/socket": PresentSocket } });
  await using client = await connect(endpoint);
  await (await client.join("room:a")).assertPush("presence_state", { ann: {} });
  await using stranger = await connect(PresentSocket); // an endpoint of its own
  await (await stranger.join("room:a")).assertPush("phx_error");
  assertMatch(crashes.messages.join(), /^Cannot track in "room:a": this Presence is on another PubSub/);
});

/** A server whose channel `"room:*"` tracks its client, and pushes the state by a presence with this `fetch`. */
async function stateOf(fetch: (presences: Presences<Meta>) => MaybePromise<object>) {
  class FetchedPresence extends Presence<Meta, MaybePromise<object>> {
    override fetch(_topic: string, presences: Presences<Meta>) {
      return fetch(presences);
    }
  }
  class RoomChannel extends Channel {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket) {
      presence.track(socket, "ann", { tab: 1 });
      return presence.pushState(socket);
    }
  }
  class RoomSocket extends Socket {
    override channels = { "room:*": RoomChannel };
    override connect() {
      return ok();
    }
  }
  const pubsub = new PubSub();
  const resources = new AsyncDisposableStack();
  const presence = resources.use(new FetchedPresence({ pubsub }));
  const endpoint = resources.use(new Endpoint({ pubsub, sockets: { "/socket": RoomSocket } }));
  const client = resources.use(await connect(endpoint));
  return { client, presence, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const fetches: [when: string, fetch: (presences: Presences<Meta>) => MaybePromise<object>][] = [
  ["at once", (presences) => ({ ...presences, more: 1 })],
  ["later", (presences) => Promise.resolve({ ...presences, more: 1 })],
];
Deno.test.each(fetches)("Presence.pushState() pushes what fetch returns %s", async (_when, fetch) => {
  await using setup = await stateOf(fetch);
  const room = await setup.client.join("room:a");
  await room.assertPush("presence_state", { ann: { metas: [{ tab: 1 }] }, more: 1 });
});

Deno.test("Presence.pushState() is the channel's failure when an async fetch fails", async () => {
  using crashes = new Crashes();
  await using setup = await stateOf(() => Promise.reject(new Error("no database")));
  const room = await setup.client.join("room:a");
  await room.assertPush("phx_error");
  assertEquals(crashes.messages[0], "no database");
});

Deno.test("Presence.pushState() pushes nothing when the channel has ended before fetch is done", async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const pushed: unknown[] = [];
  class SlowPresence extends Presence<Meta, Promise<object>> {
    override fetch() {
      return promise;
    }
  }
  const pubsub = new PubSub();
  await using presence = new SlowPresence({ pubsub });
  const self = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
  const done = presence.pushState({ self, topic: "room:a", push: (...message) => void pushed.push(message) });
  self.exit("kill");
  resolve({});
  await done;
  assertEquals(pushed, []);
});

/** Levels of lists, around an object that V8 writes by recursion. */
function deep(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + '{"0":0}' + "]".repeat(levels));
}

class Recursive {
  constructor(readonly levels: number) {}
  toJSON() {
    return { deep: deep(this.levels) };
  }
}

const circle: { self?: unknown } = {};
circle.self = circle;

const hostileMetas: [what: string, meta: object][] = [
  ["65 levels", { deep: deep(63) }],
  ["20,000 levels", { deep: deep(20_000) }],
  ["65 levels that toJSON makes", new Recursive(63)],
  ["a cycle", circle],
  ["a bigint", { n: 1n }],
  ["a getter that throws", {
    get field() {
      throw new Error("boom");
    },
  }],
  ["a toJSON that throws", {
    toJSON() {
      throw new Error("boom");
    },
  }],
];
Deno.test.each(hostileMetas)("Presence refuses a meta of %s, and the room goes on", async (_what, meta) => {
  using room = new Room();
  await using presence = new Presence<object>({ pubsub: room.pubsub });
  const member = room.member();
  const ref = presence.track(member, "ann", { tab: 1 });
  assertMatch(assertThrows(() => presence.track(room.member(), "eve", meta), TypeError).message, /^Cannot track: /);
  assertMatch(assertThrows(() => presence.update(member, "ann", meta), TypeError).message, /^Cannot track: /);
  assertEquals<unknown>(presence.list("t"), { ann: { metas: [{ tab: 1, phx_ref: ref }] } });
  assertEquals(await room.take(), ["+ann:1"]);
});

Deno.test("Presence takes metas of 64 levels, and its list can be written", async () => {
  using room = new Room();
  await using presence = new Presence<object>({ pubsub: room.pubsub });
  presence.track(room.member(), "ann", { deep: deep(62) });
  presence.track(room.member(), "bob", new Recursive(62));
  assertEquals(JSON.stringify(presence.list("t")).split("[").length, 1 + 2 * (62 + 1));
});

Deno.test("Presence.list() has the metas by key, with their references", async () => {
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub });
  const one = room.member();
  const first = presence.track(one, "ann", { tab: 1 });
  const second = presence.track(room.member(), "ann", { tab: 2 });
  const third = presence.track(room.member().self, "t", "bob", { tab: 3 });
  assertEquals(presence.list(one), {
    ann: { metas: [{ tab: 1, phx_ref: first }, { tab: 2, phx_ref: second }] },
    bob: { metas: [{ tab: 3, phx_ref: third }] },
  });
  assertEquals(new Set([first, second, third]).size, 3);
  assertEquals(presence.getByKey("t", "bob"), { metas: [{ tab: 3, phx_ref: third }] });
  assertEquals(presence.getByKey("t", "eve"), undefined);
  assertEquals(presence.count(one), { keys: 2, metas: 3 });
  assertEquals(presence.list("elsewhere"), {});
});

Deno.test("Presence tells each change in a diff of its own, in Phoenix's shape", async () => {
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub });
  const member = room.member();
  const first = presence.track(member, "ann", { tab: 1 });
  const second = presence.update(member, "ann", ({ tab }) => ({ tab: tab + 1 }));
  presence.untrack(member, "ann");
  await settle();
  const before = { ann: { metas: [{ tab: 1, phx_ref: first }] } };
  const after = { ann: { metas: [{ tab: 2, phx_ref: second, phx_ref_prev: first }] } };
  assertEquals(room.heard, [
    ["presence_diff", { joins: before, leaves: {} }],
    ["presence_diff", { joins: after, leaves: before }],
    ["presence_diff", { joins: {}, leaves: after }],
  ]);
});

Deno.test("Presence takes a process and a topic in place of a socket", async () => {
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub });
  const { self } = room.member();
  presence.track(self, "t", "ann", { tab: 1 });
  presence.track(self, "u", "ann", { tab: 1 });
  presence.update(self, "t", "ann", { tab: 2 });
  presence.untrack(self, "u", "ann");
  assertEquals(await room.take(), ["+ann:1", "+ann:2 -ann:1"]);
  presence.untrack(self);
  assertEquals(await room.take(), ["-ann:2"]);
});

Deno.test("Presence tells in one diff what ends with one process", async () => {
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub });
  const member = room.member();
  presence.track(member, "ann", { tab: 1 });
  presence.track(member, "eve", { tab: 2 });
  await room.take();
  member.self.exit("shutdown");
  assertEquals(await room.take(), ["-ann:1 -eve:2"]);
});

Deno.test("Presence carries keys whatever they are called", async () => {
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub });
  for (const key of ["__proto__", "constructor", "", "7"]) presence.track(room.member(), key, { tab: 1 });
  assertEquals(Object.keys(presence.list("t")).sort(), ["", "7", "__proto__", "constructor"]);
  assertEquals((await room.take()).sort(), ["+7:1", "+:1", "+__proto__:1", "+constructor:1"]);
});

/** Adds the length of the key to each. */
class SlowPresence extends Presence<Meta, Promise<Presences<Meta, { length: number }>>> {
  readonly fetched: string[][] = [];
  readonly waiting: PromiseWithResolvers<void>[] = [];

  override async fetch(_topic: string, presences: Presences<Meta>) {
    this.fetched.push(Object.keys(presences));
    const turn = Promise.withResolvers<void>();
    this.waiting.push(turn);
    await turn.promise;
    return Object.fromEntries(
      Object.entries(presences).map(([key, { metas }]) => [key, { metas, length: key.length }]),
    );
  }
}

Deno.test("Presence.fetch() runs once for a list and once for a diff, and keeps the order", async () => {
  using room = new Room();
  await using presence = new SlowPresence({ pubsub: room.pubsub });
  const ann = room.member();
  presence.track(ann, "ann", { tab: 1 });
  presence.track(room.member(), "robert", { tab: 1 });
  await settle();
  assertEquals(presence.fetched, [["ann"], ["robert"]]);
  presence.waiting[1]!.resolve();
  assertEquals(await room.take(), []);
  presence.waiting[0]!.resolve();
  await settle();
  const told = room.heard.map(([, diff]) => (diff as PresenceDiff<Presences<Meta, { length: number }>>).joins);
  assertEquals(told.map(({ ann, robert }) => [ann?.length, robert?.length]), [[3, undefined], [undefined, 6]]);
  const listed = presence.list("t");
  const found = presence.getByKey("t", "ann");
  for (const turn of presence.waiting) turn.resolve();
  assertEquals(Object.entries(await listed).map(([key, { length }]) => [key, length]), [["ann", 3], ["robert", 6]]);
  assertEquals((await found)?.length, 3);
  assertEquals(presence.fetched.slice(2), [["ann", "robert"], ["ann"]]);
});

Deno.test("Presence tells a diff without more when fetch fails, and reports it", async () => {
  using crashes = new Crashes();
  using room = new Room();
  class Failing extends Presence<Meta, Promise<Presences<Meta>>> {
    override fetch(): Promise<Presences<Meta>> {
      return Promise.reject(new Error("no database"));
    }
  }
  class Throwing extends Presence<Meta> {
    override fetch(): Presences<Meta> {
      throw new Error("no cache");
    }
  }
  await using failing = new Failing({ pubsub: room.pubsub });
  await using throwing = new Throwing({ pubsub: room.pubsub });
  failing.track(room.member(), "ann", { tab: 1 });
  throwing.track(room.member(), "bob", { tab: 1 });
  assertEquals((await room.take()).sort(), ["+ann:1", "+bob:1"]);
  assertEquals(crashes.messages.sort(), ["no cache", "no database"]);
  await assertRejects(() => failing.list("t"), Error, "no database");
  assertThrows(() => throwing.list("t"), Error, "no cache");
});

Deno.test("Presence.handleMetas() sees each diff, the topic after it, and its own state", async () => {
  using room = new Room();
  const seen: unknown[] = [];
  class Counting extends Presence<Meta, Presences<Meta>, number> {
    readonly #first = 10; // there when init runs, although the base class starts the process
    override init() {
      return Promise.resolve(this.#first);
    }
    override handleMetas(
      state: number,
      topic: string,
      diff: PresenceDiff<Presences<Meta>>,
      presences: MetasByKey<Meta>,
    ) {
      const present = Array.from(presences, ([key, metas]) => `${key}:${metas.map(({ tab }) => tab)}`);
      seen.push([topic, [...short("+", diff.joins), ...short("-", diff.leaves)], present, state]);
      if (state === 12) throw new Error("twelve");
      return state % 2 === 0 ? Promise.resolve(state + 1) : state + 1;
    }
  }
  using crashes = new Crashes();
  await using presence = new Counting({ pubsub: room.pubsub });
  const member = room.member();
  presence.track(member, "ann", { tab: 1 });
  presence.track(room.member(), "ann", { tab: 2 });
  presence.update(member, "ann", { tab: 3 });
  member.self.exit("shutdown");
  await settle();
  assertEquals(seen, [
    ["t", ["+ann:1"], ["ann:1"], 10],
    ["t", ["+ann:2"], ["ann:1,2"], 11],
    ["t", ["+ann:3", "-ann:1"], ["ann:2,3"], 12],
    ["t", ["-ann:3"], ["ann:2"], 12],
  ]);
  assertEquals(crashes.messages, ["twelve", "twelve"]);
  assertEquals((await room.take()).length, 4);
});

Deno.test("Presence tells one diff per topic and coalesceMs, without what cancels out", async () => {
  using time = new FakeTime();
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub, coalesceMs: 100 });
  const [ann, bob] = [room.member(), room.member()];
  presence.track(ann, "ann", { tab: 1 });
  presence.track(bob, "bob", { tab: 1 });
  await settle();
  await time.tickAsync(50);
  presence.update(ann, "ann", { tab: 2 });
  bob.self.exit("shutdown");
  assertEquals(await room.take(), []);
  await time.tickAsync(50);
  assertEquals(await room.take(), ["+ann:2"]);

  presence.update(ann, "ann", { tab: 3 });
  presence.update(ann, "ann", { tab: 4 });
  presence.untrack(room.member(), "nobody");
  await settle();
  await time.tickAsync(100);
  assertEquals(await room.take(), ["+ann:4 -ann:2"]);

  const eve = room.member();
  presence.track(eve, "eve", { tab: 1 });
  eve.self.exit("shutdown");
  await settle();
  await time.tickAsync(100);
  assertEquals(await room.take(), []);
});

Deno.test('Presence tells only how many there are when report is "counts"', async () => {
  using room = new Room();
  await using presence = new Presence<Meta>({ pubsub: room.pubsub, report: "counts" });
  const ann = room.member();
  presence.track(ann, "ann", { tab: 1 });
  assertEquals(await room.take(), [["presence_count", { keys: 1, metas: 1 }]]);
  presence.track(room.member(), "ann", { tab: 2 });
  presence.update(ann, "ann", { tab: 3 });
  assertEquals(await room.take(), [["presence_count", { keys: 1, metas: 2 }]]);
  presence.untrack(ann, "ann");
  ann.self.exit("shutdown");
  assertEquals(await room.take(), [["presence_count", { keys: 1, metas: 1 }]]);
});

Deno.test("Presence tells the members of each node what changes on any", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  using a = new Room(hub, "a");
  using b = new Room(hub, "b");
  await using nodes = new AsyncDisposableStack();
  for (const { pubsub } of [a, b]) nodes.defer(() => pubsub.stop());
  const here = new Presence<Meta>({ pubsub: a.pubsub });
  const there = new Presence<Meta>({ pubsub: b.pubsub });
  await settle(); // until they have started
  const ann = a.member();
  here.track(ann, "ann", { tab: 1 });
  assertEquals([await a.take(), await b.take()], [["+ann:1"], []]);
  await time.tickAsync(1500);
  assertEquals([await a.take(), await b.take()], [[], ["+ann:1"]]);
  assertEquals(there.list("t"), here.list("t"));
});

Deno.test("Presence() takes its class's name, so a node may have several", async () => {
  using room = new Room();
  class Games extends Presence {}
  await using _one = new Presence({ pubsub: room.pubsub });
  await using _two = new Games({ pubsub: room.pubsub });
  await using _three = new Games({ pubsub: room.pubsub, name: "Others" });
  assertThrows(
    () => new Games({ pubsub: room.pubsub }),
    Error,
    "Cannot start presence Games: the node has one of this name",
  );
  await settle();
  assertEquals(room.pubsub.subscriberCount("urvogel:presence:Others_shard0"), 1);
});

Deno.test.each<[Partial<PresenceOptions>, RegExp]>([
  [{ coalesceMs: -1 }, /"coalesceMs" must be finite and >= 0, received -1/],
  [{ coalesceMs: Infinity }, /"coalesceMs" must be finite and >= 0, received Infinity/],
  [{ broadcastPeriodMs: 0 }, /"broadcastPeriodMs" must be >= 1/],
])("Presence() refuses %j", (options, message) => {
  assertMatch(String(assertThrows(() => new Presence({ pubsub: new PubSub(), ...options }))), message);
});

Deno.test("Presence.stop() ends all of it, tells what waits, and gives its name back", async () => {
  using room = new Room();
  const presence = new Presence<Meta>({ pubsub: room.pubsub, coalesceMs: 1000 });
  presence.track(room.member(), "ann", { tab: 1 });
  await presence.stop();
  assertEquals(await room.take(), ["+ann:1"]);
  assertThrows(() => presence.track(room.member(), "bob", { tab: 1 }), Error, "the tracker has ended");
  presence.untrack(room.member(), "ann"); // as a channel may do that ends later
  await using _again = new Presence<Meta>({ pubsub: room.pubsub });
});

Deno.test("Presence stops tracking when init fails, instead of telling nobody", async () => {
  using crashes = new Crashes();
  using room = new Room();
  class Failing extends Presence<Meta> {
    override init(): undefined {
      throw new Error("no state");
    }
  }
  const presence = new Failing({ pubsub: room.pubsub });
  await settle();
  assertEquals(crashes.messages, ["no state"]);
  assertThrows(() => presence.track(room.member(), "ann", { tab: 1 }), Error, "the tracker has ended");
});

/** Never called: what the compiler knows. */
function _types(presence: Presence<Meta>, slow: SlowPresence, member: { self: Pid; topic: string }): void {
  presence.track(member, "ann", { tab: 1 });
  // @ts-expect-error: a meta is of the presence's type
  presence.track(member, "ann", { tab: "1" });
  // @ts-expect-error: a process needs a topic
  presence.track(member.self, "ann", { tab: 1 });
  presence.update(member, "ann", (meta) => ({ tab: meta.tab + meta.phx_ref.length }));
  const tab: number | undefined = presence.list("t").ann?.metas[0]?.tab;
  // @ts-expect-error: an async fetch makes list async
  slow.list("t").ann;
  void tab;
}
