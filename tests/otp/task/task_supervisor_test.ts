import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AlreadyStartedError,
  CallExitError,
  ChildError,
  type Pid,
  processInfo,
  type Self,
  spawn,
  sys,
  Task,
  TaskExitError,
  TaskSupervisor,
  type TaskSupervisorOptions,
  TaskTimeoutError,
  UniqueRegistry,
} from "@urvogel/realtime";
import { Crashes } from "../../support/crashes.ts";
import { Leaks } from "../../support/leaks.ts";

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
const never = () => new Promise<never>(() => {});

/** A process that does nothing until it is ended. */
function idle(setUp: (self: Self<unknown>) => void = () => {}): Pid<unknown> {
  return spawn<unknown>(async (mailbox, self) => {
    setUp(self);
    for await (const _ of mailbox);
  }, { label: "idle" });
}

/** A task that says that it runs, and takes its time to end. */
function stubborn() {
  const began = Promise.withResolvers<void>();
  return {
    began: began.promise,
    run: (_: AbortSignal, self: Self<never>) => {
      self.trapExit = true;
      began.resolve();
      return never();
    },
  };
}

Deno.test("TaskSupervisor.start() takes names, and is found by them", async () => {
  using _ = new Leaks();
  const registry = new UniqueRegistry<string>();
  await using named = await TaskSupervisor.start({ name: "tasks" });
  await using via = await TaskSupervisor.start({ name: registry.via("tasks") });
  await using _other = await TaskSupervisor.start({ label: "nobody" });
  assertStrictEquals(TaskSupervisor.whereis("tasks"), named);
  assertStrictEquals(TaskSupervisor.whereis(registry.via("tasks")), via);
  assertEquals(TaskSupervisor.whereis("nobody"), undefined);
  assertEquals(named.children, []);
  await assertRejects(() => TaskSupervisor.start({ name: "tasks" }), AlreadyStartedError);
});

Deno.test("TaskSupervisor ends, with its tasks, when its parent asks it to", async () => {
  using _ = new Leaks();
  const parent = idle();
  const supervisor = await TaskSupervisor.start({ link: parent });
  const task = supervisor.asyncNolink(never);
  assertEquals(processInfo(supervisor)?.ancestors, [parent]);
  parent.exit("shutdown");
  await settle();
  assertEquals(supervisor.alive, false);
  assertEquals(await task.yield(), { ok: false, reason: "shutdown" });
});

Deno.test("TaskSupervisor.async() links the task to its caller and to the supervisor", async () => {
  using _ = new Leaks();
  await using supervisor = await TaskSupervisor.start();
  const caller = idle();
  const task = supervisor.async(never, { link: caller });
  assertEquals(supervisor.children, [task.pid]);
  assertEquals(processInfo(task.pid!)?.links, [supervisor, caller]);
  assertEquals(processInfo(task.pid!)?.ancestors, [supervisor]);
  caller.exit("shutdown");
  assertEquals(task.pid?.alive, false);
  assertEquals(supervisor.children, []);
  assertEquals(supervisor.alive, true);
});

Deno.test("TaskSupervisor.async() takes the caller along when the task fails, but not the supervisor", async () => {
  using _leaks = new Leaks();
  using crashes = new Crashes();
  await using supervisor = await TaskSupervisor.start();
  const caller = idle();
  const task = supervisor.async(() => Promise.reject(new Error("oops")), { link: caller });
  await assertRejects(() => task.await(), TaskExitError);
  assertEquals(caller.alive, false);
  assertEquals(supervisor.alive, true);
  assertEquals(crashes.reports.map(({ callers }) => callers), [[caller]]);
});

Deno.test("TaskSupervisor.asyncNolink() spares the caller", async () => {
  using _leaks = new Leaks();
  using crashes = new Crashes();
  await using supervisor = await TaskSupervisor.start();
  const caller = idle();
  const task = supervisor.asyncNolink(() => Promise.reject(new Error("oops")), { caller });
  assertEquals(processInfo(task.pid!)?.links, [supervisor]);
  assertEquals((await task.yield())?.ok, false);
  assertEquals(caller.alive, true);
  assertEquals(await supervisor.asyncNolink(() => "done").await(), "done");
  await supervisor.asyncNolink(() => Promise.reject(new Error("oops"))).yield();
  assertEquals(crashes.reports.map(({ callers }) => callers), [[caller], []]);
  caller.exit("kill");
});

