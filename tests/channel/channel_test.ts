import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import {
  CallExitError,
  Channel,
  type ChannelSocket,
  continueWith,
  Down,
  Exit,
  type ExitReason,
  type From,
  type IncomingPush,
  type JoinResult,
  noreply,
  ok,
  type OutgoingHandler,
  refuse,
  reply,
  replyAndStop,
  replyError,
  replyStatus,
  Socket,
  spawn,
  stop,
  TIMEOUT,
  timeoutAfter,
} from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { type FakeClient, settle } from "../support/fake_client.ts";
import { type Callbacks, serveRoom, type User } from "../support/room.ts";
import { foreignPromise, later } from "../support/thenables.ts";

const CLOSED = ["1", "1", "room:a", "phx_close", {}];
const CRASHED = ["1", "1", "room:a", "phx_error", { reason: "channel_crash" }];
const BOOM = new Error("boom");

function boom(): never {
  throw BOOM;
}

/** Ann, and what became of her channel: reasons told to `terminate`, and sockets. */
interface Setup extends Disposable {
  readonly ann: FakeClient;
  readonly sockets: ChannelSocket<User>[];
  readonly ended: ExitReason[];
  readonly server: ReturnType<typeof serveRoom>;
}

async function connectAnn(callbacks: Callbacks = {}): Promise<Setup> {
  const sockets: ChannelSocket<User>[] = [];
  const ended: ExitReason[] = [];
  const server = serveRoom(() => ({
    afterJoin(socket) {
      sockets.push(socket);
    },
    terminate(reason) {
      ended.push(reason);
    },
    ...callbacks,
  }));
  const ann = await server.connect({ user: "ann" });
  return { ann, sockets, ended, server, [Symbol.dispose]: () => server[Symbol.dispose]() };
}

/** As {@linkcode connectAnn}; Ann has joined `"room:a"`. */
async function joinAnn(callbacks: Callbacks = {}): Promise<Setup> {
  const setup = await connectAnn(callbacks);
  await setup.ann.join("room:a");
  return setup;
}

const replyTo = (
  ref: unknown,
  status: string,
  response: unknown,
) => ["1", ref, "room:a", "phx_reply", { status, response }];

const joins: [what: string, join: () => JoinResult | Promise<JoinResult>, status: string, response: unknown][] = [
  ["ok()", () => ok(), "ok", {}],
  ["ok(object)", () => ok({ a: 1 }), "ok", { a: 1 }],
  ["ok(null)", () => ok(null), "ok", null],
  ["ok(list)", () => ok([1]), "ok", [1]],
  ["a promise of ok()", () => Promise.resolve(ok()), "ok", {}],
  ["refuse()", () => refuse(), "error", {}],
  ["refuse(text)", () => refuse("no"), "error", "no"],
  ["a promise of refuse()", () => Promise.resolve(refuse({ reason: "no" })), "error", { reason: "no" }],
];
Deno.test.each(joins)("Channel.join() answers the client with %s", async (_what, join, status, response) => {
  using setup = await connectAnn({ join });
  await setup.ann.send("1", "1", "room:a", "phx_join", {});
  assertEquals(setup.ann.take(), [replyTo("1", status, response)]);
  assertEquals(setup.server.channels.size, status === "ok" ? 1 : 0);
});

const failingJoins: [what: string, join: () => JoinResult | Promise<JoinResult>][] = [
  ["throws", boom],
  ["rejects", () => Promise.reject(BOOM)],
  ["returns nothing", () => undefined as never],
  ["returns a promise of nothing", () => Promise.resolve(undefined as never)],
  ["returns a handler's result", () => noreply() as never],
  ["asks for a timeout", () => ok({}, timeoutAfter(5))],
];
Deno.test.each(failingJoins)("Channel.join() that %s crashes, and the client may try again", async (_what, join) => {
  using crashes = new Crashes();
  using setup = await connectAnn({ join });
  for (const ref of ["1", "2"]) await setup.ann.send(ref, ref, "room:a", "phx_join", {});
  const crashed = { status: "error", response: { reason: "join crashed" } };
  assertEquals(setup.ann.take(), ["1", "2"].map((ref) => [ref, ref, "room:a", "phx_reply", crashed]));
  assertEquals(crashes.reports.length, 2);
  assertEquals([setup.server.channels.size, setup.ended], [0, []]);
});

