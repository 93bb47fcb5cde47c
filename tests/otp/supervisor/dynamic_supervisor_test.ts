import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AlreadyStartedError,
  child,
  ChildError,
  type ChildSpec,
  ChildStartError,
  DynamicSupervisor,
  type DynamicSupervisorOptions,
  type DynamicSupervisorRef,
  type ExitReason,
  GenServer,
  ignore,
  listProcesses,
  reply,
  type Restart,
  spawn,
  Supervisor,
  sys,
} from "@urvogel/realtime";
import { Children, exitOf, type IdleOptions, SupervisorEvents } from "../../support/children.ts";
import { Crashes } from "../../support/crashes.ts";

const BOOM = new Error("boom");

class Echo extends GenServer<string, { calls: { get(): string } }> {
  override init(text: string) {
    if (text === "fail") throw new Error("will not start");
    return text === "ignore" ? ignore() : text;
  }
  override handleCall = this.calls({ get: (state) => reply(state, state) });
}

async function counts(supervisor: DynamicSupervisorRef): Promise<string> {
  const { specs, active, supervisors, workers } = await supervisor.countChildren();
  return `${specs} specs, ${active} active, ${supervisors} supervisors, ${workers} workers`;
}

Deno.test("DynamicSupervisor.start() starts without children, linked to its parent", async () => {
  const parent = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
  const supervisor = await DynamicSupervisor.start({ link: parent, name: "dynamic" });
  assertEquals(await supervisor.whichChildren(), []);
  assertStrictEquals(DynamicSupervisor.whereis("dynamic"), supervisor);
  assertEquals(Supervisor.whereis("dynamic"), undefined);
  await assertRejects(() => DynamicSupervisor.start({ name: "dynamic" }), AlreadyStartedError);
  const ended = exitOf(supervisor);
  parent.exit("shutdown");
  assertEquals(await ended, "shutdown");
});

Deno.test("DynamicSupervisor.child() makes children of a supervisor, told apart by name", async () => {
  const specs = [DynamicSupervisor.child({ name: "one" }), DynamicSupervisor.child({ name: "two" })];
  await using supervisor = await Supervisor.start([...specs, DynamicSupervisor.child()]);
  const dynamic = await supervisor.whichChildren();
  assertEquals(dynamic.map(({ id, type }) => [id, type]), [
    ["one", "supervisor"],
    ["two", "supervisor"],
    ["DynamicSupervisor", "supervisor"],
  ]);
  const echo = await DynamicSupervisor.whereis("two")!.startChild(child(Echo, "x"));
  assertEquals(await echo.call("get"), "x");
  assertEquals(
    (await assertRejects(() => supervisor.startChild(DynamicSupervisor.child()), ChildError)).problem,
    "alreadyStarted",
  );
});

const BAD_OPTIONS: readonly (readonly [name: string, options: DynamicSupervisorOptions, message: RegExp])[] = [
  ["maxChildren", { maxChildren: -1 }, /"maxChildren" must be >= 0, received -1/],
  ["maxRestarts", { maxRestarts: -1 }, /"maxRestarts" must be an integer >= 0 or Infinity, received -1/],
  ["maxSeconds", { maxSeconds: 0 }, /"maxSeconds" must be > 0, received 0/],
];

Deno.test.each(BAD_OPTIONS)("DynamicSupervisor.start() refuses a bad %s", async (_, options, message) => {
  assertMatch((await assertRejects(() => DynamicSupervisor.start(options), RangeError)).message, message);
});

const idle = new Children();
const BAD_SPECS: readonly (readonly [name: string, spec: unknown, message: RegExp])[] = [
  ["no start", {}, /Cannot supervise child without id: "start" must be a function, received undefined/],
  [
    "shutdown",
    { ...idle.idle("a"), shutdown: -1 },
    /"shutdown" must be milliseconds >= 0, "infinity" or "brutalKill", received -1/,
  ],
  ["significant", { ...idle.idle("a"), restart: "transient", significant: true }, /none is "significant"/],
];

