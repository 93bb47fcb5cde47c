import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows, fail } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Exit,
  GenServer,
  noreply,
  type Pid,
  processInfo,
  reply,
  type Self,
  spawn,
  Task,
  TaskExitError,
  TaskReply,
  type TaskResult,
  TaskTimeoutError,
} from "@urvogel/realtime";
import { Crashes } from "../../support/crashes.ts";
import { Leaks, listenersOf } from "../../support/leaks.ts";

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
const never = () => new Promise<never>(() => {});

/** A task that runs until it is let, and says when it has begun. */
function gated<T>() {
  const gate = Promise.withResolvers<T>();
  const began = Promise.withResolvers<Self<never>>();
  const signals: AbortSignal[] = [];
  const run = (signal: AbortSignal, self: Self<never>) => {
    signals.push(signal);
    began.resolve(self);
    return gate.promise;
  };
  return { run, open: gate.resolve, fail: gate.reject, began: began.promise, signals };
}

/** A process that collects its messages. */
function owner(setUp: (self: Self<unknown>) => void = () => {}) {
  const messages: unknown[] = [];
  const pid = spawn<unknown>(async (mailbox, self) => {
    setUp(self);
    for await (const message of mailbox) messages.push(message);
  }, { label: "owner" });
  return { pid, messages };
}

Deno.test("Task.async() runs a function in a process of its own, and Task.await() answers its value", async () => {
  using _ = new Leaks();
  const { run, open, began } = gated<string>();
  const task = Task.async(run);
  assertEquals(task.pid?.alive, true);
  assertEquals(task.pid?.label, "run");
  assertEquals(task.result, undefined);
  assertStrictEquals((await began).id, task.pid?.id);
  open("done");
  assertEquals(await task.await(), "done");
  assertEquals(await task.await(), "done");
  assertEquals(task.pid?.alive, false);
  assertEquals(task.result, { ok: true, value: "done" });
});

Deno.test("Task.async() does not begin within the call", async () => {
  let began = false;
  const task = Task.async(() => began = true);
  assertEquals(began, false);
  assertEquals(await task.await(), true);
});

Deno.test("Task.async() links the task to its owner where it is told to", async () => {
  using _ = new Leaks();
  const { pid } = owner();
  const { run, began, signals } = gated();
  const task = Task.async(run, { link: pid });
  await began;
  assertEquals<unknown>(processInfo(pid)?.links, [task.pid]);
  assertEquals(processInfo(task.pid!)?.ancestors, [pid]);
  pid.exit("shutdown");
  assertEquals(task.result, { ok: false, reason: "shutdown" });
  assertEquals(signals[0]?.aborted, true);
  assertEquals(signals[0]?.reason, "shutdown");
});

Deno.test("Task.async() takes an owner along that does not trap exits, when it fails", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  const { pid } = owner();
  const task = Task.async(() => Promise.reject(new Error("oops")), { link: pid });
  await settle();
  assertEquals(pid.alive, false);
  await assertRejects(() => task.await(), TaskExitError);
});

Deno.test("Task.async() leaves its owner alone when it is done", async () => {
  const { pid } = owner();
  await Task.async(() => 1, { link: pid }).await();
  assertEquals(pid.alive, true);
  assertEquals(processInfo(pid)?.links, []);
  pid.exit("kill");
});

Deno.test("Task.async() links to no owner that is gone", async () => {
  const { pid } = owner();
  pid.exit("kill");
  const task = Task.async(() => fail("must not run"), { link: pid });
  assertEquals(await task.yield(), { ok: false, reason: "noproc" });
});

Deno.test("Task.async() tells on whose behalf it runs in crash reports", async () => {
  using crashes = new Crashes();
  const grandparent = owner((self) => self.trapExit = true);
  await settle();
  const outer = Task.async(async (_, self) => {
    self.trapExit = true;
    const inner = Task.async(() => Promise.reject(new Error("oops")), { link: self, label: "inner" });
    await inner.yield();
  }, { link: grandparent.pid, label: "outer" });
  await outer.await();
  const [report] = crashes.reports;
  assertEquals(report?.pid.label, "inner");
  assertEquals(report?.during, "its task");
  assertEquals(report?.callers?.map(({ label }) => label), ["outer", "owner"]);
  assertEquals(report?.ancestors.map(({ label }) => label), ["outer", "owner"]);
  grandparent.pid.exit("kill");
});

