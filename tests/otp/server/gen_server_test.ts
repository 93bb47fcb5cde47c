import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AlreadyStartedError,
  CallExitError,
  CallTimeoutError,
  continueWith,
  Down,
  Exit,
  type ExitReason,
  type From,
  GenServer,
  ignore,
  listProcesses,
  MailboxFullError,
  noreply,
  ok,
  reply,
  replyAndStop,
  type ServerRef,
  spawn,
  StartError,
  stop,
  sys,
  TIMEOUT,
  timeoutAfter,
  whereis,
} from "@urvogel/realtime";
import { Crashes } from "../../support/crashes.ts";
import { Leaks, listenersOf } from "../../support/leaks.ts";
import { errorText } from "../../support/error_text.ts";

interface Stack {
  calls: {
    pop(): string | undefined;
    all(): readonly string[];
    popLater(): string;
    popSlowly(ms: number): string | undefined;
    fail(message: string): never;
    quit(reason: ExitReason): string;
    bad(): string;
  };
  casts: { push(item: string): void; fail(message: string): void; quit(reason: ExitReason): void };
  info: string;
}

class StackServer extends GenServer<readonly string[], Stack> {
  static ends: { reason: ExitReason; state: readonly string[] }[] = [];
  readonly #waiting: From<string>[] = [];

  override init(items: readonly string[]) {
    return items;
  }
  override handleCall = this.calls({
    pop: (items) => reply(items.at(-1), items.slice(0, -1)),
    all: (items) => reply(items, items),
    popLater: (items, _, from) => {
      this.#waiting.push(from);
      return noreply(items);
    },
    popSlowly: async (items, ms) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return reply(items.at(-1), items.slice(0, -1));
    },
    fail: (_: readonly string[], message: string): never => {
      throw new Error(message);
    },
    quit: (items, reason) => replyAndStop("bye", reason, items),
    bad: () => ({ next: "nonsense" }) as never,
  });
  override handleCast = this.casts({
    push: (items, item) => {
      const from = this.#waiting.shift();
      if (!from) return noreply([...items, item]);
      from.reply(item);
      return noreply(items);
    },
    fail: (_: readonly string[], message: string): never => {
      throw new Error(message);
    },
    quit: (items, reason) => stop(reason, items),
  });
  override handleInfo(items: readonly string[], message: unknown) {
    return noreply([...items, `info ${String(message)}`]);
  }
  override terminate(state: readonly string[], reason: ExitReason) {
    StackServer.ends.push({ reason, state });
  }
}

function startStack(): Promise<ServerRef<Stack>> {
  StackServer.ends = [];
  return GenServer.start(StackServer, ["a", "b"]);
}

Deno.test("GenServer.call() answers with the reply and keeps the new state", async () => {
  const stack = await startStack();
  assertEquals(await stack.call("pop"), "b");
  stack.cast("push", "c");
  assertEquals(await stack.call("all"), ["a", "c"]);
  await stack.stop();
});

Deno.test("GenServer.call() is answered later by another message", async () => {
  const stack = await startStack();
  const first = stack.call("popLater");
  const second = stack.call("popLater");
  stack.cast("push", "x");
  stack.cast("push", "y");
  assertEquals(await Promise.all([first, second]), ["x", "y"]);
  await stack.stop();
});

Deno.test("GenServer handles one message at a time, in order, though handlers wait", async () => {
  const stack = await startStack();
  const answers = [stack.call("popSlowly", 5), stack.call("popSlowly", 0), stack.call("pop")];
  assertEquals(await Promise.all(answers), ["b", "a", undefined]);
  await stack.stop();
});

Deno.test("GenServer.call() fails when no reply comes in time, after 5 s by default", async () => {
  using time = new FakeTime();
  const stack = await startStack();
  const late = assertRejects(() => stack.call("popLater"), CallTimeoutError).then((error) =>
    assertEquals(error.timeoutMs, 5000)
  );
  const later = assertRejects(() => stack.call("popLater", undefined, { timeoutMs: 6000 }), CallTimeoutError);
  await time.tickAsync(4999);
  let settled = false;
  late.then(() => settled = true);
  await time.runMicrotasks();
  assertEquals(settled, false);
  await time.tickAsync(1);
  await late;
  await time.tickAsync(1000);
  await later;
  await stack.stop();
});