Deno.test("Channel whose construction throws crashes its join", async () => {
  using crashes = new Crashes();
  using server = serveRoom(boom);
  const ann = await server.connect({ user: "ann" });
  await ann.send("1", "1", "room:a", "phx_join", {});
  assertEquals(ann.take(), [replyTo("1", "error", { reason: "join crashed" })]);
  assertEquals(crashes.messages, ["boom"]);
});

Deno.test("Channel.join() gets the topic and what the client sent, whatever it is", async () => {
  const seen: unknown[] = [];
  using setup = await connectAnn({
    join(topic, params) {
      seen.push([topic, params]);
      return refuse();
    },
  });
  for (const params of [{ a: 1 }, null, "text", 7, [1]]) await setup.ann.send("1", "1", "room:é", "phx_join", params);
  assertEquals(seen, [{ a: 1 }, null, "text", 7, [1]].map((params) => ["room:é", params]));
});

const results: [what: string, result: () => unknown, answers: unknown[], ended: ExitReason[]][] = [
  ["reply()", () => reply(), [replyTo("2", "ok", {})], []],
  ["reply(null)", () => reply(null), [replyTo("2", "ok", null)], []],
  ["reply(text)", () => reply("text"), [replyTo("2", "ok", "text")], []],
  ["replyError(object)", () => replyError({ a: 1 }), [replyTo("2", "error", { a: 1 })], []],
  ["replyError()", () => replyError(), [replyTo("2", "error", {})], []],
  ["replyStatus()", () => replyStatus("weird", [1]), [replyTo("2", "weird", [1])], []],
  ["noreply()", () => noreply(), [], []],
  ["a promise of reply()", () => Promise.resolve(reply()), [replyTo("2", "ok", {})], []],
  ['stop("normal")', () => stop("normal"), [CLOSED], ["normal"]],
  ['stop("shutdown")', () => stop("shutdown"), [CLOSED], ["shutdown"]],
  ["stop({ shutdown })", () => stop({ shutdown: "full" }), [CLOSED], [{ shutdown: "full" }]],
  ["a promise of stop()", () => Promise.resolve(stop("normal")), [CLOSED], ["normal"]],
  ["stop(error)", () => stop(BOOM), [CRASHED], [BOOM]],
  ["replyAndStop()", () => replyAndStop({ bye: 1 }, "normal"), [replyTo("2", "ok", { bye: 1 }), CLOSED], ["normal"]],
  ["replyAndStop(error)", () => replyAndStop({}, BOOM), [replyTo("2", "ok", {}), CRASHED], [BOOM]],
];
Deno.test.each(results)("Channel.handleIn may return %s", async (_what, result, answers, ended) => {
  using _crashes = new Crashes();
  using setup = await joinAnn({ handleIn: { go: result as () => never } });
  await setup.ann.send("1", "2", "room:a", "go", {});
  assertEquals(setup.ann.take(), answers);
  assertEquals(setup.ended, ended);
});

const failures: [what: string, handler: () => unknown][] = [
  ["throws", boom],
  ["rejects", () => Promise.reject(BOOM)],
  ["returns nothing", () => undefined],
  ["returns a promise of nothing", () => Promise.resolve()],
  ["returns a join's result", () => ok()],
  ["replies what has no JSON", () => reply(() => {})],
  ["replies a number too big for JSON", () => reply(1n)],
];
Deno.test.each(failures)(
  "Channel.handleIn that %s ends its channel with phx_error, after terminate",
  async (_what, handler) => {
    using crashes = new Crashes();
    using setup = await joinAnn({ handleIn: { go: handler as () => never, echo: (payload) => reply(payload) } });
    await setup.ann.send("1", "2", "room:a", "go", {});
    assertEquals(setup.ann.take(), [CRASHED]);
    assertEquals(setup.ended, crashes.reports.map(({ error }) => error));
    assertEquals(setup.ended.length, 1);
    await setup.ann.join("room:a"); // and the client may come back
    await setup.ann.send("1", "2", "room:a", "echo", 1);
    assertEquals(setup.ann.take(), [replyTo("2", "ok", 1)]);
  },
);

