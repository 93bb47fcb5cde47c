import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AlreadyStartedError,
  CallExitError,
  ChildError,
  DynamicSupervisor,
  type DynamicSupervisorRef,
  type ExitReason,
  GenServer,
  ignore,
  isLocal,
  keepState,
  KeyedServers,
  KeyedServersFullError,
  type KeyedServersFullEvent,
  type KeyedServersLimits,
  listProcesses,
  type MaybePromise,
  noreply,
  PubSub,
  reply,
  sendEvery,
  type ServerCalls,
  type ServerInterface,
  type ServerRef,
  StartError,
  startIn,
  StateMachine,
  stop,
  supervisionTree,
  Supervisor,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { Leaks } from "../support/leaks.ts";
import { Collected } from "../support/telemetry.ts";

interface Room {
  calls: { add(line: string): number; wait(until: Promise<void>): string; owe(): string };
  casts: { note(line: string): void; leave(): void; crash(): void };
}

/** What servers of a test are told to do, and what they did. */
class Script {
  /** What `init` does with a key. */
  starting: (key: string) => MaybePromise<void> = () => {};
  /** What `terminate` does. */
  ending: (key: string) => MaybePromise<void> = () => {};
  readonly log: string[] = [];
}

interface Start {
  readonly key: string;
  readonly script: Script;
}
interface State extends Start {
  readonly lines: readonly string[];
}

class RoomServer extends GenServer<State, Room> {
  override async init({ key, script }: Start) {
    script.log.push(`init ${key}`);
    await script.starting(key);
    return { key, script, lines: [] };
  }
  override handleCall = this.calls({
    add: (state, line) => reply(state.lines.length + 1, { ...state, lines: [...state.lines, line] }),
    wait: async (state, until) => {
      await until;
      return reply("done", state);
    },
    owe: (state) => noreply(state),
  });
  override handleCast = this.casts({
    note: (state, line) => noreply({ ...state, lines: [...state.lines, line] }),
    leave: (state) => stop("normal", state),
    crash: (): never => {
      throw new Error("boom");
    },
  });
  override async terminate({ key, script, lines }: State, reason: ExitReason) {
    await script.ending(key);
    script.log.push(`${typeof reason === "object" && "shutdown" in reason ? reason.shutdown : reason} ${key} ${lines}`);
  }
}

/** A server that must be one of this thread. */
function here<I extends ServerInterface>(server: ServerCalls<I>): ServerRef<I> {
  assert(isLocal(server));
  return server;
}

/** Rooms under a supervisor, both gone at the end of the test. */
async function open(options: Partial<KeyedServersLimits> = {}, script = new Script()) {
  const supervisor = await DynamicSupervisor.start();
  const rooms = new KeyedServers(RoomServer, {
    supervisor,
    pubsub: new PubSub(),
    arg: (key) => ({ key, script }),
    ...options,
  });
  return { supervisor, rooms, script, log: script.log, [Symbol.asyncDispose]: () => supervisor.stop("shutdown") };
}

Deno.test("KeyedServers.ensure() starts a server once, and finds it afterwards", async () => {
  using _ = new Leaks();
  await using opened = await open();
  const { rooms, log } = opened;
  const room = await rooms.ensure("a");
  assertEquals(await room.call("add", "x"), 1);
  assertStrictEquals(await rooms.ensure("a"), room);
  assertEquals(await (await rooms.ensure("a")).call("add", "y"), 2);
  assert(await rooms.ensure("b") !== room);
  assertEquals(log, ["init a", "init b"]);
});

Deno.test("KeyedServers.ensure() shares one start among all who ask meanwhile", async () => {
  await using opened = await open();
  const { rooms, script, log } = opened;
  const ready = Promise.withResolvers<void>();
  script.starting = () => ready.promise;
  const asked = Promise.all([rooms.ensure("a"), rooms.ensure("a"), rooms.ensure("a")]);
  assertEquals([rooms.size, rooms.whereis("a")], [1, undefined]);
  ready.resolve();
  assertEquals(new Set(await asked).size, 1);
  assertEquals(log, ["init a"]);
});