Deno.test("Task.async() may name a caller that it is not linked to", async () => {
  using crashes = new Crashes();
  const { pid } = owner();
  await Task.async(() => Promise.reject(new Error("oops")), { caller: pid }).yield();
  assertEquals(crashes.reports[0]?.callers, [pid]);
  assertEquals(crashes.reports[0]?.ancestors, []);
  assertEquals(pid.alive, true);
  pid.exit("kill");
});

Deno.test("a crash report on the console says who started a task, and for whom", async () => {
  const { pid } = owner((self) => self.trapExit = true);
  await settle();
  const lines: unknown[] = [];
  const { error } = console;
  console.error = (line: unknown) => lines.push(line);
  try {
    await Task.async(() => Promise.reject(new Error("oops")), { link: pid, label: "job" }).yield();
  } finally {
    console.error = error;
  }
  const who = `${pid.id} (owner)`;
  assertMatch(String(lines[0]), /process \d+ \(job\), started by /);
  assert(String(lines[0]).includes(`started by ${who}, on behalf of ${who}, failed in its task`));
  pid.exit("kill");
});

Deno.test("Task.start() runs a function without anybody waiting for it", async () => {
  using _ = new Leaks();
  const { pid: parent } = owner();
  const done = Promise.withResolvers<void>();
  const alone = Task.start(() => done.resolve(), { label: "alone" });
  const linked = Task.start(never, { link: parent });
  await done.promise;
  await settle();
  assertEquals(alone.alive, false);
  assertEquals(processInfo(parent)?.links, [linked]);
  parent.exit("shutdown");
  assertEquals(linked.alive, false);
});

Deno.test("Task.completed() is done already, without a process", async () => {
  using _ = new Leaks();
  const task = Task.completed("done");
  assertEquals(task.pid, undefined);
  assertEquals(await task.await(), "done");
  assertEquals(await task.yield(), { ok: true, value: "done" });
  assertEquals(await task.shutdown(), { ok: true, value: "done" });
  assertEquals(task.kill(), { ok: true, value: "done" });
  assertEquals(task.ignore(), { ok: true, value: "done" });
  assertEquals(await Task.awaitMany([task, Task.completed(1)]), ["done", 1]);
  assertEquals(await Task.yieldMany([task]), [{ task, result: { ok: true, value: "done" } }]);
});

Deno.test("Task.await() throws after 5 seconds, and ends the task but not its owner", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const { pid } = owner();
  const { run, signals } = gated();
  const task = Task.async(run, { link: pid });
  const failing = assertRejects(() => task.await(), TaskTimeoutError).then((error) => {
    assertEquals(error.timeoutMs, 5000);
    assertEquals(error.message, `Cannot await task "run": not done within 5000 ms`);
  });
  await time.tickAsync(4999);
  assertEquals(task.pid?.alive, true);
  await time.tickAsync(1);
  await failing;
  assertEquals(task.pid?.alive, false);
  assertEquals(signals[0]?.aborted, true);
  assertEquals(pid.alive, true);
  pid.exit("kill");
});

Deno.test("Task.await() waits as long as the task lives when told to", async () => {
  using time = new FakeTime();
  const { run, open } = gated<number>();
  const task = Task.async(run);
  const waiting = task.await({ timeoutMs: Infinity });
  await time.tickAsync(1_000_000);
  open(7);
  assertEquals(await waiting, 7);
});

Deno.test.each<[string, () => unknown, RegExp]>([
  ["throws", () => {
    throw new RangeError("oops");
  }, /Cannot await task "fn": it ended \(RangeError: oops\)/],
  ["rejects", () => Promise.reject(new Error("oops")), /it ended \(Error: oops\)/],
  ["throws what is no error", () => {
    throw "unknown";
  }, /it ended \(Error: Thrown: unknown\)/],
])("Task.await() throws when the function %s", async (_, fn, message) => {
  using crashes = new Crashes();
  const task = Task.async(fn, { label: "fn" });
  const error = await assertRejects(() => task.await(), TaskExitError);
  assert(error.reason instanceof Error);
  assertMatch(error.message, message);
  assertEquals(crashes.reports.length, 1);
});

Deno.test("Task.await() throws at once when somebody ends the task", async () => {
  const task = Task.async(never);
  const failing = assertRejects(() => task.await(), TaskExitError).then((error) => {
    assertEquals((error.reason as { shutdown: string }).shutdown, "moving");
  });
  task.pid?.exit({ shutdown: "moving" });
  await failing;
});