Deno.test("Channel without a handler for an event ends", async () => {
  for (const event of ["nope", "toString", "__proto__", 7, null]) {
    using crashes = new Crashes();
    using setup = await joinAnn();
    await setup.ann.send("1", "2", "room:a", event, {});
    assertEquals(setup.ann.take(), [CRASHED]);
    assertEquals(crashes.messages, [
      `Cannot handle event ${JSON.stringify(event)}: there is no handler for it; add it to handleIn`,
    ]);
  }
});

Deno.test("IncomingPush tells a handler event, payload and ref as the client sent them", async () => {
  const pushes: IncomingPush[] = [];
  using setup = await joinAnn({
    handleIn: {
      "*": (_payload, _socket, push) => {
        pushes.push(push);
        return noreply();
      },
    },
  });
  await setup.ann.send("1", 7, "room:a", "e", [1]);
  await setup.ann.send(null, null, "room:a", null, "text");
  assertEquals(pushes.map(({ event, payload, ref }) => [event, payload, ref]), [["e", [1], 7], [
    null,
    "text",
    null,
  ]]);
  assertEquals(pushes[0]!.socketRef().topic, "room:a");
  assertThrows(() => pushes[1]!.socketRef(), Error, "Cannot reply to null later: the client sent no ref");
});

Deno.test("SocketRef.reply() answers later, with any status, and with the join_ref of its own join", async () => {
  using setup = await joinAnn({
    handleIn: {
      later: (_payload, socket, push) => {
        socket.self.send(push.socketRef());
        return noreply();
      },
    },
    handleInfo(ref) {
      refs.push(ref as ReturnType<IncomingPush["socketRef"]>);
      return noreply();
    },
  });
  const refs: ReturnType<IncomingPush["socketRef"]>[] = [];
  await setup.ann.send("1", "2", "room:a", "later", {});
  assertEquals(setup.ann.take(), []);
  refs[0]!.reply();
  refs[0]!.reply({ n: 1 }, "progress");
  refs[0]!.reply(Uint8Array.of(7), "ok");
  const [first, second, third] = setup.ann.take();
  assertEquals([first, second], [replyTo("2", "ok", {}), replyTo("2", "progress", { n: 1 })]);
  assert(third instanceof Uint8Array);
  assertThrows(() => refs[0]!.reply(Symbol("s") as never), TypeError);
  await setup.ann.send("9", "9", "room:a", "phx_join", {});
  setup.ann.take();
  refs[0]!.reply("late");
  assertEquals(setup.ann.take(), [replyTo("2", "ok", "late")]);
});

Deno.test("Channel.afterJoin() is done before anything else is handled", async () => {
  const door = Promise.withResolvers<void>();
  using setup = await joinAnn({
    async afterJoin(socket) {
      await door.promise;
      socket.push("ready", {});
    },
    handleIn: { echo: (payload) => reply(payload) },
  });
  await setup.ann.send("1", "2", "room:a", "echo", {});
  assertEquals(setup.ann.take(), []);
  door.resolve();
  await settle();
  assertEquals(setup.ann.take(), [["1", null, "room:a", "ready", {}], replyTo("2", "ok", {})]);
});

