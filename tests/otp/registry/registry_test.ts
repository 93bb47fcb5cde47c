import assert from "node:assert/strict";
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
    assert.equal(registry.count, 0);
    register(registry, "hello", pid, 1);
    register(registry, "world", pid, 2);
    assert.equal(registry.count, 2);
    end(pid);
    assert.equal(registry.count, 0);
  });

  Deno.test(`${name} forgets a process when it ends, and listens to it no longer than it must`, () => {
    const registry = create<string, number>();
    const [one, two] = [idle(), idle()];
    register(registry, "hello", one, 1);
    register(registry, "world", two, 2);
    one.exit("kill");
    assert.deepEqual(registry.select().map(({ key }) => key), ["world"]);
    assert.deepEqual(registry.keys(one), []);
    two.exit("kill");
    assert.deepEqual(registry.select(), []);
    assert.equal(registry.count, 0);
  });

  Deno.test(`${name}.unregister() takes out the entries of one process under one key`, () => {
    const registry = create<string, number>();
    const pid = idle();
    assert.equal(registry.unregister("hello", pid), 0);
    register(registry, "hello", pid, 1);
    register(registry, "world", pid, 2);
    assert.deepEqual(registry.keys(pid).toSorted(), ["hello", "world"]);
    assert.equal(registry.unregister("hello", pid), 1);
    assert.deepEqual(registry.keys(pid), ["world"]);
    assert.deepEqual(registry.values("world", pid), [2]);
    assert.equal(registry.unregister("world", pid), 1);
    assert.deepEqual(registry.keys(pid), []);
    assert.deepEqual(found(registry, "hello"), []);
    end(pid);
  });

  Deno.test(`${name} listens for the end of a process as long as that has entries, once`, () => {
    const registry = create<string, number>();
    const pid = idle();
    const before = listenersOf(pid);
    register(registry, "hello", pid, 1);
    register(registry, "world", pid, 2);
    assert.equal(listenersOf(pid), before + 1);
    registry.unregister("hello", pid);
    assert.equal(listenersOf(pid), before + 1);
    registry.unregister("world", pid);
    assert.equal(listenersOf(pid), before);
    register(registry, "hello", pid, 1);
    registry.stop("normal");
    assert.equal(listenersOf(pid), before);
    end(pid);
  });

  Deno.test(`${name}.unregister() leaves what another process has under the key`, () => {
    const registry = create<string, number>();
    const [owner, other] = [idle(), idle()];
    register(registry, "hello", owner, 1);
    assert.equal(registry.unregister("hello", other), 0);
    assert.deepEqual(found(registry, "hello"), [{ pid: owner, value: 1 }]);
    end(owner, other);
  });

  Deno.test(`${name} matches values by a function`, () => {
    const registry = create<string, readonly [number, string]>();
    const pid = idle();
    register(registry, "hello", pid, [1, "a"]);
    register(registry, "world", pid, [2, "b"]);
    assert.deepEqual(registry.match("hello", ([n]) => n === 1).map(({ value }) => value), [[1, "a"]]);
    assert.deepEqual(registry.match("hello", ([n]) => n > 1), []);
    assert.deepEqual(registry.match("nobody", () => true), []);
    assert.equal(registry.countMatch("hello", ([, text]) => text === "a"), 1);
    assert.equal(registry.countMatch("hello", (_, who) => who !== pid), 0);
    assert.equal(registry.unregisterMatch("hello", pid, ([n]) => n > 1), 0);
    assert.equal(registry.unregisterMatch("hello", pid, ([n]) => n === 1), 1);
    assert.deepEqual(found(registry, "hello"), []);
    end(pid);
  });

  Deno.test(`${name}.select() finds entries of all keys by all that they are`, () => {
    const registry = create<string, number>();
    const [one, two] = [idle(), idle()];
    assert.deepEqual(registry.select(), []);
    register(registry, "hello", one, 1);
    register(registry, "world", two, 2);
    assert.deepEqual(registry.select(), [
      { key: "hello", pid: one, value: 1 },
      { key: "world", pid: two, value: 2 },
    ]);
    assert.deepEqual(registry.select(({ key }) => key === "world").map(({ pid }) => pid), [two]);
    assert.deepEqual(registry.select(({ pid }) => pid === one).map(({ key }) => key), ["hello"]);
    assert.equal(registry.countSelect(({ value }) => value > 0), 2);
    assert.equal(registry.countSelect(({ value }) => value > 1), 1);
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
    assert.equal(found(registry, other).length, same ? 1 : 0);
    assert.equal(registry.unregister(other, pid), same ? 1 : 0);
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
    assert.deepEqual(found(registry, ["room", 7]), [{ pid, value: "seven" }]);
    assert.equal(registry.keys(pid)[0], key);
    assert.deepEqual(registry.values(["room", 7], pid), ["seven"]);
    assert.equal(registry.unregister(["room", 7], pid), 1);
    assert.equal(registry.count, 0);
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
    assert.deepEqual(messages, [event("register", "hello", one, 1), ...later]);
    assert.deepEqual(named.messages, later);
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
      assert.deepEqual(messages, ["register", "unregister", "register"]);
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
    assert.equal(registry.count, 0);
    assert.deepEqual(registry.match({ id: { value: "a" } }, () => true), []);
    assert.deepEqual(messages.map(({ event }) => event), ["register", "unregister"]);
    assert.deepEqual(watcher.messages.map((message) => message instanceof Down), [true]);
    assert.deepEqual(crashes.messages, ["nowhere", "nowhere"]);
    end(listener, watcher.pid);
  });

  Deno.test(`${name} refuses a process that has ended, and what is none`, () => {
    const registry = create<string, number>();
    const pid = idle();
    end(pid);
    assert.throws(() => register(registry, "hello", pid, 1), /Cannot register "registry:hello": process \d+ has ended/);
    const stranger = { id: -1 } as unknown as Pid<never>;
    assert.throws(() => register(registry, "hello", stranger, 1), /it is not a process of this thread/);
    assert.equal(registry.count, 0);
    assert.deepEqual(found(registry, "hello"), []);
  });

  Deno.test(`${name} keeps metadata`, () => {
    const options = { meta: { colour: "blue" } };
    const registry: Registry<string> = name === "UniqueRegistry"
      ? new UniqueRegistry<string>(options)
      : new DuplicateRegistry<string>(options);
    assert.equal(registry.meta("colour"), "blue");
    assert.equal(registry.meta("size"), undefined);
    registry.putMeta("size", 7);
    assert.equal(registry.meta("size"), 7);
    assert.equal(registry.deleteMeta("size"), true);
    assert.equal(registry.deleteMeta("size"), false);
    assert.equal(registry.meta("size"), undefined);
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
    assert.deepEqual(order, ["other", "first", "second"]);
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
    assert.equal(await registry.lock("a", () => "free"), "free");
    await settle();
    assert.deepEqual(outcomes.toSorted(), ["killed", "shutdown"]);
  });

  Deno.test(`${name}.dispatch() calls the function here and now, if there is anybody`, () => {
    const registry = create<string, number>();
    const pid = idle();
    assert.equal(registry.dispatch("hello", () => assert.fail("must not be called")), false);
    register(registry, "hello", pid, 7);
    const seen: unknown[] = [];
    assert.equal(registry.dispatch("hello", (entries) => seen.push(...entries)), true);
    assert.deepEqual(seen, [{ key: "hello", pid, value: 7 }]);
    assert.throws(() =>
      registry.dispatch("hello", () => {
        throw new Error("oops");
      }), /oops/);
    end(pid);
  });

  Deno.test(`${name}.start() gives it a process, with whose end it ends`, async () => {
    const registry = create<string, number>();
    const before = listProcesses().length;
    const parent = idle();
    const process = registry.start({ link: parent, name: "rooms" });
    assert.equal(whereis("rooms"), process);
    assert.deepEqual(processInfo(process)?.links, [parent]);
    assert.throws(() => registry.start(), AlreadyStartedError);
    const trapped = collector<Exit>((self) => self.trapExit = true);
    const pid = idle();
    await settle();
    register(registry, "hello", pid, 1);
    register(registry, "world", trapped.pid, 2);
    parent.exit("shutdown");
    assert.equal(process.alive, false);
    assert.equal(pid.alive, false);
    assert.equal(registry.count, 0);
    assert.deepEqual(found(registry, "world"), []);
    assert.throws(
      () => register(registry, "again", trapped.pid, 1),
      /Cannot register "registry:again": registry has ended/,
    );
    await settle();
    assert.deepEqual(trapped.messages, [new Exit(process, "shutdown")]);
    end(trapped.pid);
    assert.equal(listProcesses().length, before);
  });

  Deno.test(`${name}.start() begins anew, empty, after its process has ended`, () => {
    const registry = create<string, number>();
    registry.putMeta("size", 7);
    const first = registry.start();
    first.exit("kill");
    const second = registry.start();
    assert.equal(registry.meta("size"), undefined);
    const pid = idle();
    register(registry, "hello", pid, 1);
    assert.deepEqual(found(registry, "hello"), [{ pid, value: 1 }]);
    registry.stop();
    assert.equal(second.alive, false);
    assert.equal(pid.alive, false);
  });

  Deno.test(`${name}.start() leaves nothing behind where its parent or its name is gone`, () => {
    const registry = create<string, number>();
    const before = listProcesses().length;
    const parent = idle();
    end(parent);
    assert.equal(registry.start({ link: parent }).alive, false);
    const pid = idle();
    register(registry, "hello", pid, 1); // as open as it was
    const other = create<string, number>().start({ name: "registry-name" });
    assert.throws(() => registry.start({ name: "registry-name" }), AlreadyStartedError);
    end(pid, other);
    assert.equal(listProcesses().length, before);
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
      assert.equal(pid.alive, survives);
      assert.equal(registry.count, 0);
      end(pid);
    }
  });
}

