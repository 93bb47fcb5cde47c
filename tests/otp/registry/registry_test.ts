import { assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows, fail } from "@std/assert";
import {
  Agent,
  AlreadyStartedError,
  Down,
  DuplicateRegistry,
  Exit,
  GenServer,
  listProcesses,
  type Pid,
  processInfo,
  register as nameProcess,
  type Registry,
  type RegistryEvent,
  reply,
  type Self,
  spawn,
  UniqueRegistry,
  type ViaName,
  whereis,
} from "@urvogel/realtime";
import { processOf } from "../../../lib/otp/process/process.ts";
import { Crashes } from "../../support/crashes.ts";
import { listenersOf } from "../../support/leaks.ts";

/** A process that does nothing until it is ended. */
function idle(): Pid<unknown> {
  return spawn<unknown>(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

/** Ends what it was given, so that a test leaves no process. */
function end(...pids: Pid<never>[]): void {
  for (const pid of pids) pid.exit("kill");
}

/** A process that collects what it is sent. */
function collector<M>(setUp: (self: Self<M>) => void = () => {}) {
  const messages: M[] = [];
  const pid = spawn<M>(async (mailbox, self) => {
    setUp(self);
    for await (const message of mailbox) messages.push(message);
  });
  return { pid, messages };
}

/** A name that fails to tell who has it. */
const nowhere: ViaName = {
  label: "nowhere",
  register() {},
  whereis() {
    throw new Error("nowhere");
  },
};

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

type AnyRegistry<K, V> = UniqueRegistry<K, V> | DuplicateRegistry<K, V>;

/** What holds for both kinds of keys. */
const KINDS: readonly [string, <K, V>() => AnyRegistry<K, V>][] = [
  ["UniqueRegistry", () => new UniqueRegistry()],
  ["DuplicateRegistry", () => new DuplicateRegistry()],
];

/** Registers where one need not know which kind it is. */
function register<K, V>(registry: AnyRegistry<K, V>, key: K, pid: Pid<never>, value: V): void {
  if (registry instanceof UniqueRegistry) (registry as UniqueRegistry<K, unknown>).register(key, pid, value);
  else (registry as DuplicateRegistry<K, unknown>).register(key, pid, value);
}

/** What is found under a key, as a list. */
function found<K, V>(registry: AnyRegistry<K, V>, key: K) {
  return registry.match(key, () => true).map(({ pid, value }) => ({ pid, value }));
}

for (const [name, create] of KINDS) {
  Deno.test(`${name} counts its entries`, () => {
    const registry = create<string, number>();
    const pid = idle();
    assertEquals(registry.count, 0);
    register(registry, "hello", pid, 1);
    register(registry, "world", pid, 2);
    assertEquals(registry.count, 2);
    end(pid);
    assertEquals(registry.count, 0);
  });

  Deno.test(`${name} forgets a process when it ends, and listens to it no longer than it must`, () => {
    const registry = create<string, number>();
    const [one, two] = [idle(), idle()];
    register(registry, "hello", one, 1);
    register(registry, "world", two, 2);
    one.exit("kill");
    assertEquals(registry.select().map(({ key }) => key), ["world"]);
    assertEquals(registry.keys(one), []);
    two.exit("kill");
    assertEquals(registry.select(), []);
    assertEquals(registry.count, 0);
  });

  Deno.test(`${name}.unregister() takes out the entries of one process under one key`, () => {
    const registry = create<string, number>();
    const pid = idle();
    assertEquals(registry.unregister("hello", pid), 0);
    register(registry, "hello", pid, 1);
    register(registry, "world", pid, 2);
    assertEquals(registry.keys(pid).toSorted(), ["hello", "world"]);
    assertEquals(registry.unregister("hello", pid), 1);
    assertEquals(registry.keys(pid), ["world"]);
    assertEquals(registry.values("world", pid), [2]);
    assertEquals(registry.unregister("world", pid), 1);
    assertEquals(registry.keys(pid), []);
    assertEquals(found(registry, "hello"), []);
    end(pid);
  });

  Deno.test(`${name} listens for the end of a process as long as that has entries, once`, () => {
    const registry = create<string, number>();
    const pid = idle();
    const before = listenersOf(pid);
    register(registry, "hello", pid, 1);
    register(registry, "world", pid, 2);
    assertEquals(listenersOf(pid), before + 1);
    registry.unregister("hello", pid);
    assertEquals(listenersOf(pid), before + 1);
    registry.unregister("world", pid);
    assertStrictEquals(listenersOf(pid), before);
    register(registry, "hello", pid, 1);
    registry.stop("normal");
    assertStrictEquals(listenersOf(pid), before);
    end(pid);
  });

  Deno.test(`${name}.unregister() leaves what another process has under the key`, () => {
    const registry = create<string, number>();
    const [owner, other] = [idle(), idle()];
    register(registry, "hello", owner, 1);
    assertEquals(registry.unregister("hello", other), 0);
    assertEquals(found(registry, "hello"), [{ pid: owner, value: 1 }]);
    end(owner, other);
  });

  Deno.test(`${name} matches values by a function`, () => {
    const registry = create<string, readonly [number, string]>();
    const pid = idle();
    register(registry, "hello", pid, [1, "a"]);
    register(registry, "world", pid, [2, "b"]);
    assertEquals(registry.match("hello", ([n]) => n === 1).map(({ value }) => value), [[1, "a"]]);
    assertEquals(registry.match("hello", ([n]) => n > 1), []);
    assertEquals(registry.match("nobody", () => true), []);
    assertEquals(registry.countMatch("hello", ([, text]) => text === "a"), 1);
    assertEquals(registry.countMatch("hello", (_, who) => who !== pid), 0);
    assertEquals(registry.unregisterMatch("hello", pid, ([n]) => n > 1), 0);
    assertEquals(registry.unregisterMatch("hello", pid, ([n]) => n === 1), 1);
    assertEquals(found(registry, "hello"), []);
    end(pid);
  });

  Deno.test(`${name}.select() finds entries of all keys by all that they are`, () => {
    const registry = create<string, number>();
    const [one, two] = [idle(), idle()];
    assertEquals(registry.select(), []);
    register(registry, "hello", one, 1);
    register(registry, "world", two, 2);
    assertEquals(registry.select(), [
      { key: "hello", pid: one, value: 1 },
      { key: "world", pid: two, value: 2 },
    ]);
    assertEquals(registry.select(({ key }) => key === "world").map(({ pid }) => pid), [two]);
    assertEquals(registry.select(({ pid }) => pid === one).map(({ key }) => key), ["hello"]);
    assertEquals(registry.countSelect(({ value }) => value > 0), 2);
    assertEquals(registry.countSelect(({ value }) => value > 1), 1);
    end(one, two);
  });

  Deno.test.each<[string, unknown, unknown, boolean]>([
    ["equal strings", "a", ["a"].join(), true],
    ["equal numbers", 1, 1.0, true],
    ["not a number and itself", NaN, NaN, true],
    ["zero and minus zero", 0, -0, true],
    ["equal bigints", 1n, BigInt(1), true],
    ["a number and the same bigint", 1, 1n, false],
    ["a number and its text", 1, "1", false],
    ["null and undefined", null, undefined, false],
    ["equal symbols", Symbol.for("a"), Symbol.for("a"), true],
    ["symbols that look alike", Symbol("a"), Symbol("a"), false],
    ["objects that look alike", { b: "b" }, { b: "b" }, false],
    ["tuples that look alike", ["a", 1], ["a", 1], false],
  ])(`${name} compares %s as a Map does`, (_, one, other, same) => {
    const registry = create<unknown, string>();
    const pid = idle();
    register(registry, one, pid, "value");
    assertEquals(found(registry, other).length, same ? 1 : 0);
    assertStrictEquals(registry.unregister(other, pid), same ? 1 : 0);
    end(pid);
  });

  Deno.test(`${name} compares keys by what keyBy says, and keeps them as they were`, () => {
    type Place = readonly [kind: string, id: number];
    const keyBy = ([kind, id]: Place) => `${kind}:${id}`;
    const registry: AnyRegistry<Place, string> = name === "UniqueRegistry"
      ? new UniqueRegistry({ keyBy })
      : new DuplicateRegistry({ keyBy });
    const pid = idle();
    const key: Place = ["room", 7];
    register(registry, key, pid, "seven");
    assertEquals(found(registry, ["room", 7]), [{ pid, value: "seven" }]);
    assertStrictEquals(registry.keys(pid)[0], key);
    assertEquals(registry.values(["room", 7], pid), ["seven"]);
    assertEquals(registry.unregister(["room", 7], pid), 1);
    assertEquals(registry.count, 0);
    end(pid);
  });

  Deno.test(`${name} tells listeners, by pid and by name, of what comes and goes`, async () => {
    const { pid: listener, messages } = collector<RegistryEvent<string, number>>();
    const named = collector<RegistryEvent<string, number>>();
    const options = { listeners: [listener, "registry-listener", "nobody"] };
    const registry: AnyRegistry<string, number> = name === "UniqueRegistry"
      ? new UniqueRegistry(options)
      : new DuplicateRegistry(options);
    const [one, two] = [idle(), idle()];
    register(registry, "hello", one, 1);
    nameProcess("registry-listener", named.pid);
    register(registry, "world", two, 2);
    registry.unregister("world", two);
    end(one);
    await settle();
    const event = (event: string, key: string, pid: Pid<never>, value: number) => ({
      event,
      registry,
      key,
      pid,
      value,
    });
    const later = [
      event("register", "world", two, 2),
      event("unregister", "world", two, 2),
      event("unregister", "hello", one, 1),
    ];
    assertEquals<unknown>(messages, [event("register", "hello", one, 1), ...later]);
    assertEquals<unknown>(named.messages, later);
    end(listener, named.pid, two);
  });

  for (const overflow of ["refuse", "wait", "dropNewest", "dropOldest"] as const) {
    Deno.test(`${name} tells a listener whose mailbox is full ("${overflow}")`, async () => {
      const gate = Promise.withResolvers<void>();
      const messages: unknown[] = [];
      const listener = spawn<RegistryEvent<string, number>>(async (mailbox) => {
        await gate.promise;
        for await (const { event } of mailbox) messages.push(event);
      }, { mailbox: { capacity: 1, overflow } });
      const registry: AnyRegistry<string, number> = name === "UniqueRegistry"
        ? new UniqueRegistry({ listeners: [listener] })
        : new DuplicateRegistry({ listeners: [listener] });
      const pid = idle();
      register(registry, "a", pid, 1);
      registry.unregister("a", pid);
      register(registry, "a", pid, 2);
      gate.resolve();
      await settle();
      assertEquals(messages, ["register", "unregister", "register"]);
      end(listener, pid);
    });
  }

  Deno.test(`${name} forgets an entry whose key was changed, and tells everybody all the same`, async () => {
    interface Key {
      id?: { value: string };
    }
    const { pid: listener, messages } = collector<RegistryEvent<Key, number>>();
    const options = {
      listeners: [nowhere, listener],
      keyBy: ({ id }: Key) => id!.value, // throws once there is none
    };
    const registry: AnyRegistry<Key, number> = name === "UniqueRegistry"
      ? new UniqueRegistry(options)
      : new DuplicateRegistry(options);
    using crashes = new Crashes();
    const key: Key = { id: { value: "a" } };
    const [pid, watcher] = [idle(), collector<unknown>()];
    register(registry, key, pid, 1);
    processOf(watcher.pid).monitor(pid);
    delete key.id;
    end(pid);
    await settle();
    assertEquals(registry.count, 0);
    assertEquals(registry.match({ id: { value: "a" } }, () => true), []);
    assertEquals(messages.map(({ event }) => event), ["register", "unregister"]);
    assertEquals(watcher.messages.map((message) => message instanceof Down), [true]);
    assertEquals(crashes.messages, ["nowhere", "nowhere"]);
    end(listener, watcher.pid);
  });

  Deno.test(`${name} refuses a process that has ended, and what is none`, () => {
    const registry = create<string, number>();
    const pid = idle();
    end(pid);
    assertMatch(
      String(assertThrows(() => register(registry, "hello", pid, 1))),
      /Cannot register "registry:hello": process \d+ has ended/,
    );
    const stranger = { id: -1 } as unknown as Pid<never>;
    assertThrows(() => register(registry, "hello", stranger, 1), Error, "it is not a process of this thread");
    assertEquals(registry.count, 0);
    assertEquals(found(registry, "hello"), []);
  });

  Deno.test(`${name} keeps metadata`, () => {
    const options = { meta: { colour: "blue" } };
    const registry: Registry<string> = name === "UniqueRegistry"
      ? new UniqueRegistry<string>(options)
      : new DuplicateRegistry<string>(options);
    assertEquals(registry.meta("colour"), "blue");
    assertEquals(registry.meta("size"), undefined);
    registry.putMeta("size", 7);
    assertEquals(registry.meta("size"), 7);
    assertEquals(registry.deleteMeta("size"), true);
    assertEquals(registry.deleteMeta("size"), false);
    assertEquals(registry.meta("size"), undefined);
  });

  Deno.test(`${name}.lock() does one thing after the other for equal keys`, async () => {
    const registry = create<string, number>();
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = registry.lock("a", async () => {
      await gate.promise;
      order.push("first");
    });
    const second = registry.lock("a", () => order.push("second"));
    await registry.lock("b", () => order.push("other"));
    gate.resolve();
    await Promise.all([first, second]);
    assertEquals(order, ["other", "first", "second"]);
  });

  Deno.test(`${name}.lock() goes with the process that has it, or waits for it`, async () => {
    const registry = create<string, number>();
    const outcomes: unknown[] = [];
    const locked = Promise.withResolvers<void>();
    const holder = spawn(async (_, self) => {
      const never = registry.lock("a", () => {
        locked.resolve();
        return new Promise<never>(() => {});
      }, { signal: self.signal });
      await never.catch((reason) => outcomes.push(reason));
    });
    await locked.promise;
    const waiter = spawn(async (_, self) => {
      await registry.lock("a", () => outcomes.push("must not run"), { signal: self.signal })
        .catch((reason) => outcomes.push(reason));
    });
    await settle();
    waiter.exit("shutdown");
    holder.exit("kill");
    assertEquals(await registry.lock("a", () => "free"), "free");
    await settle();
    assertEquals(outcomes.toSorted(), ["killed", "shutdown"]);
  });

  Deno.test(`${name}.dispatch() calls the function here and now, if there is anybody`, () => {
    const registry = create<string, number>();
    const pid = idle();
    assertEquals(registry.dispatch("hello", () => fail("must not be called")), false);
    register(registry, "hello", pid, 7);
    const seen: unknown[] = [];
    assertEquals(registry.dispatch("hello", (entries) => seen.push(...entries)), true);
    assertEquals(seen, [{ key: "hello", pid, value: 7 }]);
    assertThrows(
      () =>
        registry.dispatch("hello", () => {
          throw new Error("oops");
        }),
      Error,
      "oops",
    );
    end(pid);
  });

  Deno.test(`${name}.start() gives it a process, with whose end it ends`, async () => {
    const registry = create<string, number>();
    const before = listProcesses().length;
    const parent = idle();
    const process = registry.start({ link: parent, name: "rooms" });
    assertStrictEquals(whereis("rooms"), process);
    assertEquals(processInfo(process)?.links, [parent]);
    assertThrows(() => registry.start(), AlreadyStartedError);
    const trapped = collector<Exit>((self) => self.trapExit = true);
    const pid = idle();
    await settle();
    register(registry, "hello", pid, 1);
    register(registry, "world", trapped.pid, 2);
    parent.exit("shutdown");
    assertEquals(process.alive, false);
    assertEquals(pid.alive, false);
    assertEquals(registry.count, 0);
    assertEquals(found(registry, "world"), []);
    assertThrows(
      () => register(registry, "again", trapped.pid, 1),
      Error,
      'Cannot register "registry:again": registry has ended',
    );
    await settle();
    assertEquals(trapped.messages, [new Exit(process, "shutdown")]);
    end(trapped.pid);
    assertEquals(listProcesses().length, before);
  });

  Deno.test(`${name}.start() begins anew, empty, after its process has ended`, () => {
    const registry = create<string, number>();
    registry.putMeta("size", 7);
    const first = registry.start();
    first.exit("kill");
    const second = registry.start();
    assertEquals(registry.meta("size"), undefined);
    const pid = idle();
    register(registry, "hello", pid, 1);
    assertEquals(found(registry, "hello"), [{ pid, value: 1 }]);
    registry.stop();
    assertEquals(second.alive, false);
    assertEquals(pid.alive, false);
  });

  Deno.test(`${name}.start() leaves nothing behind where its parent or its name is gone`, () => {
    const registry = create<string, number>();
    const before = listProcesses().length;
    const parent = idle();
    end(parent);
    assertEquals(registry.start({ link: parent }).alive, false);
    const pid = idle();
    register(registry, "hello", pid, 1); // as open as it was
    const other = create<string, number>().start({ name: "registry-name" });
    assertThrows(() => registry.start({ name: "registry-name" }), AlreadyStartedError);
    end(pid, other);
    assertEquals(listProcesses().length, before);
  });

  Deno.test.each<["normal" | "shutdown" | "kill", boolean]>([
    ["normal", true],
    ["shutdown", false],
    ["kill", false],
  ])(`${name}.stop(%s) ends its processes as a link would`, (reason, survives) => {
    for (const started of [true, false]) {
      const registry = create<string, number>();
      if (started) registry.start();
      const pid = idle();
      register(registry, "hello", pid, 1);
      registry.stop(reason);
      registry.stop(reason);
      assertStrictEquals(pid.alive, survives);
      assertEquals(registry.count, 0);
      end(pid);
    }
  });
}

Deno.test("UniqueRegistry.register() gives a key to one process", () => {
  const registry = new UniqueRegistry<string, string>();
  const [one, two] = [idle(), idle()];
  registry.register("hello", one, "first");
  for (const [pid, value] of [[two, "second"], [one, "again"]] as const) {
    const taken = assertThrows(() => registry.register("hello", pid, value), AlreadyStartedError);
    assertMatch(taken.message, /^Cannot register "registry:hello": process \d+ has/);
    assertStrictEquals(taken.pid, one);
  }
  assertEquals(registry.keys(two), []);
  assertEquals(registry.values("hello", two), []);
  assertEquals(registry.count, 1);
  assertEquals(registry.lookup("hello"), { key: "hello", pid: one, value: "first" });
  end(one);
  assertEquals(registry.lookup("hello"), undefined);
  registry.register("hello", two, "second");
  assertStrictEquals(registry.whereis("hello"), two);
  end(two);
});

Deno.test("UniqueRegistry gives a key of a process that ends right now to whoever asks", async () => {
  const { pid: listener, messages } = collector<RegistryEvent<string, undefined>>();
  const registry = new UniqueRegistry<string>({ listeners: [listener] });
  const heir = idle();
  let seen: unknown;
  // An abort listener runs in the midst of the end: before anybody has been told of it.
  const dying = spawn(async (mailbox, self) => {
    self.signal.addEventListener("abort", () => {
      const before = registry.whereis("hello");
      registry.register("hello", heir);
      seen = [before, registry.whereis("hello") === heir];
    });
    for await (const _ of mailbox);
  });
  registry.register("hello", dying);
  registry.register("world", dying);
  await settle();
  dying.exit("shutdown");
  assertEquals(seen, [undefined, true]);
  assertStrictEquals(registry.whereis("hello"), heir);
  assertEquals(registry.count, 1);
  end(heir);
  assertEquals(registry.count, 0);
  await settle();
  const told = messages.map(({ event, key, pid }) => [event, key, pid === heir]);
  assertEquals(told, [
    ["register", "hello", false],
    ["register", "world", false],
    ["unregister", "hello", false], // before somebody else has it
    ["unregister", "world", false],
    ["register", "hello", true],
    ["unregister", "hello", true],
  ]);
  end(listener);
});

Deno.test("DuplicateRegistry does not find a process that ends right now", async () => {
  const registry = new DuplicateRegistry<string>();
  const other = idle();
  let seen: unknown;
  const dying = spawn(async (mailbox, self) => {
    self.signal.addEventListener("abort", () => seen = registry.lookup("hello").map(({ pid }) => pid));
    for await (const _ of mailbox);
  });
  registry.register("hello", dying);
  registry.register("hello", other);
  await settle();
  assertEquals(registry.lookup("hello").length, 2);
  dying.exit("shutdown");
  assertEquals(seen, [other]);
  end(other);
});

Deno.test("UniqueRegistry.updateValue() is for the process that has the key", () => {
  const registry = new UniqueRegistry<string, number>();
  const [owner, other] = [idle(), idle()];
  const never = () => fail("must not be called");
  assertEquals(registry.updateValue("hello", owner, never), undefined);
  registry.register("hello", owner, 1);
  assertEquals(registry.updateValue("hello", other, never), undefined);
  const before = registry.lookup("hello");
  assertEquals(registry.updateValue("hello", owner, (n) => n + 1), { value: 2, previous: 1 });
  assertEquals(registry.lookup("hello")?.value, 2);
  assertEquals(registry.values("hello", owner), [2]);
  assertEquals(before?.value, 1);
  assertEquals(registry.unregister("hello", owner), 1);
  assertEquals(registry.lookup("hello"), undefined);
  end(owner, other);
});

Deno.test("UniqueRegistry.updateValue() keeps the place of an entry whose key was changed", () => {
  using registry = new UniqueRegistry<{ id: string }, number>({ keyBy: ({ id }) => id });
  const [key, pid] = [{ id: "a" }, idle()];
  registry.register(key, pid, 1);
  key.id = "b";
  assertEquals(registry.updateValue({ id: "a" }, pid, (value) => value + 1), { value: 2, previous: 1 });
  assertEquals([registry.lookup({ id: "a" })?.value, registry.lookup({ id: "b" })], [2, undefined]);
  end(pid);
});

Deno.test("UniqueRegistry.updateValue() does not bring back what goes while it is updated", () => {
  const registry = new UniqueRegistry<string, number>();
  const owner = idle();
  registry.register("hello", owner, 1);
  const result = registry.updateValue("hello", owner, (n) => {
    owner.exit("kill");
    return n + 1;
  });
  assertEquals(result, undefined);
  assertEquals(registry.lookup("hello"), undefined);
  assertEquals(registry.count, 0);
});

class Echo extends GenServer<null, { calls: { echo(text: string): string } }> {
  override init() {
    return null;
  }
  override handleCall = this.calls({
    echo: (_, text) => reply(text, null),
  });
}

Deno.test("UniqueRegistry.via() names servers, spawned processes and agents", async () => {
  const registry = new UniqueRegistry<string>({ name: "echoes" });
  const server = await GenServer.start(Echo, undefined, { name: registry.via("server") });
  const pid = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  }, { name: registry.via("spawned") });
  const agent = await Agent.start(() => 0, { name: registry.via("agent") });
  assertEquals(await GenServer.whereis(Echo, registry.via("server"))?.call("echo", "hello"), "hello");
  assertStrictEquals(whereis(registry.via("spawned")), pid);
  assertStrictEquals(Agent.whereis(registry.via("agent")), agent);
  assertEquals(server.label, "echoes:server");
  const before = listProcesses().length;
  const error = await assertRejects(
    () => GenServer.start(Echo, undefined, { name: registry.via("agent") }),
    AlreadyStartedError,
  );
  assertStrictEquals(error.pid, agent);
  assertMatch(error.message, /Cannot register "echoes:agent": process \d+ has this name/);
  assertEquals(listProcesses().length, before);
  await server.stop();
  assertEquals(whereis(registry.via("server")), undefined);
  await agent.stop();
  end(pid);
  assertEquals(registry.count, 0);
});