const failingAfter: [what: string, afterJoin: () => void | Promise<void>][] = [
  ["throws", boom],
  ["rejects", () => Promise.reject(BOOM)],
];
Deno.test.each(failingAfter)(
  "Channel.afterJoin() that %s ends the channel when the client has joined",
  async (_what, afterJoin) => {
    using crashes = new Crashes();
    using setup = await connectAnn({ afterJoin });
    await setup.ann.send("1", "1", "room:a", "phx_join", {});
    assertEquals(setup.ann.take(), [replyTo("1", "ok", {}), CRASHED]);
    assertEquals([crashes.messages, setup.ended], [["boom"], [BOOM]]);
    assertEquals(setup.server.pubsub.subscriberCount("room:a"), 0);
  },
);

Deno.test("Channel.handleOut gets the events that it names, and no others", async () => {
  using setup = await joinAnn({
    handleOut: {
      seen: (payload, socket) => {
        socket.push("seen", payload);
        return noreply();
      },
    },
  });
  setup.server.pubsub.broadcast("room:a", "seen", { n: 1 });
  setup.server.pubsub.broadcast("room:a", "other", { n: 2 });
  await settle();
  assertEquals(setup.ann.take(), [
    [null, null, "room:a", "other", { n: 2 }], // the fastlane does not wait for the mailbox
    ["1", null, "room:a", "seen", { n: 1 }],
  ]);
});

Deno.test("Channel.handleOut may keep an event, change it, or stop", async () => {
  using setup = await joinAnn({
    handleOut: {
      e: (payload, socket) => {
        const { n } = payload as { n: number };
        if (n === 3) return stop("normal");
        if (n === 2) socket.push("e", { n, for: socket.assigns.user });
        return noreply();
      },
    },
  });
  for (const n of [1, 2, 3, 4]) setup.server.pubsub.broadcast("room:a", "e", { n });
  await settle();
  assertEquals(setup.ann.take(), [["1", null, "room:a", "e", { n: 2, for: "ann" }], CLOSED]);
  assertEquals(setup.ended, ["normal"]);
});

const failingOut: [what: string, handler: OutgoingHandler<User>][] = [
  ["throws", boom],
  ["replies to nobody", () => reply() as never],
  ["returns nothing", () => undefined as never],
];
Deno.test.each(failingOut)("Channel.handleOut that %s ends its own channel only", async (_what, handler) => {
  using crashes = new Crashes();
  using setup = await joinAnn({ handleOut: { e: handler } });
  const { server } = setup;
  server.pubsub.broadcast("room:a", "e", {});
  await settle();
  assertEquals(setup.ann.take(), [CRASHED]);
  assertEquals(crashes.reports.length, 1);
  assertEquals(server.channels.size, 0);
});

Deno.test("Channel.handleIn may ask for a timeout, which handleInfo gets if nothing comes before", async () => {
  using time = new FakeTime();
  const seen: unknown[] = [];
  using setup = await joinAnn({
    handleIn: {
      quietly: () => noreply(undefined, timeoutAfter(100)),
      loudly: () => reply({}, undefined, timeoutAfter(100)),
      other: () => noreply(),
    },
    handleInfo(message) {
      seen.push(message);
      return noreply();
    },
  });
  for (const event of ["quietly", "loudly"]) {
    await setup.ann.send("1", "2", "room:a", event, {});
    time.tick(99);
    await settle();
    assertEquals(seen.splice(0), []);
    time.tick(1);
    await settle();
    assertEquals(seen.splice(0), [TIMEOUT]);
  }
  await setup.ann.send("1", "3", "room:a", "quietly", {});
  await setup.ann.send("1", "4", "room:a", "other", {});
  time.tick(1000);
  await settle();
  assertEquals(seen, []);
});

Deno.test("Channel.handleIn that asks to continue ends its channel, and is told of handleInfo", async () => {
  using crashes = new Crashes();
  using setup = await joinAnn({ handleIn: { next: () => noreply(undefined, continueWith("afterJoin")) } });
  await setup.ann.send("1", "2", "room:a", "next", {});
  assertEquals(setup.ann.take(), [CRASHED]);
  assertMatch(crashes.messages[0]!, /Cannot continue: a channel has no handleContinue/);
});