Deno.test("UniqueRegistry.register() gives a key to one process", () => {
  const registry = new UniqueRegistry<string, string>();
  const [one, two] = [idle(), idle()];
  registry.register("hello", one, "first");
  const taken = {
    name: "AlreadyStartedError",
    message: /^Cannot register "registry:hello": process \d+ has/,
    pid: one,
  };
  assert.throws(() => registry.register("hello", two, "second"), taken);
  assert.throws(() => registry.register("hello", one, "again"), taken);
  assert.deepEqual(registry.keys(two), []);
  assert.deepEqual(registry.values("hello", two), []);
  assert.equal(registry.count, 1);
  assert.deepEqual(registry.lookup("hello"), { key: "hello", pid: one, value: "first" });
  end(one);
  assert.equal(registry.lookup("hello"), undefined);
  registry.register("hello", two, "second");
  assert.equal(registry.whereis("hello"), two);
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
  assert.deepEqual(seen, [undefined, true]);
  assert.equal(registry.whereis("hello"), heir);
  assert.equal(registry.count, 1);
  end(heir);
  assert.equal(registry.count, 0);
  await settle();
  const told = messages.map(({ event, key, pid }) => [event, key, pid === heir]);
  assert.deepEqual(told, [
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
  assert.equal(registry.lookup("hello").length, 2);
  dying.exit("shutdown");
  assert.deepEqual(seen, [other]);
  end(other);
});

Deno.test("UniqueRegistry.updateValue() is for the process that has the key", () => {
  const registry = new UniqueRegistry<string, number>();
  const [owner, other] = [idle(), idle()];
  const never = () => assert.fail("must not be called");
  assert.equal(registry.updateValue("hello", owner, never), undefined);
  registry.register("hello", owner, 1);
  assert.equal(registry.updateValue("hello", other, never), undefined);
  const before = registry.lookup("hello");
  assert.deepEqual(registry.updateValue("hello", owner, (n) => n + 1), { value: 2, previous: 1 });
  assert.equal(registry.lookup("hello")?.value, 2);
  assert.deepEqual(registry.values("hello", owner), [2]);
  assert.equal(before?.value, 1);
  assert.equal(registry.unregister("hello", owner), 1);
  assert.equal(registry.lookup("hello"), undefined);
  end(owner, other);
});

Deno.test("UniqueRegistry.updateValue() keeps the place of an entry whose key was changed", () => {
  using registry = new UniqueRegistry<{ id: string }, number>({ keyBy: ({ id }) => id });
  const [key, pid] = [{ id: "a" }, idle()];
  registry.register(key, pid, 1);
  key.id = "b";
  assert.deepEqual(registry.updateValue({ id: "a" }, pid, (value) => value + 1), { value: 2, previous: 1 });
  assert.deepEqual([registry.lookup({ id: "a" })?.value, registry.lookup({ id: "b" })], [2, undefined]);
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
  assert.equal(result, undefined);
  assert.equal(registry.lookup("hello"), undefined);
  assert.equal(registry.count, 0);
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
  assert.equal(await GenServer.whereis(Echo, registry.via("server"))?.call("echo", "hello"), "hello");
  assert.equal(whereis(registry.via("spawned")), pid);
  assert.equal(Agent.whereis(registry.via("agent")), agent);
  assert.equal(server.label, "echoes:server");
  const before = listProcesses().length;
  await assert.rejects(GenServer.start(Echo, undefined, { name: registry.via("agent") }), (error) => {
    assert(error instanceof AlreadyStartedError);
    assert.equal(error.pid, agent);
    assert.match(error.message, /Cannot register "echoes:agent": process \d+ has this name/);
    return true;
  });
  assert.equal(listProcesses().length, before);
  await server.stop();
  assert.equal(whereis(registry.via("server")), undefined);
  await agent.stop();
  end(pid);
  assert.equal(registry.count, 0);
});

Deno.test("UniqueRegistry.via() registers the value that it was given", async () => {
  const registry = new UniqueRegistry<number, { role: string }>();
  const agent = await Agent.start(() => 0, { name: registry.via(7, { role: "host" }) });
  assert.deepEqual(registry.lookup(7), { key: 7, pid: agent, value: { role: "host" } });
  assert.equal(agent.label, "registry:7");
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
  assert.equal(new UniqueRegistry<unknown>({ name: "rooms" }).via(key).label, label);
});

Deno.test("DuplicateRegistry takes the same key again, from anybody", () => {
  const registry = new DuplicateRegistry<string, number>();
  const [one, two] = [idle(), idle()];
  registry.register("hello", one, 1);
  registry.register("hello", two, 2);
  registry.register("hello", one, 3);
  assert.deepEqual(registry.lookup("hello").map(({ pid, value }) => [pid.id, value]), [
    [one.id, 1],
    [two.id, 2],
    [one.id, 3],
  ]);
  assert.deepEqual(registry.keys(one), ["hello", "hello"]);
  assert.deepEqual(registry.values("hello", one), [1, 3]);
  assert.equal(registry.count, 3);
  assert.equal(registry.unregister("hello", one), 2);
  assert.deepEqual(registry.lookup("hello").map(({ pid }) => pid), [two]);
  end(one, two);
});

Deno.test("DuplicateRegistry.unregisterMatch() leaves what does not match", () => {
  const registry = new DuplicateRegistry<string, number>();
  const pid = idle();
  for (const n of [1, 2, 3, 4]) registry.register("hello", pid, n);
  assert.equal(registry.unregisterMatch("hello", pid, (n) => n % 2 === 0), 2);
  assert.deepEqual(registry.values("hello", pid), [1, 3]);
  assert.deepEqual(registry.lookup("hello").map(({ value }) => value), [1, 3]);
  end(pid);
  assert.deepEqual(registry.lookup("hello"), []);
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
  assert.deepEqual(seen, [1, 2]);
  assert.deepEqual(registry.lookup("hello").map(({ value }) => value), [9]);
  end(one, two);
});

Deno.test("DuplicateRegistry.lookup() makes no new list where nothing has changed", () => {
  const registry = new DuplicateRegistry<string, number>();
  const pid = idle();
  registry.register("hello", pid, 1);
  assert.equal(registry.lookup("hello"), registry.lookup("hello"));
  assert.equal(registry.lookup("nobody"), registry.lookup("nobody"));
  end(pid);
});