Deno.test("TaskSupervisor's tasks know on whose behalf they run, through tasks of tasks", async () => {
  using crashes = new Crashes();
  await using supervisor = await TaskSupervisor.start({ label: "sup" });
  const caller = idle();
  const outer = supervisor.asyncNolink(async (_, self) => {
    await supervisor.asyncNolink(() => Promise.reject(new Error("oops")), { caller: self }).yield();
  }, { caller, label: "outer" });
  await outer.await();
  assertEquals(crashes.reports[0]?.callers?.map(({ label }) => label), ["outer", "idle"]);
  assertEquals(crashes.reports[0]?.ancestors, [supervisor]);
  caller.exit("kill");
});

Deno.test("TaskSupervisor refuses more tasks than it may have", async () => {
  using _ = new Leaks();
  await using supervisor = await TaskSupervisor.start({ maxChildren: 1 });
  const first = supervisor.asyncNolink(never);
  const caller = idle();
  const refuses = (start: () => unknown) => assertEquals(assertThrows(start, ChildError).problem, "maxChildren");
  refuses(() => supervisor.asyncNolink(never));
  refuses(() => supervisor.async(never, { link: caller }));
  refuses(() => supervisor.startChild(never));
  first.kill();
  assertEquals(await supervisor.asyncNolink(() => "room again").await(), "room again");
  caller.exit("kill");
});

Deno.test("TaskSupervisor has room for another task as soon as one ends", async () => {
  using _ = new Leaks();
  await using supervisor = await TaskSupervisor.start({ maxChildren: 1 });
  const next = Promise.withResolvers<Task<string>>();
  const task = supervisor.asyncNolink((signal) => {
    // In the midst of the end, before anybody has been told.
    signal.addEventListener("abort", () => next.resolve(supervisor.asyncNolink(() => "next")));
    return never();
  });
  await settle();
  task.pid?.exit("shutdown");
  assertEquals(await (await next.promise).await(), "next");
});

Deno.test.each<[string, TaskSupervisorOptions, RegExp]>([
  ["less than no tasks", { maxChildren: -1 }, /"maxChildren" must be >= 0, received -1/],
  ["less than no restarts", { maxRestarts: -1 }, /"maxRestarts" must be/],
  ["restarts in no time", { maxSeconds: 0 }, /"maxSeconds" must be/],
])("TaskSupervisor.start() refuses %s", async (_, options, message) => {
  using _leaks = new Leaks();
  assertMatch(String(await assertRejects(() => TaskSupervisor.start(options))), message);
});

Deno.test("TaskSupervisor refuses a shutdown that is none", async () => {
  await using supervisor = await TaskSupervisor.start();
  const message = /"shutdown" must be milliseconds >= 0, "infinity" or "brutalKill", received unknown/;
  const shutdown = "unknown" as "infinity";
  assertMatch(String(assertThrows(() => supervisor.startChild(never, { shutdown }))), message);
  assertMatch(String(assertThrows(() => supervisor.asyncNolink(never, { shutdown }))), message);
  assertMatch(String(assertThrows(() => supervisor.asyncStreamNolink([], never, { shutdown }))), message);
  assertEquals(supervisor.children, []);
});

Deno.test("TaskSupervisor that has ended, or is about to, starts nothing", async () => {
  using _ = new Leaks();
  const supervisor = await TaskSupervisor.start();
  const { run, began } = stubborn();
  supervisor.startChild(run, { shutdown: "infinity" });
  await began;
  const stopping = supervisor.stop();
  await settle();
  assertEquals(supervisor.alive, true);
  assertThrows(() => supervisor.asyncNolink(never), CallExitError);
  supervisor.children[0]?.exit("kill");
  await stopping;
  const error = assertThrows(() => supervisor.startChild(never), CallExitError);
  assertEquals(error.reason, "noproc");
});

Deno.test("TaskSupervisor.startChild() runs a task for nobody, once", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  await using supervisor = await TaskSupervisor.start();
  let runs = 0;
  const pid = supervisor.startChild(() => {
    runs++;
    throw new Error("oops");
  });
  assertEquals(supervisor.children, [pid]);
  assertEquals(processInfo(pid)?.links, [supervisor]);
  await settle();
  assertEquals(runs, 1);
  assertEquals(supervisor.children, []);
});