Deno.test("Channel.handleInfo() gets Down and Exit, and may stop", async () => {
  const heard: unknown[] = [];
  using setup = await connectAnn({
    afterJoin(socket) {
      socket.self.trapExit = true;
      const mortal = spawn(() => {});
      socket.self.monitor(mortal);
      socket.self.link(mortal);
    },
    handleInfo(message) {
      heard.push(message);
      return heard.length === 2 ? stop({ shutdown: "alone" }) : noreply();
    },
  });
  await setup.ann.send("1", "1", "room:a", "phx_join", {});
  assertEquals(heard.filter((message) => message instanceof Down).length, 1);
  assertEquals(heard.filter((message) => message instanceof Exit).length, 1);
  assertEquals(setup.ann.take(), [replyTo("1", "ok", {}), CLOSED]);
  assertEquals(setup.ended, [{ shutdown: "alone" }]);
});

Deno.test("Channel.handleInfo() warns of messages that nobody handles, by default, and goes on", async () => {
  using warnings = stub(console, "warn", () => {});
  using setup = await joinAnn({ handleIn: { echo: (payload) => reply(payload) } });
  setup.sockets[0]!.self.send("hello?");
  await setup.ann.send("1", "2", "room:a", "echo", {});
  assertEquals(warnings.calls.length, 1);
  assertMatch(String(warnings.calls[0]!.args[0]), /channel of "room:a" got a message/);
  assertEquals(setup.ann.take(), [replyTo("2", "ok", {})]);
});

Deno.test("Channel.handleCall may reply later, stop, or fail its caller", async () => {
  const froms: From<unknown>[] = [];
  using crashes = new Crashes();
  using setup = await joinAnn({
    handleCall: {
      later: (_: undefined, _socket: ChannelSocket<User>, from: From<unknown>) => {
        froms.push(from);
        return noreply();
      },
      leave: () => replyAndStop("bye", "normal", undefined),
      fail: () => Promise.reject(BOOM),
      forget: () => Promise.resolve(undefined as never),
    },
  });
  const ref = () => setup.sockets.at(-1)!.server<{ calls: Record<string, () => unknown> }>();
  const later = ref().call("later");
  await settle();
  froms[0]!.reply("at last");
  assertEquals(await later, "at last");
  assertEquals(await ref().call("leave"), "bye");
  await settle();
  assertEquals(setup.ann.take(), [CLOSED]);
  for (const name of ["fail", "forget"]) {
    await setup.ann.join("room:a");
    await assertRejects(() => ref().call(name), CallExitError);
    assertEquals(setup.ann.take(), [CRASHED]);
  }
  const [, forgotten] = crashes.messages;
  assertMatch(
    forgotten!,
    /Cannot continue after handleCall "forget": it must return one of its results, returned undefined/,
  );
  assertEquals(crashes.reports.length, 2);
});

Deno.test("Channel has no casts: one ends it", async () => {
  using crashes = new Crashes();
  using setup = await joinAnn();
  const untyped = setup.sockets[0]!.server() as unknown as { cast(name: string): void };
  untyped.cast("x");
  await settle();
  assertEquals(crashes.messages, ['Cannot run handleCast "x": TestRoom "room:a" has no such callback']);
  assertEquals(setup.ann.take(), [CRASHED]);
});

type End = (setup: Setup) => void | Promise<void>;
const told: [what: string, end: End, reason: ExitReason, frames: unknown[]][] = [
  [
    "a leave",
    ({ ann }) => ann.send("1", "2", "room:a", "phx_leave", {}),
    { shutdown: "left" },
    [replyTo("2", "ok", {}), CLOSED],
  ],
  ["the connection's end", ({ ann }) => ann.hangUp({ shutdown: "peer_closed" }), { shutdown: "peer_closed" }, []],
  ["the connection's failure", ({ ann }) => ann.hangUp(BOOM), BOOM, []],
  ["a stop from outside", ({ sockets }) => sockets[0]!.server().stop("shutdown"), "shutdown", [CRASHED]],
];
Deno.test.each(told)("Channel.terminate() is told of %s", async (_what, end, reason, frames) => {
  using setup = await joinAnn();
  await end(setup);
  await settle();
  assertEquals(setup.ended, [reason]);
  assertEquals(setup.ann.take(), frames);
  assertEquals(setup.server.channels.size, 0);
});