Deno.test.each([-1, NaN])("Task refuses to wait %d milliseconds", async (timeoutMs) => {
  const task = Task.async(never);
  await assertRejects(() => task.await({ timeoutMs }), Error, 'Cannot await task: "timeoutMs" must be >= 0, received');
  await assertRejects(() => task.yield({ timeoutMs }), RangeError);
  await assertRejects(() => task.shutdown({ timeoutMs }), RangeError);
  await assertRejects(() => Task.yieldMany([task], { timeoutMs }), RangeError);
  assertEquals(task.pid?.alive, true);
  task.kill();
});

Deno.test("Task.yield() answers undefined when there is no result yet, and may be asked again", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const { run, open } = gated<string>();
  const task = Task.async(run);
  const first = task.yield();
  await time.tickAsync(5000);
  assertEquals(await first, undefined);
  assertEquals(task.pid?.alive, true);
  const second = task.yield({ timeoutMs: 10 });
  open("done");
  await time.runMicrotasks();
  assertEquals(await second, { ok: true, value: "done" });
  assertEquals(await task.yield({ timeoutMs: 0 }), { ok: true, value: "done" });
});

Deno.test("Task.yield() and Task.yieldMany() listen no longer than they wait", async () => {
  using time = new FakeTime();
  const task = Task.async(never);
  const before = listenersOf(task.pid!);
  const waiting = [task.yield({ timeoutMs: 5 }), Task.yieldMany([task], { timeoutMs: 5 })];
  assertEquals(listenersOf(task.pid!), before + 2);
  await time.tickAsync(5);
  await Promise.all(waiting);
  assertStrictEquals(listenersOf(task.pid!), before);
  task.kill();
});

Deno.test("Task.yield() answers why a task ended", async () => {
  using _ = new Crashes();
  const failed = Task.async(() => Promise.reject(new Error("oops")));
  const result = await failed.yield();
  assertMatch(String(!result?.ok && result?.reason), /oops/);
  const ended = Task.async(never);
  ended.pid?.exit("kill");
  assertEquals(await ended.yield(), { ok: false, reason: "killed" });
});

Deno.test("Task.shutdown() ends a task, and tells neither owner nor receiver", async () => {
  using _ = new Leaks();
  const { pid, messages } = owner((self) => self.trapExit = true);
  await settle();
  const { run, began, signals } = gated();
  const task = Task.async(run, { link: pid, replyTo: pid });
  await began;
  assertEquals(await task.shutdown(), undefined);
  assertEquals(task.pid?.alive, false);
  assertEquals(signals[0]?.reason, "shutdown");
  await settle();
  assertEquals(messages, []);
  pid.exit("kill");
});

Deno.test.each<[string, unknown, TaskResult<unknown> | undefined]>([
  ["done", "value", { ok: true, value: "value" }],
  ["killed", undefined, { ok: false, reason: "killed" }],
  ["ended by shutdown", undefined, undefined],
])("Task.shutdown() answers what there is of a task that was %s before", async (what, value, expected) => {
  const task = Task.async(() => what === "done" ? value : never());
  if (what === "killed") task.pid?.exit("kill");
  if (what === "ended by shutdown") task.pid?.exit("shutdown");
  await settle();
  assertEquals(await task.shutdown(), expected);
});

Deno.test("Task.shutdown() waits for a task that traps exits, and then kills it", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const begin = async () => {
    const { run, open, began } = gated<string>();
    const task = Task.async((signal, self) => {
      self.trapExit = true;
      return run(signal, self);
    });
    await began;
    return { task, open };
  };
  const quick = await begin();
  const finishing = quick.task.shutdown();
  quick.open("just in time");
  assertEquals(await finishing, { ok: true, value: "just in time" });

  const slow = await begin();
  const killing = slow.task.shutdown({ timeoutMs: 10 });
  await time.tickAsync(9);
  assertEquals(slow.task.pid?.alive, true);
  await time.tickAsync(1);
  assertEquals(await killing, { ok: false, reason: "killed" });
  assertEquals(slow.task.pid?.alive, false);
});

Deno.test("Task.kill() ends a task at once, whatever it traps", async () => {
  using _ = new Leaks();
  const { pid } = owner();
  const { run, began } = gated();
  const task = Task.async((signal, self) => {
    self.trapExit = true;
    return run(signal, self);
  }, { link: pid });
  await began;
  assertEquals(task.kill(), undefined);
  assertEquals(task.pid?.alive, false);
  assertEquals(pid.alive, true);
  const done = Task.async(() => 1);
  await done.await();
  assertEquals(done.kill(), { ok: true, value: 1 });
  pid.exit("kill");
});