Deno.test("CallTimeoutError says what the server is busy with, as one that calls itself is", async () => {
  using time = new FakeTime();
  using crashes = new Crashes();
  interface Narcissus {
    calls: { ask(self: { call(name: "get"): Promise<number> }): number; get(): number };
  }
  class NarcissusServer extends GenServer<number, Narcissus> {
    override init(start: number) {
      return start;
    }
    override handleCall = this.calls({
      ask: async (state, self) => reply(await self.call("get"), state),
      get: (state) => reply(state, state),
    });
  }
  const server = await GenServer.start(NarcissusServer, 1, { label: "narcissus" });
  const asked = assertRejects(() => server.call("ask", server, { timeoutMs: Infinity }), CallExitError);
  await time.tickAsync(5000);
  await asked;
  assertEquals(crashes.messages, [
    'Cannot call "get" of narcissus: no reply within 5000 ms; it is busy with handleCall "ask"',
  ]);
});

Deno.test("CallTimeoutError says that the server is suspended", async () => {
  using time = new FakeTime();
  const stack = await startStack();
  await sys.suspend(stack);
  const late = assertRejects(
    () => stack.call("all"),
    Error,
    'Cannot call "all" of StackServer: no reply within 5000 ms; it is suspended',
  );
  await time.tickAsync(5000);
  await late;
  await stack.stop();
});

Deno.test("From.reply() does nothing when the caller has given up", async () => {
  using time = new FakeTime();
  const stack = await startStack();
  const late = assertRejects(() => stack.call("popLater", undefined, { timeoutMs: 10 }), CallTimeoutError);
  await time.tickAsync(10);
  await late;
  stack.cast("push", "x"); // answers the caller that has gone
  assertEquals(await stack.call("all"), ["a", "b"]);
  await stack.stop();
});

Deno.test("GenServer.call() refuses a timeout that is not one", async () => {
  const stack = await startStack();
  await assertRejects(() => stack.call("pop", undefined, { timeoutMs: -1 }), RangeError);
  await assertRejects(() => stack.call("pop", undefined, { timeoutMs: NaN }), RangeError);
  await stack.stop();
});

Deno.test("GenServer.call() fails with the reason, and so do the calls that wait, when the server fails", async () => {
  using crashes = new Crashes();
  const stack = await startStack();
  const waiting = assertRejects(() => stack.call("popLater"), CallExitError);
  const failing = assertRejects(() => stack.call("fail", "boom"), CallExitError).then((error) => {
    assert(error.reason instanceof Error);
    assertEquals(error.reason.message, "boom");
  });
  const behind = assertRejects(() => stack.call("pop"), CallExitError);
  await Promise.all([waiting, failing, behind]);
  assertEquals(stack.alive, false);
  assertEquals(crashes.reports.map(({ during }) => during), ['handleCall "fail"']);
  assertEquals(StackServer.ends, [{ reason: crashes.reports[0]!.error, state: ["a", "b"] }]);
  assertEquals((await assertRejects(() => stack.call("pop"), CallExitError)).reason, "noproc");
});

Deno.test("GenServer fails when a callback returns none of the results", async () => {
  using crashes = new Crashes();
  const stack = await startStack();
  await assertRejects(() => stack.call("bad"), CallExitError);
  assertMatch(crashes.messages[0]!, /must return one of its results, returned nonsense/);
});

Deno.test("GenServer.cast() does nothing when the server has ended", async () => {
  const stack = await startStack();
  await stack.stop();
  assertEquals(stack.cast("push", "x"), "closed");
});

Deno.test("GenServer fails when a cast has no handler, even one that every object has", async () => {
  using crashes = new Crashes();
  for (const name of ["nothing", "constructor", "__proto__"]) {
    const stack = await startStack();
    (stack.cast as (name: string) => void)(name);
    await assertRejects(() => stack.call("pop"), CallExitError);
    assertEquals(
      crashes.messages.pop(),
      `Cannot handle cast "${name}": there is no handler for it; add it to handleCast`,
    );
  }
});

Deno.test("replyAndStop() answers, then terminates with the reason", async () => {
  const stack = await startStack();
  assertEquals(await stack.call("quit", { shutdown: "done" }), "bye");
  assertEquals(StackServer.ends, [{ reason: { shutdown: "done" }, state: ["a", "b"] }]);
});

Deno.test("GenServer.stop() deals with what waits first, and waits for terminate", async () => {
  const stack = await startStack();
  stack.cast("push", "c");
  await stack.stop("shutdown");
  assertEquals(StackServer.ends, [{ reason: "shutdown", state: ["a", "b", "c"] }]);
  await stack.stop(); // fine though it is gone
});