const untold: [what: string, end: End, frames: unknown[]][] = [
  ["an exit signal", ({ sockets }) => sockets[0]!.self.exit(BOOM), [CRASHED]],
  ["a kill", ({ sockets }) => sockets[0]!.self.exit("kill"), [CRASHED]],
  [
    "a second join",
    ({ ann }) => ann.send("2", "2", "room:a", "phx_join", {}),
    [["2", "2", "room:a", "phx_reply", { status: "ok", response: {} }], CLOSED],
  ],
];
Deno.test.each(untold)("Channel.terminate() is not run by %s", async (_what, end, frames) => {
  using setup = await joinAnn();
  await end(setup);
  await settle();
  assertEquals(setup.ended, []);
  assertEquals(setup.ann.take(), frames);
});

Deno.test("Channel.terminate() may still broadcast and push: its client hears it after phx_close", async () => {
  using setup = await joinAnn({
    terminate(_reason, socket) {
      socket.broadcast("gone", { user: socket.assigns.user });
      socket.push("last", {});
    },
  });
  const bob = await setup.server.connect({ user: "bob" });
  await bob.join("room:a");
  await setup.ann.send("1", "2", "room:a", "phx_leave", {});
  assertEquals(bob.take(), [[null, null, "room:a", "gone", { user: "ann" }]]);
  assertEquals(setup.ann.take(), [
    replyTo("2", "ok", {}),
    CLOSED,
    [null, null, "room:a", "gone", { user: "ann" }],
    ["1", null, "room:a", "last", {}],
  ]);
});

const failingTerminates: [what: string, terminate: () => void | Promise<void>][] = [
  ["throws", boom],
  ["rejects", () => Promise.reject(BOOM)],
];
Deno.test.each(failingTerminates)(
  "Channel.terminate() that %s is reported, and the channel ends",
  async (_what, terminate) => {
    using crashes = new Crashes();
    using setup = await joinAnn({ terminate });
    await setup.ann.send("1", "2", "room:a", "phx_leave", {});
    assertEquals(setup.ann.take(), [replyTo("2", "ok", {}), CLOSED]);
    assertEquals([crashes.messages, setup.server.channels.size], [["boom"], 0]);
  },
);

const unencodable: [what: string, join: () => JoinResult | Promise<JoinResult>][] = [
  ["ok(bigint)", () => ok([1n])],
  ["ok(function)", () => ok((() => {}) as never)],
  ["a promise of ok(bigint)", () => Promise.resolve(ok([1n]))],
  ["refuse(bigint)", () => refuse([1n])],
  ["a promise of refuse(function)", () => Promise.resolve(refuse((() => {}) as never))],
];
Deno.test.each(unencodable)(
  "Channel.join() that answers %s, which no frame can carry, crashes",
  async (_what, join) => {
    using crashes = new Crashes();
    let fails = true;
    using setup = await connectAnn({ join: () => fails ? join() : ok() });
    await setup.ann.send("1", "1", "room:a", "phx_join", {});
    assertEquals(setup.ann.take(), [replyTo("1", "error", { reason: "join crashed" })]);
    assertEquals(crashes.reports.length, 1);
    assertEquals([setup.server.channels.size, setup.server.pubsub.subscriberCount("room:a")], [0, 0]);
    fails = false;
    await setup.ann.send("2", "2", "room:a", "phx_join", {});
    assertEquals(setup.ann.take().length, 1);
    assertEquals(setup.server.channels.size, 1);
  },
);