Deno.test.each<["temporary" | "transient" | "permanent", number, number, number]>([
  ["temporary", 1, 1, 1],
  ["transient", 1, 1, 2],
  ["permanent", 2, 2, 2],
])("TaskSupervisor.startChild() starts a %s task again as OTP does", async (restart, done, shutdown, failed) => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  await using supervisor = await TaskSupervisor.start({ maxRestarts: 10 });
  const run = async (end: (pid: Pid<never>) => void) => {
    let runs = 0;
    const pid = supervisor.startChild(async (_, self) => {
      if (++runs > 1) await never();
      end(self);
      await settle();
    }, { restart });
    await settle();
    await settle();
    for (const child of supervisor.children) await supervisor.terminateChild(child);
    assertEquals(pid.alive, false);
    return runs;
  };
  assertStrictEquals(await run(() => {}), done);
  assertStrictEquals(await run((self) => self.exit("shutdown")), shutdown);
  assertStrictEquals(
    await run(() => {
      throw new Error("oops");
    }),
    failed,
  );
  assertStrictEquals(await run((self) => self.exit("kill")), failed);
});

Deno.test("TaskSupervisor ends when a task has to be started again too often", async () => {
  using _leaks = new Leaks();
  using crashes = new Crashes();
  const supervisor = await TaskSupervisor.start({ maxRestarts: 2, maxSeconds: 5 });
  const bystander = supervisor.asyncNolink(never);
  supervisor.startChild(() => Promise.reject(new Error("oops")), { restart: "transient" });
  assertEquals(await bystander.yield(), { ok: false, reason: "shutdown" });
  await settle();
  assertEquals(supervisor.alive, false);
  assertEquals(crashes.reports.length, 3);
});

Deno.test("TaskSupervisor goes on when failures are far apart", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  using time = new FakeTime();
  const supervisor = await TaskSupervisor.start({ maxRestarts: 1, maxSeconds: 5 });
  let runs = 0;
  supervisor.startChild(async () => {
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 6000));
    throw new Error("oops");
  }, { restart: "transient" });
  for (let i = 0; i < 5; i++) {
    await time.runMicrotasks();
    await time.tickAsync(6000);
  }
  await time.runMicrotasks();
  assertEquals(runs, 6);
  assertEquals(supervisor.alive, true);
  await supervisor.stop();
});

Deno.test("TaskSupervisor.terminateChild() ends a task for good", async () => {
  using _ = new Leaks();
  await using supervisor = await TaskSupervisor.start();
  const pid = supervisor.startChild(never, { restart: "permanent" });
  assertEquals(await supervisor.terminateChild(pid), true);
  assertEquals(pid.alive, false);
  assertEquals(supervisor.children, []);
  assertEquals(await supervisor.terminateChild(pid), false);
  const stranger = idle();
  assertEquals(await supervisor.terminateChild(stranger), false);
  assertEquals(stranger.alive, true);
  stranger.exit("kill");
});

Deno.test("TaskSupervisor.terminateChild() waits for a task that traps exits, then kills it", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const supervisor = await TaskSupervisor.start();
  const { run, began } = stubborn();
  const pid = supervisor.startChild(run);
  await began;
  const terminating = supervisor.terminateChild(pid);
  await time.tickAsync(4999);
  assertEquals(pid.alive, true);
  await time.tickAsync(1);
  assertEquals(await terminating, true);
  assertEquals(pid.alive, false);
  await supervisor.stop();
});

Deno.test("TaskSupervisor.stop() ends all tasks at the same time", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const supervisor = await TaskSupervisor.start();
  const tasks = [stubborn(), stubborn(), stubborn()];
  const pids = tasks.map(({ run }) => supervisor.startChild(run, { shutdown: 100, restart: "permanent" }));
  await Promise.all(tasks.map(({ began }) => began));
  const stopping = supervisor.stop();
  await time.tickAsync(99);
  assert(pids.every(({ alive }) => alive));
  await time.tickAsync(1);
  await stopping;
  assert(pids.every(({ alive }) => !alive));
});

Deno.test("TaskSupervisor.stop() kills what says so at once, with that as the reason", async () => {
  using _ = new Leaks();
  const supervisor = await TaskSupervisor.start();
  const killed = supervisor.asyncNolink(never, { shutdown: "brutalKill" });
  const asked = supervisor.asyncNolink(never);
  await supervisor.stop();
  assertEquals(killed.result, { ok: false, reason: "killed" });
  assertEquals(asked.result, { ok: false, reason: "shutdown" });
});