Deno.test("GenServer.handleInfo() gets what is sent", async () => {
  const stack = await startStack();
  stack.send("hello");
  assertEquals(await stack.call("all"), ["a", "b", "info hello"]);
  await stack.stop();
});

Deno.test("Pid.exit() ends a server without terminate, and its calls fail", async () => {
  const stack = await startStack();
  const waiting = assertRejects(() => stack.call("popSlowly", 1), CallExitError).then((error) =>
    assertEquals(error.reason, "killed")
  );
  await Promise.resolve(); // the handler runs now
  stack.exit("kill");
  await waiting;
  assertEquals(StackServer.ends, []);
  await new Promise((resolve) => setTimeout(resolve, 5)); // until the handler's result comes, too late
});

interface Lifecycle {
  calls: { log(): readonly string[]; arm(timeoutMs: number): void; go(): void };
}

class LifecycleServer extends GenServer<string[], Lifecycle> {
  override init(how: "state" | "continue" | "timeout" | "ignore" | "stop" | "throw" | "slow") {
    switch (how) {
      case "continue":
        return ok(["init"], continueWith("more"));
      case "timeout":
        return ok(["init"], timeoutAfter(10));
      case "ignore":
        return ignore();
      case "stop":
        return stop({ shutdown: "no" });
      case "throw":
        throw new Error("no");
      case "slow":
        return new Promise<string[]>(() => {});
      default:
        return ["init"];
    }
  }
  override handleCall = this.calls({
    log: (log) => reply(log, log),
    arm: (log, timeoutMs) => reply(undefined, log, timeoutAfter(timeoutMs)),
    go: (log) => reply(undefined, log, continueWith("next")),
  });
  override handleContinue(log: string[], argument: unknown) {
    return noreply([...log, `continue ${argument}`]);
  }
  override handleInfo(log: string[], message: unknown) {
    return noreply([...log, message === TIMEOUT ? "timeout" : `info ${message}`]);
  }
}

Deno.test("continueWith() runs before any other message", async () => {
  const server = await GenServer.start(LifecycleServer, "continue");
  void server.call("go");
  assertEquals(await server.call("log"), ["init", "continue more", "continue next"]);
  await server.stop();
});

Deno.test("timeoutAfter() sends TIMEOUT when nothing comes", async () => {
  using time = new FakeTime();
  const server = await GenServer.start(LifecycleServer, "timeout");
  await time.tickAsync(10);
  assertEquals(await server.call("log"), ["init", "timeout"]);
  await server.stop();
});

Deno.test("timeoutAfter() is called off by any message, and never comes while messages wait", async () => {
  using time = new FakeTime();
  const server = await GenServer.start(LifecycleServer, "state");
  await server.call("arm", 10);
  await time.tickAsync(9);
  await server.call("log");
  await time.tickAsync(100);
  void server.call("arm", 0);
  assertEquals(await server.call("log"), ["init"]);
  await server.stop();
});

const failures = [
  ["ignore", "ignore"],
  ["stop", { shutdown: "no" }],
  ["throw", new Error("no")],
] as const;
for (const [how, reason] of failures) {
  Deno.test(`GenServer.start() fails when init says ${how}`, async () => {
    using crashes = new Crashes();
    const before = listProcesses().length;
    const error = await assertRejects(() => GenServer.start(LifecycleServer, how), StartError);
    assertEquals(errorText(error.reason), errorText(reason));
    assertEquals(listProcesses().length, before);
    assertEquals(crashes.reports.length, how === "throw" ? 1 : 0);
  });
}

Deno.test("GenServer.start() fails when init takes longer than timeoutMs", async () => {
  using time = new FakeTime();
  const starting = assertRejects(() => GenServer.start(LifecycleServer, "slow", { timeoutMs: 50 }), StartError).then((
    error,
  ) => assertEquals(error.reason, "timeout"));
  await time.tickAsync(50);
  await starting;
});

Deno.test("GenServer.start() refuses a time limit that is not one, and leaves no process", async () => {
  using _ = new Leaks();
  for (const timeoutMs of [-1, NaN]) {
    await assertRejects(
      () => GenServer.start(StackServer, [], { timeoutMs, name: "never" }),
      RangeError,
      `Cannot start StackServer: "timeoutMs" must be >= 0, received ${timeoutMs}`,
    );
  }
  assertEquals(whereis("never"), undefined);
});