Deno.test("Task.ignore() lets a task go on by itself", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  const { pid, messages } = owner();
  const { run, began, fail } = gated();
  const task = Task.async(run, { link: pid, replyTo: pid });
  await began;
  assertEquals(task.ignore(), undefined);
  assertEquals(task.pid?.alive, true);
  fail(new Error("oops"));
  await settle();
  assertEquals(task.pid?.alive, false);
  assertEquals(pid.alive, true);
  assertEquals(messages, []);
  await assertRejects(() => task.await(), Error, 'Cannot await task "run": it is ignored');
  await assertRejects(() => task.yield(), TypeError);
  await assertRejects(() => task.shutdown(), TypeError);
  assertThrows(() => task.kill(), TypeError);
  assertThrows(() => task.ignore(), TypeError);
  await task[Symbol.asyncDispose](); // nothing to do
  pid.exit("kill");
});

Deno.test("Task.ignore() answers the result if there is one", async () => {
  using _ = new Crashes();
  const done = Task.async(() => "ok");
  const failed = Task.async(() => Promise.reject(new Error("oops")));
  await settle();
  assertEquals(done.ignore(), { ok: true, value: "ok" });
  assertMatch(String((failed.ignore() as { reason: Error }).reason), /oops/);
});

Deno.test("Task is shut down at the end of `await using`", async () => {
  using _ = new Leaks();
  const { run, began, signals } = gated();
  {
    await using _task = Task.async(run);
    await began;
  }
  assertEquals(signals[0]?.reason, "shutdown");
});

Deno.test("Task discards what an ended function still returns or throws", async () => {
  using crashes = new Crashes();
  const late = gated<string>();
  const failing = gated<string>();
  const tasks = [Task.async(late.run), Task.async(failing.run)];
  await Promise.all([late.began, failing.began]);
  for (const task of tasks) task.kill();
  late.open("too late");
  failing.fail(new Error("too late"));
  await settle();
  for (const task of tasks) assertEquals(task.result, { ok: false, reason: "killed" });
  assertEquals(crashes.reports, []);
});

interface Lookup {
  calls: { seen(): readonly string[] };
  casts: { look(up: string): void };
  info: TaskReply<string>;
}

class LookupServer extends GenServer<readonly string[], Lookup> {
  override init() {
    return [];
  }
  override handleCall = this.calls({ seen: (seen) => reply(seen, seen) });
  override handleCast = this.casts({
    look: (seen, up) => {
      Task.async(() => up === "bad" ? Promise.reject(new Error("oops")) : Promise.resolve(`<${up}>`), {
        replyTo: this.self,
        caller: this.self,
      });
      return noreply(seen);
    },
  });
  override handleInfo(seen: readonly string[], message: unknown) {
    if (!(message instanceof TaskReply)) return noreply(seen);
    const { result } = message as TaskReply<string>;
    return noreply([...seen, result.ok ? result.value : "failed"]);
  }
}

Deno.test("Task sends its result where it is told to, so that a server need not wait", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  await using server = await GenServer.start(LookupServer, undefined, { mailbox: { capacity: 1 } });
  server.cast("look", "a");
  await settle();
  server.cast("look", "bad");
  await settle();
  assertEquals(await server.call("seen"), ["<a>", "failed"]);
});

Deno.test("Task.awaitMany() answers the values in the order of the tasks", async () => {
  using _ = new Leaks();
  const slow = gated<number>();
  const tasks = [Task.async(slow.run), Task.async(() => "b"), Task.async(() => Promise.resolve(true))] as const;
  const waiting = Task.awaitMany(tasks);
  await settle();
  slow.open(1);
  const [one, two, three] = await waiting;
  assertEquals([one, two, three], [1, "b", true]);
  assertEquals(await Task.awaitMany([]), []);
});

Deno.test("Task.awaitMany() throws after 5 seconds, and ends all", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const tasks = [Task.async(never), Task.async(() => 1), Task.async(never)];
  const failing = assertRejects(() => Task.awaitMany(tasks), TaskTimeoutError);
  await time.tickAsync(5000);
  await failing;
  assert(tasks.every(({ pid }) => !pid?.alive));
});

Deno.test("Task.awaitMany() throws at once when one fails, and ends the others", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  const { pid } = owner();
  const tasks = [Task.async(never, { link: pid }), Task.async(() => Promise.reject(new Error("oops")))];
  const error = await assertRejects(() => Task.awaitMany(tasks), TaskExitError);
  assertMatch(error.message, /oops/);
  assert(tasks.every(({ pid }) => !pid?.alive));
  assertEquals(pid.alive, true);
  pid.exit("kill");
});