Deno.test("KeyedServers.ensure() does not let a key wait for another one's init", async () => {
  await using opened = await open();
  const { rooms, script } = opened;
  const ready = Promise.withResolvers<void>();
  script.starting = (key) => key === "slow" ? ready.promise : undefined;
  const slow = rooms.ensure("slow");
  assertEquals(await (await rooms.ensure("fast")).call("add", "x"), 1);
  ready.resolve();
  assertEquals(await (await slow).call("add", "x"), 1);
});

Deno.test("KeyedServers.ensure() fails for all who wait when a start fails, and tries again the next time", async () => {
  using _ = new Leaks();
  using crashes = new Crashes();
  await using opened = await open();
  const { rooms, script } = opened;
  script.starting = () => {
    throw new Error("no database");
  };
  for (const asked of [rooms.ensure("a"), rooms.ensure("a")]) {
    const error = await assertRejects(() => asked, StartError, "Cannot start RoomServer:a: Error: no database");
    assertInstanceOf(error.reason, Error);
  }
  assertEquals([rooms.size, rooms.whereis("a"), [...rooms.keys()]], [0, undefined, []]);
  script.starting = () => {};
  assertEquals(await (await rooms.ensure("a")).call("add", "x"), 1);
  assertEquals(crashes.messages, ["no database"]);
});

class Refusing extends GenServer<null> {
  override init(how: string) {
    if (how === "ignore") return ignore();
    return how === "stop" ? stop("shutdown") : new Promise<null>(() => {});
  }
}

Deno.test("KeyedServers.ensure() says why a start failed, whatever the reason", async () => {
  using time = new FakeTime();
  using _ = new Leaks();
  await using supervisor = await DynamicSupervisor.start();
  const servers = new KeyedServers(Refusing, { supervisor, pubsub: new PubSub(), startTimeoutMs: 50 });
  const reasons: unknown[] = [];
  for (const how of ["ignore", "stop", "hang"]) {
    const asked = servers.ensure(how);
    const failed = assertRejects(() => asked, StartError);
    await pass(time, 50);
    reasons.push((await failed).reason);
  }
  assertEquals([reasons, servers.size], [["ignore", "shutdown", "timeout"], 0]);
});

/** Lets time pass, after what happens now and before what happens then is over. */
async function pass(time: FakeTime, ms: number): Promise<void> {
  await settle({ timeoutMs: 5 });
  await time.tickAsync(ms);
  await settle({ timeoutMs: 5 });
}

class BadConstructor extends GenServer<null> {
  constructor() {
    super();
    throw new Error("no constructor");
  }
  override init(_: string) {
    return null;
  }
}

Deno.test("KeyedServers.ensure() fails when the class or the argument cannot be made", async () => {
  await using supervisor = await DynamicSupervisor.start();
  const pubsub = new PubSub();
  using _ = new Collected("urvogel:supervisor:start_failed");
  const bad = new KeyedServers(BadConstructor, { supervisor, pubsub });
  await assertRejects(() => bad.ensure("a"), StartError, "no constructor");
  const arg = () => {
    throw new Error("no argument");
  };
  const rooms = new KeyedServers(RoomServer, { supervisor, pubsub, arg });
  await assertRejects(() => rooms.ensure("a"), Error, "no argument");
  assertEquals([bad.size, rooms.size], [0, 0]);
  await assertRejects(
    () => rooms.ensure(7 as never),
    TypeError,
    'Cannot start server of RoomServer: "key" must be a string, received number',
  );
});

Deno.test("KeyedServers.whereis() only finds what runs and can be used", async () => {
  await using opened = await open();
  const { rooms, script, log } = opened;
  assertEquals(rooms.whereis("a"), undefined);
  const room = await rooms.ensure("a");
  assertStrictEquals(rooms.whereis("a"), room);
  const ending = Promise.withResolvers<void>();
  script.ending = () => ending.promise;
  const stopped = rooms.stop("a");
  assertEquals([rooms.whereis("a"), here(room).alive], [undefined, true]);
  ending.resolve();
  await stopped;
  assertEquals([rooms.whereis("a"), rooms.size, log], [undefined, 0, ["init a", "shutdown a "]]);
});