Deno.test("GenServer.stop() refuses a time limit that is not one, and forgets those who gave up", async () => {
  using time = new FakeTime();
  const server = await GenServer.start(StackServer, ["a"]);
  const listeners = listenersOf(server);
  for (const timeoutMs of [-1, NaN]) {
    await assertRejects(
      () => server.stop("normal", { timeoutMs }),
      RangeError,
      `Cannot stop StackServer: "timeoutMs" must be >= 0, received ${timeoutMs}`,
    );
  }
  const slow = server.call("popSlowly", 1000);
  const stopped = server.stop("normal", { timeoutMs: 10 });
  await Promise.all([assertRejects(() => stopped, CallTimeoutError), time.tickAsync(10)]);
  assertStrictEquals(listenersOf(server), listeners);
  await time.tickAsync(1000);
  assertEquals(await slow, "a");
  assertEquals(server.alive, false);
});

Deno.test("GenServer.start() gives a name, which only one server has", async () => {
  const server = await GenServer.start(LifecycleServer, "state", { name: "one" });
  assertStrictEquals(GenServer.whereis(LifecycleServer, "one"), server);
  assertEquals(GenServer.whereis(StackServer, "one"), undefined);
  const before = listProcesses().length;
  await assertRejects(() => GenServer.start(LifecycleServer, "state", { name: "one" }), AlreadyStartedError);
  assertEquals(listProcesses().length, before);
  await server.stop();
  assertEquals(GenServer.whereis(LifecycleServer, "one"), undefined);
});

Deno.test("GenServer.call() fails when a bounded mailbox is full", async () => {
  const server = await GenServer.start(LifecycleServer, "state", { mailbox: { capacity: 1 } });
  const first = server.call("log");
  await assertRejects(() => server.call("log"), MailboxFullError);
  assertEquals(await first, ["init"]);
  await server.stop();
});

interface Watch {
  calls: { watch(pid: ServerRef<Lifecycle>): void; seen(): readonly unknown[] };
}

class WatchServer extends GenServer<unknown[], Watch> {
  override init(trapExit: boolean) {
    this.self.trapExit = trapExit;
    return [];
  }
  override handleCall = this.calls({
    watch: (seen, pid) => {
      this.self.monitor(pid);
      return reply(undefined, seen);
    },
    seen: (seen) => reply(seen, seen),
  });
  override handleInfo(seen: unknown[], message: unknown) {
    return noreply([...seen, message]);
  }
  override terminate(_seen: unknown[], reason: ExitReason) {
    terminated.push(reason);
  }
}
const terminated: ExitReason[] = [];

Deno.test("GenServer.call() fails at once when its message is dropped for a newer one", async () => {
  using time = new FakeTime();
  const mailbox = { capacity: 1, overflow: "dropOldest" } as const;
  const server = await GenServer.start(StackServer, ["a"], { mailbox });
  const slow = server.call("popSlowly", 1000);
  await time.runMicrotasks();
  const dropped = server.call("all");
  server.cast("push", "b");
  await assertRejects(() => dropped, MailboxFullError);
  await time.tickAsync(1000);
  assertEquals(await slow, "a");
  assertEquals(await server.call("all"), ["b"]);
  await server.stop();
});

Deno.test("GenServer.stop() ends a server whose mailbox drops the oldest", async () => {
  using time = new FakeTime();
  const mailbox = { capacity: 1, overflow: "dropOldest" } as const;
  const server = await GenServer.start(StackServer, ["a"], { mailbox });
  const slow = server.call("popSlowly", 1000);
  await time.runMicrotasks();
  const stopped = server.stop();
  for (const item of ["b", "c"]) server.cast("push", item);
  await time.tickAsync(1000);
  assertEquals(await slow, "a");
  await stopped;
});

Deno.test("GenServer.handleInfo() gets Down when a monitored server ends", async () => {
  const watcher = await GenServer.start(WatchServer, false);
  const server = await GenServer.start(LifecycleServer, "state");
  await watcher.call("watch", server);
  await server.stop("shutdown");
  const [down] = await watcher.call("seen");
  assert(down instanceof Down);
  assertStrictEquals(down.pid, server);
  assertEquals(down.reason, "shutdown");
  await watcher.stop();
});