Deno.test.each(BAD_SPECS)("DynamicSupervisor.startChild() refuses a child with bad %s", async (_, spec, message) => {
  await using supervisor = await DynamicSupervisor.start();
  assertMatch((await assertRejects(() => supervisor.startChild(spec as never), Error)).message, message);
  assertEquals(await counts(supervisor), "0 specs, 0 active, 0 supervisors, 0 workers");
});

Deno.test("DynamicSupervisor.startChild() takes many children with the same id, or none", async () => {
  const children = new Children();
  await using supervisor = await DynamicSupervisor.start();
  const pids = [
    await supervisor.startChild(child(Echo, "x")),
    await supervisor.startChild(child(Echo, "y")),
    await supervisor.startChild({ start: (parent) => children.start("z", parent), type: "supervisor" }),
  ];
  const infos = await supervisor.whichChildren();
  assertEquals(infos.map(({ id, pid }) => [id, pid]), [["Echo", pids[0]], ["Echo", pids[1]], ["z", pids[2]]]);
  assertEquals(await counts(supervisor), "3 specs, 3 active, 1 supervisors, 2 workers");
});

Deno.test("DynamicSupervisor.startChild() throws when a child ignores, fails or makes no process", async () => {
  using _ = new Crashes();
  using events = new SupervisorEvents();
  await using supervisor = await DynamicSupervisor.start();
  assertEquals(
    (await assertRejects(() => supervisor.startChild(child(Echo, "ignore")), ChildStartError)).reason,
    "ignore",
  );
  const error = await assertRejects(() => supervisor.startChild(child(Echo, "fail")), ChildStartError);
  assertEquals((error.reason as Error).message, "will not start");
  await assertRejects(() => supervisor.startChild({ start: (() => "unknown") as never }), ChildStartError);
  // deno-lint-ignore no-throw-literal
  const thrower = () => {
    throw "oops";
  };
  await assertRejects(() => supervisor.startChild({ start: thrower }), Error, "Thrown: oops");
  assertEquals(await counts(supervisor), "0 specs, 0 active, 0 supervisors, 0 workers");
  assertEquals(events.names, ["start_failed Echo", "start_failed undefined", "start_failed undefined"]);
});

Deno.test("DynamicSupervisor.startChild() throws maxChildren when there are as many as there may be", async () => {
  const children = new Children();
  await using none = await DynamicSupervisor.start({ maxChildren: 0 });
  const error = await assertRejects(() => none.startChild(children.idle("a")), ChildError);
  assertEquals(error.problem, "maxChildren");
  await using two = await DynamicSupervisor.start({ maxChildren: 2 });
  await two.startChild(children.idle("a", { restart: "temporary" }));
  const b = await two.startChild(children.idle("b"));
  await assertRejects(
    () => two.startChild(children.idle("c")),
    Error,
    `Cannot start child "c": there are "maxChildren" already`,
  );
  children.pids.a!.exit("shutdown");
  await two.startChild(children.idle("c"));
  await two.terminateChild(b);
  await two.startChild(children.idle("d"));
});

const ENDS: readonly ExitReason[] = ["shutdown", { shutdown: "signal" }, BOOM];
const CASES = (["temporary", "transient", "permanent"] as const).flatMap((restart) =>
  ENDS.map((reason) => [restart, reason] as const)
);

Deno.test.each(CASES)("DynamicSupervisor treats a %s child that ended by %j as OTP does", async (restart, reason) => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await DynamicSupervisor.start();
  await supervisor.startChild(children.idle("a", { restart } as IdleOptions));
  children.pids.a!.exit(reason);
  const left = restart === "permanent" || (restart === "transient" && reason === BOOM) ? 1 : 0;
  assertEquals(await counts(supervisor), `${left} specs, ${left} active, 0 supervisors, ${left} workers`);
  assertStrictEquals(children.take(), left ? "+a -a +a" : "+a -a");
});