Deno.test("KeyedServers.keys() and iteration show the servers of this node", async () => {
  await using opened = await open();
  const { rooms } = opened;
  const a = await rooms.ensure("a");
  const b = await rooms.ensure("b");
  assertEquals([[...rooms.keys()], rooms.size], [["a", "b"], 2]);
  assertEquals([...rooms], [["a", a], ["b", b]]);
  await rooms.stop("a");
  await rooms.stop("never there");
  assertEquals([[...rooms.keys()], [...rooms]], [["b"], [["b", b]]]);
  await rooms.stopAll();
  assertEquals([[...rooms.keys()], rooms.size, here(b).alive], [[], 0, false]);
});

Deno.test("KeyedServers.ensure() starts a crashed server again, which the supervisor does not", async () => {
  using _ = new Leaks();
  using crashes = new Crashes();
  await using opened = await open();
  const { rooms, supervisor } = opened;
  for (let i = 0; i < 20; i++) {
    const room = await rooms.ensure("a");
    room.cast("crash");
    await settle();
    assertEquals([here(room).alive, rooms.whereis("a"), rooms.size], [false, undefined, 0]);
  }
  assertEquals(await (await rooms.ensure("a")).call("add", "x"), 1);
  assertEquals([crashes.messages.length, supervisor.alive, (await supervisor.countChildren()).specs], [20, true, 1]);
});

Deno.test("KeyedServers.ensure() waits for the end of the server before it, however that began", async () => {
  const ways: Record<string, (opened: Awaited<ReturnType<typeof open>>) => MaybePromise<void>> = {
    "stop(key)": ({ rooms }) => void rooms.stop("a"),
    "ServerRef.stop()": ({ rooms }) => void rooms.whereis("a")!.stop(),
    "its own stop": async ({ rooms }) => {
      rooms.whereis("a")!.cast("leave");
      await settle({ timeoutMs: 5 });
    },
    "stopAll()": ({ rooms }) => void rooms.stopAll(),
  };
  for (const [name, end] of Object.entries(ways)) {
    await using opened = await open();
    const { rooms, script, log } = opened;
    const ending = Promise.withResolvers<void>();
    script.ending = () => ending.promise;
    const first = await rooms.ensure("a");
    first.cast("note", "kept");
    await end(opened);
    const asked = Promise.all([rooms.ensure("a"), rooms.ensure("a")]);
    await settle({ timeoutMs: 5 });
    assertEquals(log, ["init a"], name);
    script.ending = () => {};
    ending.resolve();
    const [second, same] = await asked;
    assertStrictEquals(second, same, name);
    assertEquals(await second.call("add", "x"), 1, name);
    assertEquals([log[1]!.slice(-6), log[2]], ["a kept", "init a"], name);
  }
});

Deno.test("KeyedServers.stop() lets those who asked for the server before use it", async () => {
  await using opened = await open();
  const { rooms, log } = opened;
  await rooms.ensure("a");
  const before = rooms.ensure("a").then((room) => room).then((room) => room.call("add", "x"));
  const stopped = rooms.stop("a");
  const after = rooms.ensure("a").then((room) => room.call("add", "y"));
  assertEquals(await Promise.all([before, after]), [1, 1]);
  await stopped;
  assertEquals(log, ["init a", "shutdown a x", "init a"]);
});

Deno.test("KeyedServers.stop() ends a server that is about to start, and ensure() starts the next one", async () => {
  await using opened = await open();
  const { rooms, script, log } = opened;
  const ready = Promise.withResolvers<void>();
  script.starting = () => ready.promise;
  const first = rooms.ensure("a");
  const stopped = rooms.stop("a");
  const second = rooms.ensure("a");
  ready.resolve();
  await stopped;
  assertEquals(here(await first).alive, false);
  assertEquals(await (await second).call("add", "x"), 1);
  assertEquals(log, ["init a", "shutdown a ", "init a"]);
});