const notDeclared: [what: string, callbacks: Callbacks][] = [
  ["handleOut", { handleOut: null as never }],
  ["maxPayloadBytes", { maxPayloadBytes: { say: -1 } }],
  ["messageRate", { messageRate: { perSecond: 0, burst: 1 } }],
];
Deno.test.each(notDeclared)(
  "Channel whose %s make no sense crashes its join, before it is answered",
  async (_what, callbacks) => {
    using crashes = new Crashes();
    using setup = await connectAnn(callbacks);
    for (const ref of ["1", "2"]) await setup.ann.send(ref, ref, "room:a", "phx_join", {});
    const crashed = { status: "error", response: { reason: "join crashed" } };
    assertEquals(setup.ann.take(), ["1", "2"].map((ref) => [ref, ref, "room:a", "phx_reply", crashed]));
    assertEquals(crashes.reports.length, 2);
  },
);

const failing: readonly [callback: string, callbacks: () => Callbacks, event: string][] = [
  ['handleIn "fail"', () => ({ handleIn: { fail: () => boom() } }), "fail"],
  ['handleOut "shout"', () => ({
    handleIn: {
      fail: (_payload, socket) => {
        socket.broadcast("shout", {});
        return noreply();
      },
    },
    handleOut: { shout: boom },
  }), "fail"],
  ["handleInfo", () => ({
    handleIn: {
      fail: (_payload, socket) => {
        socket.self.send("anything");
        return noreply();
      },
    },
    handleInfo: () => boom(),
  }), "fail"],
];

Deno.test.each(failing)("Channel's crash report names %s", async (callback, callbacks, event) => {
  using crashes = new Crashes();
  using server = serveRoom(callbacks);
  const client = await server.connect();
  await client.join("room:a");
  await client.send("1", "2", "room:a", event, {});
  assertEquals(crashes.reports.map(({ during }) => during), [callback]);
});

for (const after of [later, foreignPromise]) {
  Deno.test(`Socket and Channel wait for what is no Promise but comes later (${after.name})`, async () => {
    const ends: ExitReason[] = [];
    class Room extends Channel {
      override join() {
        return after(ok({ joined: true }));
      }
      override afterJoin(socket: ChannelSocket) {
        return after(undefined).then(() => socket.push("ready", {}));
      }
      override handleIn = this.handlers({ hi: () => after(reply({ hi: true })), bye: () => after(stop("normal")) });
      override terminate(reason: ExitReason) {
        ends.push(reason);
      }
    }
    class LateSocket extends Socket {
      override channels = { "room:*": Room };
      override connect() {
        return after(ok({}));
      }
    }
    await using client = await connect(LateSocket);
    const room = await client.subscribeAndJoin("room:a");
    assertEquals(room.joinReply, { joined: true });
    await room.assertPush("ready");
    await room.assertReply(room.push("hi"), "ok", { hi: true });
    room.push("bye");
    await settle();
    assertEquals(ends, ["normal"]);
  });
}

for (const where of ["connect", "join", "handleIn"] as const) {
  Deno.test(`${where} that returns an object which only looks like a result fails`, async () => {
    using crashes = new Crashes();
    const fake = { next: "ok", value: {}, after: undefined } as never;
    class Room extends Channel {
      override join() {
        return where === "join" ? fake : ok();
      }
      override handleIn = this.handlers({ hi: () => ({ ...noreply() }) });
    }
    class FakeSocket extends Socket {
      override channels = { "room:*": Room };
      override connect() {
        return where === "connect" ? fake : ok({});
      }
    }
    if (where === "connect") {
      return void await assertRejects(() => connect(FakeSocket), Error, "connect must return ok");
    }
    await using client = await connect(FakeSocket);
    if (where === "join") await assertRejects(() => client.subscribeAndJoin("room:a"));
    else {
      const room = await client.subscribeAndJoin("room:a");
      room.push("hi");
      await settle();
    }
    assertMatch(crashes.messages[0]!, where === "join" ? /join must return ok/ : /must return one of its results/);
  });
}