Deno.test("Task.awaitMany() refuses what is ignored, and ends only the others", async () => {
  using _ = new Leaks();
  const [ignored, other] = [Task.async(never), Task.async(never)];
  ignored.ignore();
  await assertRejects(() => Task.awaitMany([ignored, other]), Error, "it is ignored");
  assertEquals(ignored.pid?.alive, true);
  assertEquals(other.pid?.alive, false);
  ignored.pid?.exit("kill");
});

Deno.test("Task.yieldMany() answers what there is in time, and lets the rest go on", async () => {
  using _ = new Leaks();
  using _crashes = new Crashes();
  using time = new FakeTime();
  const { run, open } = gated<number>();
  const tasks = [Task.async(() => 1), Task.async(run), Task.async(() => Promise.reject<number>(new Error("oops")))];
  const yielding = Task.yieldMany(tasks);
  await time.tickAsync(5000);
  const results = await yielding;
  assertEquals(results.map(({ task }) => task), tasks);
  assertEquals(results[0]?.result, { ok: true, value: 1 });
  assertEquals(results[1]?.result, undefined);
  assertEquals(results[2]?.result?.ok, false);
  assertEquals(tasks[1]?.pid?.alive, true);
  open(2);
  assertEquals(await tasks[1]?.await(), 2);
});

Deno.test("Task.yieldMany() kills those that are late when told to", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const { pid } = owner();
  const task = Task.async(never, { link: pid });
  const yielding = Task.yieldMany([task], { timeoutMs: 10, onTimeout: "killTask" });
  await time.tickAsync(10);
  assertEquals((await yielding).map(({ task }) => task.pid?.alive), [false]);
  assertEquals(pid.alive, true);
  pid.exit("kill");
});

Deno.test("Task.yieldMany() ignores those that are late when told to", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const { run, open } = gated<number>();
  const task = Task.async(run);
  const yielding = Task.yieldMany([task], { timeoutMs: 10, onTimeout: "ignore" });
  await time.tickAsync(10);
  assertEquals(await yielding, [{ task, result: undefined }]);
  assertEquals(task.pid?.alive, true);
  open(1);
  await time.runMicrotasks();
  assertEquals(task.pid?.alive, false);
  await assertRejects(() => task.yield(), Error, "it is ignored");
});

Deno.test("Task.yieldMany() is content with so many, and then does nothing to the others", async () => {
  using _ = new Leaks();
  const { run, open } = gated<string>();
  const tasks = [Task.async(run), Task.async(() => "b"), Task.async<string>(never)];
  const options = { limit: 1, timeoutMs: Infinity, onTimeout: "killTask" } as const;
  const first = await Task.yieldMany(tasks, options);
  assertEquals(first.map(({ result }) => result), [undefined, { ok: true, value: "b" }, undefined]);
  const second = Task.yieldMany([tasks[0]!, tasks[2]!], options);
  open("a");
  assertEquals((await second).map(({ result }) => result), [{ ok: true, value: "a" }, undefined]);
  assertEquals(tasks[2]?.pid?.alive, true);
  tasks[2]?.kill();
});

Deno.test("Task.yieldMany() answers at once when there is enough, or nothing to wait for", async () => {
  const done = Task.async(() => 1);
  await done.await();
  assertEquals((await Task.yieldMany([done], { limit: 7, timeoutMs: Infinity })).length, 1);
  assertEquals(await Task.yieldMany([], { timeoutMs: Infinity }), []);
  const running = Task.async<number>(never);
  assertEquals((await Task.yieldMany([running, done], { limit: 1, timeoutMs: Infinity })).length, 2);
  assertEquals((await Task.yieldMany([running], { limit: 0, timeoutMs: Infinity })).length, 1);
  await assertRejects(() => Task.yieldMany([running], { limit: -1 }), Error, '"limit" must be >= 0, received -1');
  running.kill();
});

Deno.test("Task's owner that traps exits gets an Exit, as well as whoever waits", async () => {
  using _crashes = new Crashes();
  const { pid, messages } = owner((self) => self.trapExit = true);
  await settle();
  const task = Task.async(() => Promise.reject(new Error("oops")), { link: pid });
  await assertRejects(() => task.await(), TaskExitError);
  await settle();
  const [exit] = messages;
  assert(exit instanceof Exit);
  assertStrictEquals(exit.pid, task.pid);
  (pid as Pid<never>).exit("kill");
});