Deno.test("KeyedServers.stop() kills a server that takes longer than shutdownMs", async () => {
  using time = new FakeTime();
  using _ = new Leaks();
  for (const [options, ms] of [[{}, 5000], [{ shutdownMs: 10 }, 10]] as const) {
    await using opened = await open(options);
    const { rooms, script } = opened;
    script.ending = () => new Promise(() => {});
    const first = await rooms.ensure("a");
    void rooms.stop("a");
    const next = rooms.ensure("a");
    await pass(time, ms - 1);
    assertEquals(here(first).alive, true);
    await pass(time, 1);
    assertEquals(here(first).alive, false);
    script.ending = () => {};
    assertEquals(await (await next).call("add", "x"), 1);
  }
});

Deno.test("KeyedServers.stop() kills a server whose init takes longer than shutdownMs", async () => {
  using time = new FakeTime();
  using _ = new Leaks();
  await using opened = await open({ shutdownMs: 10 });
  const { rooms, script } = opened;
  script.starting = () => new Promise(() => {});
  const failed = assertRejects(() => rooms.ensure("a"), StartError, "killed");
  await settle();
  const stopped = rooms.stop("a");
  script.starting = () => {};
  const next = rooms.ensure("a");
  await pass(time, 10);
  await failed;
  await stopped;
  assertEquals(await (await next).call("add", "x"), 1);
});

Deno.test("KeyedServers ends a server in order when it was not used for idleMs", async () => {
  using time = new FakeTime();
  using _ = new Leaks();
  await using opened = await open({ idleMs: 1000 });
  const { rooms, log } = opened;
  const room = await rooms.ensure("a");
  room.cast("note", "x");
  await pass(time, 999);
  assertEquals(here(room).alive, true);
  await pass(time, 251);
  assertEquals([here(room).alive, rooms.size, log], [false, 0, ["init a", "idle a x"]]);
});

Deno.test("KeyedServers never ends an unused server when there is no idleMs", async () => {
  using time = new FakeTime();
  await using opened = await open();
  const room = await opened.rooms.ensure("a");
  await pass(time, 365 * 24 * 3600 * 1000);
  assertEquals(here(room).alive, true);
});

Deno.test("KeyedServers takes calls, casts, ensure(), work and owed replies for use, and nothing else", async () => {
  using time = new FakeTime();
  await using opened = await open({ idleMs: 1000 });
  const { rooms } = opened;
  using _ = new Collected("urvogel:process:message_unhandled");
  const work = Promise.withResolvers<void>();
  const uses: Record<string, (key: string) => Promise<unknown>> = {
    call: async (key) => await rooms.whereis(key)!.call("add", "x"),
    cast: async (key) => void await rooms.whereis(key)!.cast("note", "x"),
    ensure: async (key) => await rooms.ensure(key),
  };
  for (const key of [...Object.keys(uses), "work", "owed", "whereis"]) await rooms.ensure(key);
  const done = (await rooms.ensure("work")).call("wait", work.promise, { timeoutMs: Infinity });
  const owed = (await rooms.ensure("owed")).call("owe", undefined, { timeoutMs: 3000 });
  const late = assertRejects(() => owed, Error, "no reply within 3000 ms");
  for (let i = 0; i < 8; i++) {
    await pass(time, 500);
    rooms.whereis("whereis")?.send(0 as never);
    for (const [key, use] of Object.entries(uses)) await use(key);
    if (i === 4) assertEquals([...rooms.keys()], [...Object.keys(uses), "work", "owed"]);
  }
  work.resolve();
  await Promise.all([done, late]);
  assertEquals([...rooms.keys()], [...Object.keys(uses), "work"]);
  await pass(time, 1250);
  assertEquals(rooms.size, 0);
});

Deno.test("KeyedServers ends an unused server whenever its own timers are due", async () => {
  class Ticking extends GenServer<number> {
    override init(everyMs: number) {
      sendEvery(this.self, "tick", everyMs);
      return 0;
    }
    override handleInfo(state: number) {
      return noreply(state + 1);
    }
  }
  for (const everyMs of [100, 250, 300, 500, 999, 1000, 1001]) {
    using time = new FakeTime();
    const arg = () => everyMs;
    await using rooms = new KeyedServers(Ticking, { pubsub: new PubSub(), arg, idleMs: 1000 });
    await rooms.start();
    await rooms.ensure("a");
    for (let i = 0; i < 5; i++) await pass(time, 250);
    assertEquals(rooms.size, 0, `a timer every ${everyMs} ms`);
  }
});