Deno.test("DynamicSupervisor leaves the others alone when a child is restarted", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await DynamicSupervisor.start();
  for (const id of ["a", "b", "c"]) await supervisor.startChild(children.idle(id));
  children.pids.b!.exit(BOOM);
  await supervisor.whichChildren();
  assertEquals(children.take(), "+a +b +c -b +b");
});

Deno.test("DynamicSupervisor forgets a child that ignores its restart", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  let starts = 0;
  const spec: ChildSpec = { id: "a", start: (parent) => starts++ ? ignore() : children.start("a", parent) };
  await using supervisor = await DynamicSupervisor.start();
  await supervisor.startChild(spec);
  children.pids.a!.exit(BOOM);
  assertEquals(await supervisor.whichChildren(), []);
});

Deno.test("DynamicSupervisor tries a restart that fails again, which counts for maxChildren", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await DynamicSupervisor.start({ maxChildren: 1, maxRestarts: Infinity });
  await supervisor.startChild(children.idle("a"));
  children.failures.a = Infinity;
  children.pids.a!.exit(BOOM);
  assertEquals(await supervisor.whichChildren(), [{ id: "a", type: "worker", status: "restarting" }]);
  assertEquals(await counts(supervisor), "1 specs, 0 active, 0 supervisors, 1 workers");
  assertEquals(
    (await assertRejects(() => supervisor.startChild(children.idle("b")), ChildError)).problem,
    "maxChildren",
  );
  children.failures.a = 2;
  while ((await supervisor.countChildren()).active === 0);
  assertEquals(await counts(supervisor), "1 specs, 1 active, 0 supervisors, 1 workers");
});

Deno.test("DynamicSupervisor gives up after too many restarts, and ends its children", async () => {
  using events = new SupervisorEvents();
  const children = new Children();
  const supervisor = await DynamicSupervisor.start({ maxRestarts: 1 });
  for (const id of ["a", "b"]) await supervisor.startChild(children.idle(id));
  const ended = exitOf(supervisor);
  children.pids.a!.exit(BOOM);
  children.pids.b!.exit(BOOM);
  assertEquals(await ended, "shutdown");
  assertEquals(children.pids.a!.alive, false);
  assert(events.names.includes("gave_up b"));
});

Deno.test("DynamicSupervisor gives up when a restart fails too often", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const supervisor = await DynamicSupervisor.start({ maxRestarts: 10 });
  await supervisor.startChild(children.idle("a"));
  children.failures.a = Infinity;
  const ended = exitOf(supervisor);
  children.pids.a!.exit(BOOM);
  assertEquals(await ended, "shutdown");
  assertEquals(children.take(), `+a -a${" !a".repeat(10)}`);
});

Deno.test.each([["brutalKill", "killed"], [1000, "shutdown"], ["infinity", "shutdown"]] as const)(
  "DynamicSupervisor.terminateChild() ends and forgets a child with shutdown %s",
  async (shutdown, reason) => {
    const children = new Children();
    await using supervisor = await DynamicSupervisor.start();
    const pid = await supervisor.startChild(children.idle("a", { shutdown }));
    const ended = exitOf(pid);
    await supervisor.terminateChild(pid);
    assertStrictEquals(await ended, reason);
    assertEquals(await counts(supervisor), "0 specs, 0 active, 0 supervisors, 0 workers");
    assertEquals((await assertRejects(() => supervisor.terminateChild(pid), ChildError)).problem, "notFound");
  },
);

Deno.test("DynamicSupervisor.terminateChild() ends the tries to restart a child", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await DynamicSupervisor.start({ maxRestarts: Infinity });
  const pid = await supervisor.startChild(children.idle("a"));
  children.failures.a = Infinity;
  pid.exit(BOOM);
  await supervisor.whichChildren();
  await supervisor.terminateChild(pid);
  children.take();
  assertEquals(await supervisor.whichChildren(), []);
  assertEquals(children.take(), "");
});