Deno.test("UniqueRegistry.via() registers the value that it was given", async () => {
  const registry = new UniqueRegistry<number, { role: string }>();
  const agent = await Agent.start(() => 0, { name: registry.via(7, { role: "host" }) });
  assertEquals(registry.lookup(7), { key: 7, pid: agent, value: { role: "host" } });
  assertEquals(agent.label, "registry:7");
  await agent.stop();
});

Deno.test.each<[unknown, string]>([
  ["lobby", "rooms:lobby"],
  [7, "rooms:7"],
  [null, "rooms:null"],
  [Symbol("s"), "rooms:Symbol(s)"],
  [["room", 7], 'rooms:["room",7]'],
  [Object.create(null), "rooms:{}"],
  ["a\nb", "rooms:a\\u000ab"],
])("UniqueRegistry.via(%o) is labelled with the key, in one line", (key, label) => {
  assertStrictEquals(new UniqueRegistry<unknown>({ name: "rooms" }).via(key).label, label);
});

Deno.test("DuplicateRegistry takes the same key again, from anybody", () => {
  const registry = new DuplicateRegistry<string, number>();
  const [one, two] = [idle(), idle()];
  registry.register("hello", one, 1);
  registry.register("hello", two, 2);
  registry.register("hello", one, 3);
  assertEquals(registry.lookup("hello").map(({ pid, value }) => [pid.id, value]), [
    [one.id, 1],
    [two.id, 2],
    [one.id, 3],
  ]);
  assertEquals(registry.keys(one), ["hello", "hello"]);
  assertEquals(registry.values("hello", one), [1, 3]);
  assertEquals(registry.count, 3);
  assertEquals(registry.unregister("hello", one), 2);
  assertEquals(registry.lookup("hello").map(({ pid }) => pid), [two]);
  end(one, two);
});