Deno.test("KeyedServers keeps an unused server while keepWhile says so, or throws", async () => {
  using time = new FakeTime();
  using crashes = new Crashes();
  const kept = new Set(["a", "b"]);
  const keepWhile = (key: string) => {
    if (key === "b" && kept.has(key)) throw new Error("cannot say");
    return kept.has(key);
  };
  await using opened = await open({ idleMs: 1000, keepWhile });
  const { rooms } = opened;
  for (const key of ["a", "b", "c"]) await rooms.ensure(key);
  await pass(time, 2500);
  assertEquals([...rooms.keys()], ["a", "b"]);
  assertEquals(crashes.reports.map(({ during, error }) => [during, error.message]), [
    ["keepWhile", "cannot say"],
    ["keepWhile", "cannot say"],
  ]);
  kept.clear();
  await pass(time, 1000);
  assertEquals(rooms.size, 0);
});

Deno.test("KeyedServers.ensure() and a call in the moment of the idle end are never lost", async () => {
  for (let moment = 0; moment < 60; moment++) {
    using time = new FakeTime();
    await using opened = await open({ idleMs: 100 });
    const { rooms, log } = opened;
    await rooms.ensure("a");
    const called = (async () => {
      await new Promise((resolve) => setTimeout(resolve, 100)); // together with the watch
      for (let i = 0; i < moment % 20; i++) await Promise.resolve();
      return await (await rooms.ensure("a")).call("add", "x");
    })();
    const held = rooms.whereis("a")!;
    await time.tickAsync(moment < 20 ? 100 : 99);
    if (moment >= 20) time.tick(1);
    const sent = held.cast("note", "y");
    assertEquals(await called > 0, true, `moment ${moment}`);
    await settle();
    await rooms.stopAll();
    const notes = log.filter((line) => line.includes("y")).length;
    assertEquals(notes, sent === "sent" ? 1 : 0, `moment ${moment}: ${sent} ${log}`);
  }
});

Deno.test("KeyedServers refuses keys beyond maxKeys, and says so", async () => {
  using full = new Collected<KeyedServersFullEvent>("urvogel:keyed:full");
  await using opened = await open({ maxKeys: 2 });
  const { rooms } = opened;
  await Promise.all([rooms.ensure("a"), rooms.ensure("b"), rooms.ensure("a")]);
  const message = 'Cannot start server "c" of RoomServer: there are "maxKeys" already, which is 2';
  const error = await assertRejects(() => rooms.ensure("c"), KeyedServersFullError, message);
  assertEquals(error.maxKeys, 2);
  assertEquals(full.events, [{ name: "RoomServer", key: "c", maxKeys: 2 }]);
  assert(await rooms.ensure("a"));
  await rooms.stop("a");
  assert(await rooms.ensure("c"));
});

Deno.test("KeyedServers lets 100,000 keys have a server when there is no maxKeys", async () => {
  await using supervisor = await DynamicSupervisor.start();
  const servers = new KeyedServers(Plain, { supervisor, pubsub: new PubSub() });
  for (let i = 0; i < 100_000; i++) await servers.ensure(`${i}`);
  await assertRejects(() => servers.ensure("more"), KeyedServersFullError, "which is 100000");
});

class Plain extends GenServer<string, { calls: { key(): string } }> {
  override init(key: string) {
    return key;
  }
  override handleCall = this.calls({ key: (state) => reply(state, state) });
}

Deno.test("KeyedServers gives init the key when there is no arg", async () => {
  await using supervisor = await DynamicSupervisor.start();
  const servers = new KeyedServers(Plain, { supervisor, pubsub: new PubSub() });
  assertEquals(await (await servers.ensure("a")).call("key"), "a");
});

interface Light {
  states: { on: number };
  calls: { count(): number };
  casts: { push(): void };
}
class LightMachine extends StateMachine<Light> {
  override init({ start }: { start: number }) {
    return startIn("on", start);
  }
  override states = this.define({
    on: {
      calls: { count: (count) => reply(count) },
      casts: { push: (count) => keepState(count + 1) },
    },
  });
}