Deno.test("DynamicSupervisor.stop() ends all children at the same time, each in its own time", async () => {
  using events = new SupervisorEvents();
  using time = new FakeTime();
  const children = new Children();
  const supervisor = await DynamicSupervisor.start();
  const stubborn = { stubborn: true, restart: "temporary" } as const;
  await supervisor.startChild(children.idle("a", { ...stubborn, shutdown: 100 }));
  await supervisor.startChild(children.idle("b", { shutdown: "brutalKill" }));
  await supervisor.startChild(children.idle("c", { ...stubborn, shutdown: 50 }));
  await supervisor.startChild(children.idle("d"));
  await supervisor.startChild(children.idle("e", { ...stubborn, shutdown: 100 }));
  children.take();
  const stopped = supervisor.stop("shutdown");
  await time.tickAsync(0);
  assertEquals(children.take(), "-b -d");
  await time.tickAsync(50);
  assertEquals(children.take(), "-c");
  await time.tickAsync(49);
  assertEquals(children.take(), "");
  await time.tickAsync(1);
  await stopped;
  assertEquals(children.take(), "-a -e");
  assertEquals(events.names.filter((name) => name.startsWith("child_killed")).length, 3);
});

Deno.test("DynamicSupervisor lets a child with infinity end in its own time and for its own reason", async () => {
  using time = new FakeTime();
  const reasons: Promise<ExitReason>[] = [];
  const supervisor = await DynamicSupervisor.start();
  for (const shutdown of ["infinity", 1000] as const) {
    const pid = await supervisor.startChild({
      shutdown,
      start: (link) =>
        spawn<unknown>(async (mailbox, self) => {
          self.trapExit = true;
          for await (const _ of mailbox) {
            await new Promise((resolve) => setTimeout(resolve, shutdown === 1000 ? 999 : 100_000));
            return self.exit("kill");
          }
        }, { link }),
    });
    reasons.push(exitOf(pid));
  }
  const stopped = supervisor.stop();
  await time.tickAsync(100_000);
  await stopped;
  assertEquals(await Promise.all(reasons), ["killed", "killed"]);
});

Deno.test("DynamicSupervisor that is killed takes its children with it", async () => {
  const children = new Children();
  const supervisor = await DynamicSupervisor.start();
  for (const id of ["a", "b"]) await supervisor.startChild(children.idle(id));
  supervisor.exit("kill");
  assertEquals(children.take(), "+a +b -a -b");
});

Deno.test("DynamicSupervisor is a server: sys looks into it", async () => {
  await using supervisor = await DynamicSupervisor.start();
  const pid = await supervisor.startChild(child(Echo, "x"));
  const { state } = await sys.getStatus(supervisor);
  assertEquals(state, [{ id: "Echo", type: "worker", status: "running", pid }]);
});

Deno.test("DynamicSupervisor keeps nothing of 10,000 children that have come and gone", async () => {
  using _ = new SupervisorEvents();
  const before = listProcesses().length;
  const supervisor = await DynamicSupervisor.start({ maxRestarts: Infinity });
  const restarts: Restart[] = ["temporary", "transient", "permanent"];
  const specs = Array.from(
    { length: 10_000 },
    (_, i) => child(Echo, `${i}`, { restart: restarts[i % 3] } as IdleOptions),
  );
  const pids = await Promise.all(specs.map((spec) => supervisor.startChild(spec)));
  assertEquals(listProcesses().length, before + 10_001);
  for (const pid of pids) pid.exit(BOOM);
  assertEquals((await supervisor.countChildren()).active, 6666);
  for (const { pid } of await supervisor.whichChildren()) await supervisor.terminateChild(pid!);
  assertEquals(await supervisor.whichChildren(), []);
  assertEquals(listProcesses().length, before + 1);
  await supervisor.stop();
});
