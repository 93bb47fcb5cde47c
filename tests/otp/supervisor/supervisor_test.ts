import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  AlreadyStartedError,
  CallExitError,
  child,
  ChildError,
  ChildStartError,
  DynamicSupervisor,
  GenServer,
  ignore,
  listProcesses,
  reply,
  type ServerRef,
  spawn,
  StartError,
  Supervisor,
  type SupervisorOptions,
  sys,
} from "@urvogel/realtime";
import { Children, exitOf, SupervisorEvents } from "../../support/children.ts";
import { Crashes } from "../../support/crashes.ts";

class Echo extends GenServer<string, { calls: { get(): string } }> {
  override init(text: string) {
    if (text === "ignore") return ignore();
    if (text === "fail") throw new Error("will not start");
    return text;
  }
  override handleCall = this.calls({ get: (state) => reply(state, state) });
}

Deno.test("Supervisor.start() starts children in order, and ends them in reverse order", async () => {
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("a"), children.idle("b"), children.idle("c")]);
  assertEquals(children.take(), "+a +b +c");
  await supervisor.stop();
  assertEquals(children.take(), "-c -b -a");
});

Deno.test("Supervisor.start() starts a child when init of the one before is through", async () => {
  const log: string[] = [];
  class Slow extends GenServer<string> {
    override async init(name: string) {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} is there`);
      return name;
    }
  }
  await using _ = await Supervisor.start([child(Slow, "a", { id: "a" }), child(Slow, "b", { id: "b" })]);
  assertEquals(log, ["a begins", "a is there", "b begins", "b is there"]);
});

Deno.test("Supervisor.start() ends those before a child that fails to start, and tells which and why", async () => {
  const children = new Children();
  const before = listProcesses().length;
  children.failures.c = 1;
  using events = new SupervisorEvents();
  const error = await assertRejects(
    () =>
      Supervisor.start([children.idle("a"), children.idle("b"), children.idle("c"), children.idle("d")], {
        label: "app",
      }),
    ChildStartError,
  );
  assertInstanceOf(error, StartError);
  assertEquals(error.childId, "c");
  assertInstanceOf(error.reason, Error);
  assertEquals(error.reason.message, "c fails");
  assertEquals(error.message, `Cannot start child "c" of app: Error: c fails`);
  assertEquals(children.log.join(" "), "+a +b !c -b -a");
  assertEquals(listProcesses().length, before);
  assert(events.names.includes("start_failed c"));
});

Deno.test("ChildStartError of a tree tells the way to the child that failed", async () => {
  using _ = new Crashes();
  const tree = [Supervisor.child([Supervisor.child([child(Echo, "fail")], { id: "inner" })], { id: "outer" })];
  const error = await Supervisor.start(tree).catch((error) => error);
  assert(error instanceof ChildStartError);
  const way = [];
  let reason: unknown = error;
  for (; reason instanceof ChildStartError; reason = reason.reason) way.push(reason.childId);
  assertEquals(way, ["outer", "inner", "Echo"]);
  assertEquals((reason as Error).message, "will not start");
});

Deno.test("Supervisor.start() does not report a failed start to the console: its caller is told", async (t) => {
  const children = new Children();
  children.failures.a = 1;
  const { error } = console;
  const lines: unknown[] = [];
  console.error = (...line) => lines.push(line);
  await t.step(
    "start",
    async () => void await assertRejects(() => Supervisor.start([children.idle("a")]), ChildStartError),
  );
  console.error = error;
  assertEquals(lines, []);
});

Deno.test("Supervisor.start() links to a parent, and ends with it", async () => {
  const children = new Children();
  const parent = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
  const supervisor = await Supervisor.start([children.idle("a", { shutdown: "brutalKill" })], { link: parent });
  parent.exit("shutdown");
  assertEquals(await exitOf(supervisor), "shutdown");
  assertEquals(children.pids.a!.alive, false);
});

Deno.test("Supervisor.whereis() finds a supervisor by its name, and nothing else", async () => {
  await using supervisor = await Supervisor.start([child(Echo, "x", { name: "an echo" })], { name: "a supervisor" });
  assertStrictEquals(Supervisor.whereis("a supervisor"), supervisor);
  assertEquals(Supervisor.whereis("an echo"), undefined);
  assertEquals(DynamicSupervisor.whereis("a supervisor"), undefined);
  await assertRejects(() => Supervisor.start([], { name: "a supervisor" }), AlreadyStartedError);
});

Deno.test("Supervisor.start() takes a function, which makes the children at each start", async () => {
  let starts = 0;
  const children = new Children();
  const inner = Supervisor.child(() => [children.idle(`a${++starts}`)], { id: "inner", name: "inner supervisor" });
  await using outer = await Supervisor.start([inner]);
  using _ = new SupervisorEvents();
  Supervisor.whereis("inner supervisor")!.exit("kill");
  await outer.whichChildren();
  assertEquals(children.log.join(" "), "+a1 -a1 +a2");
});

Deno.test("Supervisor.start() fails when the function that makes the children throws", async () => {
  using _ = new Crashes();
  const boom = () => {
    throw new Error("boom");
  };
  await assertRejects(() => Supervisor.start(boom), StartError, "Cannot start Supervisor: Error: boom");
});

Deno.test("Supervisor.start() ends all children when it takes longer than timeoutMs", async () => {
  const children = new Children();
  const never = { id: "never", start: () => new Promise<never>(() => {}) };
  assertEquals(
    (await assertRejects(() => Supervisor.start([children.idle("a"), never], { timeoutMs: 0 }), StartError)).reason,
    "timeout",
  );
  assertEquals(children.pids.a!.alive, false);
});

Deno.test("A child that is ready when its supervisor has been killed is told so", async () => {
  const children = new Children();
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = {
    ...children.idle("late"),
    start: () => promise.then(() => children.start("late", undefined as never)),
  };
  await assertRejects(() => Supervisor.start([late], { timeoutMs: 0 }), StartError);
  resolve();
  await promise;
  await Promise.resolve();
  assertEquals(children.pids.late!.alive, false);
});

const idle = new Children();
const BAD_SPECS: readonly (readonly [name: string, spec: unknown, message: RegExp])[] = [
  ["no id", { start: () => idle }, /"id" must be a string or a number, received undefined/],
  ["no start", { id: "a" }, /Cannot supervise child "a": "start" must be a function, received undefined/],
  ["restart", { ...idle.idle("a"), restart: "always" }, /"restart" must be one of permanent, .*, received always/],
  ["type", { ...idle.idle("a"), type: "boss" }, /"type" must be one of worker, supervisor, received boss/],
  [
    "shutdown",
    { ...idle.idle("a"), shutdown: -1 },
    /"shutdown" must be milliseconds >= 0, "infinity" or "brutalKill", received -1/,
  ],
  [
    "shutdown in words",
    { ...idle.idle("a"), shutdown: "soon" },
    /"shutdown" must be milliseconds >= 0, .*, received soon/,
  ],
  ["significant", { ...idle.idle("a"), significant: true }, /a permanent child cannot be "significant"/],
  [
    "significant for nothing",
    { ...idle.idle("a"), restart: "transient", significant: true },
    /it is "significant", but "autoShutdown" is "never"/,
  ],
];

Deno.test.each(BAD_SPECS)("Supervisor refuses a child with bad %s, at start and later", async (_, spec, message) => {
  assertMatch((await assertRejects(() => Supervisor.start([spec as never]), Error)).message, message);
  await using supervisor = await Supervisor.start([idle.idle("z")]);
  assertMatch((await assertRejects(() => supervisor.startChild(spec as never), Error)).message, message);
  assertEquals((await supervisor.whichChildren()).length, 1);
});

Deno.test("Supervisor.start() refuses two children with the same id", async () => {
  await assertRejects(() => Supervisor.start([idle.idle("a"), idle.idle("a")]), Error, 'two children with the id "a"');
});

const BAD_OPTIONS: readonly (readonly [name: string, options: unknown, message: RegExp])[] = [
  ["strategy", { strategy: "simpleOneForOne" }, /"strategy" must be one of oneForOne, .*, received simpleOneForOne/],
  ["autoShutdown", { autoShutdown: "always" }, /"autoShutdown" must be one of never, .*, received always/],
  ["maxRestarts", { maxRestarts: -1 }, /"maxRestarts" must be an integer >= 0 or Infinity, received -1/],
  ["fraction of maxRestarts", { maxRestarts: 1.5 }, /"maxRestarts" must be an integer/],
  ["maxSeconds", { maxSeconds: 0 }, /"maxSeconds" must be > 0, received 0/],
];

Deno.test.each(BAD_OPTIONS)("Supervisor.start() refuses a bad %s", async (_, options, message) => {
  assertMatch((await assertRejects(() => Supervisor.start([], options as SupervisorOptions), Error)).message, message);
});

Deno.test("Supervisor.startChild() answers with the child, typed, and adds it behind the others", async () => {
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("a")]);
  const echo: ServerRef<{ calls: { get(): string } }> = await supervisor.startChild(child(Echo, "hello"));
  assertEquals(await echo.call("get"), "hello");
  await supervisor.startChild(children.idle("c"));
  assertEquals((await supervisor.whichChildren()).map(({ id }) => id), ["a", "Echo", "c"]);
  await supervisor.stop();
  assertEquals(echo.alive, false);
});

Deno.test("Supervisor goes through the life of a child", async () => {
  await using supervisor = await Supervisor.start([]);
  assertEquals(await supervisor.whichChildren(), []);
  assertEquals(await supervisor.countChildren(), { specs: 0, active: 0, supervisors: 0, workers: 0 });

  const pid = await supervisor.startChild(child(Echo, "x", { id: "echo" }));
  assertEquals(await supervisor.whichChildren(), [{ id: "echo", type: "worker", status: "running", pid }]);
  assertEquals(await supervisor.countChildren(), { specs: 1, active: 1, supervisors: 0, workers: 1 });
  assertObjectMatch(await assertRejects(() => supervisor.deleteChild("echo"), ChildError), {
    problem: "running",
    childId: "echo",
  });
  assertEquals((await assertRejects(() => supervisor.restartChild("echo"), ChildError)).problem, "running");

  await supervisor.terminateChild("echo");
  assertEquals(pid.alive, false);
  assertEquals(await supervisor.whichChildren(), [{ id: "echo", type: "worker", status: "stopped" }]);
  assertEquals(await supervisor.countChildren(), { specs: 1, active: 0, supervisors: 0, workers: 1 });
  await supervisor.terminateChild("echo"); // fine: it does not run

  const again = await supervisor.restartChild("echo");
  assert(again.alive && again !== pid);
  await supervisor.terminateChild("echo");
  await supervisor.deleteChild("echo");
  assertEquals(await supervisor.whichChildren(), []);
});

Deno.test("Supervisor.countChildren() tells supervisors from workers", async () => {
  await using supervisor = await Supervisor.start([
    Supervisor.child([], { id: "s" }),
    DynamicSupervisor.child({ id: "d" }),
    child(Echo, "x"),
  ]);
  assertEquals(await supervisor.countChildren(), { specs: 3, active: 3, supervisors: 2, workers: 1 });
});

Deno.test.each(["terminateChild", "restartChild", "deleteChild"] as const)(
  "Supervisor.%s() throws notFound for a child that is not there",
  async (method) => {
    await using supervisor = await Supervisor.start([]);
    const error = await assertRejects(() => supervisor[method]("nobody"), ChildError);
    assertEquals(error.problem, "notFound");
    assertEquals(error.childId, "nobody");
  },
);

Deno.test("Supervisor.startChild() throws alreadyStarted or alreadyPresent when the id is taken", async () => {
  const children = new Children();
  await using supervisor = await Supervisor.start([children.idle("a")]);
  assertObjectMatch(
    await assertRejects(
      () => supervisor.startChild(children.idle("a")),
      ChildError,
      `Cannot start child "a": a child with this id runs`,
    ),
    { problem: "alreadyStarted", pid: children.pids.a },
  );
  await supervisor.terminateChild("a");
  assertObjectMatch(await assertRejects(() => supervisor.startChild(children.idle("a")), ChildError), {
    problem: "alreadyPresent",
    pid: undefined,
  });
});

Deno.test("Supervisor.startChild() keeps nothing of a child that fails to start", async () => {
  using _ = new Crashes();
  await using supervisor = await Supervisor.start([]);
  assertEquals(
    (await assertRejects(
      () => supervisor.startChild(child(Echo, "fail")),
      ChildStartError,
      `Cannot start child "Echo" of Supervisor: Error: will not start`,
    )).childId,
    "Echo",
  );
  assertEquals(await supervisor.whichChildren(), []);
});

Deno.test("Supervisor.restartChild() leaves a child stopped that fails to start", async () => {
  const children = new Children();
  await using supervisor = await Supervisor.start([children.idle("a")]);
  await supervisor.terminateChild("a");
  children.failures.a = 1;
  await assertRejects(() => supervisor.restartChild("a"), ChildStartError);
  assertEquals(await supervisor.whichChildren(), [{ id: "a", type: "worker", status: "stopped" }]);
});

Deno.test("Supervisor.startChild() throws what stands in the way of a name", async () => {
  await using supervisor = await Supervisor.start([child(Echo, "x", { name: "taken" })]);
  const error = await assertRejects(
    () => supervisor.startChild(child(Echo, "y", { id: "other", name: "taken" })),
    ChildStartError,
  );
  assertInstanceOf(error.reason, AlreadyStartedError);
});

Deno.test("Supervisor keeps a child that ignores its start, unless it is temporary", async () => {
  await using supervisor = await Supervisor.start([
    child(Echo, "ignore", { id: "kept" }),
    child(Echo, "ignore", { id: "gone", restart: "temporary" }),
    { id: "by result", start: () => ignore() },
  ]);
  const stopped = { type: "worker", status: "stopped" };
  assertEquals<unknown>(await supervisor.whichChildren(), [{ id: "kept", ...stopped }, {
    id: "by result",
    ...stopped,
  }]);
  assertEquals((await assertRejects(() => supervisor.restartChild("kept"), ChildStartError)).reason, "ignore");
  assertEquals(
    (await assertRejects(() => supervisor.startChild(child(Echo, "ignore", { id: "later" })), StartError)).reason,
    "ignore",
  );
  const temporary = child(Echo, "ignore", { id: "never", restart: "temporary" });
  assertEquals((await assertRejects(() => supervisor.startChild(temporary), StartError)).reason, "ignore");
  assertEquals((await supervisor.whichChildren()).map(({ id }) => id), ["kept", "by result", "later"]);
});

Deno.test("Supervisor tells of a start that makes no process", async () => {
  using _ = new SupervisorEvents();
  const error = await assertRejects(() => Supervisor.start([{ id: "a", start: (() => 42) as never }]), ChildStartError);
  assertInstanceOf(error.reason, TypeError);
});

Deno.test("child() has the id that it is given, or its name, or its class", () => {
  assertEquals(child(Echo, "").id, "Echo");
  assertEquals(child(Echo, "", { name: "n" }).id, "n");
  assertEquals(child(Echo, "", { name: "n", id: "i" }).id, "i");
  assertEquals(Supervisor.child([]).id, "Supervisor");
  assertEquals(DynamicSupervisor.child({ name: "d" }).id, "d");
});

Deno.test("Supervisor is a server: sys looks into it, what it does not know does no harm", async () => {
  const children = new Children();
  await using supervisor = await Supervisor.start([children.idle("a")]);
  const status = await sys.getStatus(supervisor);
  assertEquals(status.state, [{ id: "a", type: "worker", status: "running", pid: children.pids.a }]);
  const { warn } = console;
  const warnings: unknown[] = [];
  console.warn = (...line) => warnings.push(line);
  supervisor.send("what?" as never);
  await supervisor.whichChildren();
  console.warn = warn;
  assertEquals(warnings.length, 1);
  supervisor.exit(new Error("from nobody it knows"));
  assertEquals((await supervisor.whichChildren()).length, 1);
});

Deno.test("SupervisorRef throws CallExitError once the supervisor has ended", async () => {
  const supervisor = await Supervisor.start([]);
  await supervisor.stop("shutdown");
  await assertRejects(() => supervisor.whichChildren(), CallExitError);
  await supervisor.stop(); // fine
});