Deno.test("KeyedServers keeps state machines as well, with their types", async () => {
  using time = new FakeTime();
  using _ = new Leaks();
  await using supervisor = await DynamicSupervisor.start();
  const lights = new KeyedServers(LightMachine, {
    supervisor,
    pubsub: new PubSub(),
    arg: (key) => ({ start: key.length }),
    idleMs: 1000,
  });
  const light = await lights.ensure("door");
  light.cast("push");
  assertEquals(await light.call("count"), 5);
  await pass(time, 1250);
  assertEquals([here(light).alive, lights.size], [false, 0]);
});

Deno.test("KeyedServers bounds the mailboxes of its servers when it is told to", async () => {
  await using opened = await open({ mailbox: { capacity: 1 } });
  const room = await opened.rooms.ensure("a");
  const work = Promise.withResolvers<void>();
  const done = room.call("wait", work.promise);
  await settle({ timeoutMs: 5 });
  assertEquals([room.cast("note", "x"), room.cast("note", "y")], ["sent", "full"]);
  work.resolve();
  await done;
});

Deno.test("KeyedServers needs a supervisor: as an option, by name, or its own in the tree", async () => {
  using _ = new Leaks();
  const pubsub = new PubSub();
  const none = new KeyedServers(Plain, { pubsub });
  await assertRejects(() => none.ensure("a"), TypeError, "Cannot start Plain:a: put child() under a supervisor");

  const named = new KeyedServers(Plain, { pubsub, supervisor: "plain servers" });
  const error = await assertRejects(() => named.ensure("a"), StartError);
  assertEquals(error.reason, "noproc");
  const supervisor = await DynamicSupervisor.start({ name: "plain servers" });
  assertEquals(await (await named.ensure("a")).call("key"), "a");
  await assertRejects(() => named.start(), TypeError, 'Cannot start Plain: the option "supervisor"');
  await supervisor.stop("shutdown");
  await assertRejects(() => named.ensure("a"), StartError);

  const gone = new KeyedServers(Plain, { pubsub, supervisor });
  assertEquals((await assertRejects(() => gone.ensure("a"), StartError)).reason, "noproc");
});

Deno.test("KeyedServers.start() runs a supervisor of its own, which goes with it", async () => {
  using _ = new Leaks();
  const servers = new KeyedServers(Plain, { pubsub: new PubSub(), name: "games" });
  {
    await using _servers = servers;
    const supervisor = await servers.start();
    await servers.ensure("a");
    assertEquals([supervisor.label, (await supervisor.whichChildren()).map(({ id }) => id)], ["games", ["games:a"]]);
    await assertRejects(() => servers.start(), AlreadyStartedError);
  }
  assertEquals(servers.size, 0);
  assertEquals((await assertRejects(() => servers.ensure("a"), StartError)).reason, "noproc");
});

Deno.test("KeyedServers.start() starts one supervisor when it is called twice at once", async () => {
  using _ = new Leaks();
  await using servers = new KeyedServers(Plain, { pubsub: new PubSub(), name: "games" });
  const [first, second] = await Promise.allSettled([servers.start(), servers.start()]);
  assert(first.status === "fulfilled" && second.status === "rejected");
  assert(second.reason instanceof AlreadyStartedError);
  assertEquals(second.reason.pid, first.value);
  await servers.ensure("a");
  assertEquals((await first.value.whichChildren()).map(({ id }) => id), ["games:a"]);
});

Deno.test("KeyedServers.start() starts a supervisor after a start at the same time that failed", async () => {
  using _ = new Leaks();
  await using taken = await DynamicSupervisor.start({ name: "taken" });
  await using servers = new KeyedServers(Plain, { pubsub: new PubSub(), name: "games" });
  const [first, second] = await Promise.allSettled([servers.start({ name: "taken" }), servers.start()]);
  assertEquals([first.status, second.status, taken.alive], ["rejected", "fulfilled", true]);
});