Deno.test("GenServer terminates when its parent ends and it traps exits", async () => {
  terminated.length = 0;
  const parent = spawn<string>(async (mailbox) => {
    for await (const _ of mailbox);
  });
  const server = await GenServer.start(WatchServer, true, { link: parent });
  const other = spawn<string>(() => {}, { link: server });
  const [exit] = await waitFor(() => server.call("seen"), (seen) => seen.length > 0);
  assertEquals(exit, new Exit(other, "normal"));
  parent.exit({ shutdown: "bye" });
  await server.stop().catch(() => {});
  assertEquals(terminated, [{ shutdown: "bye" }]);
});

async function waitFor<T>(ask: () => Promise<T>, enough: (value: T) => boolean): Promise<T> {
  for (let i = 0; i < 1000; i++) {
    const value = await ask();
    if (enough(value)) return value;
  }
  throw new Error("Cannot wait any longer");
}

Deno.test("GenServer lets timers and sockets have their turn while two servers call each other for ever", async () => {
  const server = await GenServer.start(LifecycleServer, "state");
  let calls = 0;
  let go = true;
  const calling = (async () => {
    while (go) {
      await server.call("log");
      calls++;
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(calls > 0);
  go = false;
  await calling;
  await server.stop();
});

class Forgetful extends GenServer<number, { calls: { ask(): number }; casts: { tell(): void } }> {
  override init() {
    return 0;
  }
  // What a forgotten `return` comes to, where nobody checks types.
  override handleCall = this.calls({ ask: (): never => undefined as never });
  override handleCast = this.casts({ tell: () => Promise.resolve() as never });
}

for (const send of ["call", "cast"] as const) {
  Deno.test(`GenServer ends, and says so, when the handler of a ${send} returns nothing`, async () => {
    using crashes = new Crashes();
    const server = await GenServer.start(Forgetful, undefined);
    if (send === "call") await assertRejects(() => server.call("ask"), CallExitError);
    else {
      server.cast("tell");
      await assertRejects(() => server.stop(), CallExitError); // waits in vain for its turn
    }
    assertMatch(crashes.messages[0]!, /it must return one of its results, returned undefined/);
    assertEquals(server.alive, false);
  });
}

Deno.test("ServerRef stops its server at the end of `await using`", async () => {
  let seen: ServerRef<Stack>;
  {
    await using stack = await startStack();
    seen = stack;
    assertEquals(stack.alive, true);
  }
  assertEquals(seen.alive, false);
  assertEquals(StackServer.ends, [{ reason: "normal", state: ["a", "b"] }]);
});

interface Tally {
  calls: { add(by: number): number; self(): object };
  casts: { reset(to?: number): void };
}

class TallyServer extends GenServer<number, Tally> {
  #step = 1;
  override init(step?: number) {
    this.#step = step ?? 1;
    return 0;
  }
  add(state: number, by: number) {
    return reply(state + by * this.#step, state + by * this.#step);
  }
  reset(_state: number, to = this.#step) {
    return noreply(to);
  }
  override handleCall = this.calls({
    add: this.add,
    self(state) {
      return reply(this, state);
    },
  });
  override handleCast = this.casts({ reset: this.reset });
}

Deno.test("GenServer runs handlers of calls and casts with `this` as their server", async () => {
  await using tally = await GenServer.start(TallyServer, 10);
  assertEquals(await tally.call("add", 2), 20);
  assert(await tally.call("self") instanceof TallyServer);
  tally.cast("reset");
  assertEquals(await tally.call("add", 0), 10);
});

Deno.test("GenServer.extendCalls() and extendCasts() keep the base's handlers that are not replaced", async () => {
  class Subtracting extends TallyServer {
    override handleCall = this.extendCalls({ add: (state, by) => reply(state - by, state - by) });
    override handleCast = this.extendCasts({});
  }
  await using tally = await GenServer.start(Subtracting, 10);
  assertEquals(await tally.call("add", 2), -2);
  assert(await tally.call("self") instanceof Subtracting);
  tally.cast("reset", 7);
  assertEquals(await tally.call("add", 7), 0);
  await using base = await GenServer.start(TallyServer, 1);
  assertEquals(await base.call("add", 2), 2);
});

Deno.test("GenServer.extendCalls() adds calls of a larger interface", async () => {
  interface Doubling extends Tally {
    calls: Tally["calls"] & { double(): number };
  }
  class DoublingServer extends TallyServer {
    declare readonly interface?: Doubling;
    override handleCall = this.extendCalls<Doubling>({ double: (state) => reply(2 * state, 2 * state) });
  }
  await using tally = await GenServer.start(DoublingServer, 1);
  assertEquals(await tally.call("add", 2), 2);
  assertEquals(await tally.call("double"), 4);
});