Deno.test("TaskSupervisor that is killed takes its tasks along", async () => {
  using _ = new Leaks();
  const supervisor = await TaskSupervisor.start();
  const task = supervisor.asyncNolink(never);
  supervisor.startChild(never, { restart: "permanent" });
  supervisor.exit("kill");
  assertEquals(task.result, { ok: false, reason: "killed" });
});

Deno.test("TaskSupervisor's task that is awaited for too long ends", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const supervisor = await TaskSupervisor.start();
  const task = supervisor.asyncNolink(never);
  const failing = assertRejects(() => task.await({ timeoutMs: 0 }), TaskTimeoutError);
  await time.tickAsync(0);
  await failing;
  assertEquals(supervisor.children, []);
  await supervisor.stop();
});

Deno.test("TaskSupervisor.asyncStreamNolink() streams tasks of the supervisor", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  await using supervisor = await TaskSupervisor.start();
  let children: readonly Pid<never>[] = [];
  const results = await Array.fromAsync(supervisor.asyncStreamNolink([1, 2, 3], (n) => {
    children = supervisor.children;
    if (n === 2) throw new Error("oops");
    return n;
  }, { maxConcurrency: 3 }));
  assertEquals(results.map(({ ok }) => ok), [true, false, true]);
  assert(children.length >= 1);
  assertEquals(supervisor.children, []);
});

Deno.test("TaskSupervisor.asyncStream() links its tasks to who reads", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  await using supervisor = await TaskSupervisor.start();
  const reader = idle();
  const run = (n: number) => n === 1 ? Promise.reject(new Error("oops")) : never();
  const stream = supervisor.asyncStream([1, 2], run, { link: reader });
  await assertRejects(() => Array.fromAsync(stream), TaskExitError);
  assertEquals(reader.alive, false);
  assertEquals(supervisor.alive, true);
});

Deno.test("TaskSupervisor.asyncStreamNolink() ends what runs when it is left", async () => {
  using _ = new Leaks();
  await using supervisor = await TaskSupervisor.start();
  const run = (n: number) => n === 0 ? Promise.resolve(n) : never();
  for await (const _ of supervisor.asyncStreamNolink([0, 1, 2, 3], run, { maxConcurrency: 4 })) break;
  assertEquals(supervisor.children, []);
});

Deno.test("TaskSupervisor.asyncStreamNolink() fails where there are too many tasks, and leaves none", async () => {
  using _ = new Leaks();
  await using supervisor = await TaskSupervisor.start({ maxChildren: 1 });
  let released = false;
  function* items() {
    try {
      yield* [1, 2, 3];
    } finally {
      released = true;
    }
  }
  const stream = supervisor.asyncStreamNolink(items(), never, { maxConcurrency: 2 });
  await assertRejects(() => Array.fromAsync(stream), ChildError);
  assertEquals(released, true);
  assertEquals(supervisor.children, []);
});

Deno.test("TaskSupervisor.asyncStreamNolink() answers timeouts with what they were for", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const supervisor = await TaskSupervisor.start();
  const options = { onTimeout: "killTask", timeoutMs: 50, maxConcurrency: 2 } as const;
  const run = (n: number) => n === 1 ? n : never();
  const reading = Array.fromAsync(supervisor.asyncStreamNolink([1, 100], run, options));
  await time.tickAsync(0);
  await time.tickAsync(50);
  assertEquals(await reading, [{ ok: true, value: 1 }, { ok: false, reason: "timeout", input: 100 }]);
  await supervisor.stop();
});

Deno.test("TaskSupervisor can be looked into with sys", async () => {
  await using supervisor = await TaskSupervisor.start();
  const pid = supervisor.startChild(never);
  const { state } = await sys.getStatus(supervisor);
  assertEquals(state, { children: [pid] });
});

Deno.test("TaskSupervisor leaves no message of a task that ended in its mailbox", async () => {
  await using supervisor = await TaskSupervisor.start();
  await Task.awaitMany([1, 2, 3].map((n) => supervisor.asyncNolink(() => n)));
  await settle();
  assertEquals(processInfo(supervisor)?.messageQueueLength, 0);
});