Deno.test("KeyedServers.child() puts it into a tree, and works again after a restart", async () => {
  using _ = new Leaks();
  const games = new KeyedServers(Plain, { pubsub: new PubSub(), name: "games" });
  await using tree = await Supervisor.start([games.child({ name: "game supervisor" })]);
  const first = await games.ensure("a");
  assertStringIncludes(String(supervisionTree(tree)), "games:a");
  DynamicSupervisor.whereis("game supervisor")!.exit("kill");
  await settle();
  assertEquals([here(first).alive, games.size], [false, 0]);
  assertEquals(await (await games.ensure("a")).call("key"), "a");
});

Deno.test("KeyedServers ends all servers, each with its terminate, when the supervisor ends", async () => {
  class Trapping extends RoomServer {
    override init(start: Start) {
      this.self.trapExit = true;
      return super.init(start);
    }
  }
  const script = new Script();
  const supervisor = await DynamicSupervisor.start();
  const rooms = new KeyedServers(Trapping, { supervisor, pubsub: new PubSub(), arg: (key) => ({ key, script }) });
  await Promise.all(["a", "b"].map((key) => rooms.ensure(key)));
  await supervisor.stop("shutdown");
  assertEquals([rooms.size, script.log.slice(2)], [0, ["shutdown a ", "shutdown b "]]);
});

Deno.test("KeyedServers.ensure() fails when the supervisor ends while a server starts", async () => {
  using _ = new Leaks();
  await using opened = await open();
  const { rooms, script, supervisor } = opened;
  script.starting = () => new Promise(() => {});
  const asked = rooms.ensure("a");
  const failed = assertRejects(() => asked, StartError);
  await settle({ timeoutMs: 5 });
  await supervisor.stop("shutdown");
  await failed;
  assertEquals(rooms.size, 0);
});

Deno.test("KeyedServers.ensure() passes on that the supervisor has maxChildren", async () => {
  await using supervisor: DynamicSupervisorRef = await DynamicSupervisor.start({ maxChildren: 1 });
  const servers = new KeyedServers(Plain, { supervisor, pubsub: new PubSub() });
  await servers.ensure("a");
  await assertRejects(() => servers.ensure("b"), ChildError, 'there are "maxChildren" already');
  assertEquals(servers.size, 1);
});

Deno.test("KeyedServers fails calls of a server that crashes, with the reason", async () => {
  using _ = new Crashes();
  await using opened = await open();
  const room = await opened.rooms.ensure("a");
  room.cast("crash");
  await assertRejects(() => room.call("add", "x"), CallExitError, "boom");
});

Deno.test("KeyedServers refuses classes and limits that make no sense", () => {
  const pubsub = new PubSub();
  const wrong: [KeyedServersLimits, string][] = [
    [{ pubsub, maxKeys: 0 }, '"maxKeys" must be >= 1, received 0'],
    [{ pubsub, idleMs: 0 }, '"idleMs" must be > 0, received 0'],
    [{ pubsub, idleMs: NaN }, '"idleMs" must be > 0, received NaN'],
    [{ pubsub, startTimeoutMs: -1 }, '"startTimeoutMs" must be >= 0, received -1'],
    [{ pubsub, shutdownMs: -1 }, '"shutdownMs" must be >= 0, received -1'],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => new KeyedServers(Plain, options), RangeError, `Cannot create keyed servers: ${message}`);
  }
  assertThrows(() => new KeyedServers(Date as never, { pubsub } as never), TypeError, "must extend GenServer or");
});

Deno.test("KeyedServers leaves nothing behind when ten thousand servers came and went", async () => {
  using time = new FakeTime();
  using _ = new Leaks();
  await using supervisor = await DynamicSupervisor.start();
  const before = listProcesses().length;
  const servers = new KeyedServers(Plain, { supervisor, pubsub: new PubSub(), idleMs: 1000 });
  await Promise.all(Array.from({ length: 10_000 }, (_, i) => servers.ensure(`${i}`)));
  assertEquals(servers.size, 10_000);
  await pass(time, 1250);
  await settle();
  assertEquals([servers.size, listProcesses().length], [0, before]);
  assertEquals((await supervisor.countChildren()).specs, 0);
});