Deno.test("DuplicateRegistry.unregisterMatch() leaves what does not match", () => {
  const registry = new DuplicateRegistry<string, number>();
  const pid = idle();
  for (const n of [1, 2, 3, 4]) registry.register("hello", pid, n);
  assertEquals(registry.unregisterMatch("hello", pid, (n) => n % 2 === 0), 2);
  assertEquals(registry.values("hello", pid), [1, 3]);
  assertEquals(registry.lookup("hello").map(({ value }) => value), [1, 3]);
  end(pid);
  assertEquals(registry.lookup("hello"), []);
});

Deno.test("DuplicateRegistry.lookup() answers a list that does not change", () => {
  const registry = new DuplicateRegistry<string, number>();
  const [one, two] = [idle(), idle()];
  registry.register("hello", one, 1);
  registry.register("hello", two, 2);
  const seen: number[] = [];
  registry.dispatch("hello", (entries) => {
    for (const { pid, value } of entries) {
      seen.push(value);
      registry.unregister("hello", pid);
      registry.register("hello", two, 9);
    }
  });
  assertEquals(seen, [1, 2]);
  assertEquals(registry.lookup("hello").map(({ value }) => value), [9]);
  end(one, two);
});

Deno.test("DuplicateRegistry.lookup() makes no new list where nothing has changed", () => {
  const registry = new DuplicateRegistry<string, number>();
  const pid = idle();
  registry.register("hello", pid, 1);
  assertStrictEquals(registry.lookup("hello"), registry.lookup("hello"));
  assertStrictEquals(registry.lookup("nobody"), registry.lookup("nobody"));
  end(pid);
});
