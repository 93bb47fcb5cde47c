import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  ChildError,
  type ChildSpec,
  type ExitReason,
  ignore,
  isExpectedExit,
  type Pid,
  type Restart,
  spawn,
  type Strategy,
  Supervisor,
  type SupervisorOptions,
  type SupervisorRef,
} from "@urvogel/realtime";
import { Children, exitOf, type IdleOptions, SupervisorEvents } from "../../support/children.ts";

const BOOM = new Error("boom");

async function startIdle(children: Children, specs: Record<string, IdleOptions>, options?: SupervisorOptions) {
  const supervisor = await Supervisor.start(
    Object.entries(specs).map(([id, spec]) => children.idle(id, spec)),
    options,
  );
  children.take();
  return supervisor;
}

/** Ends a child, and returns which children ended and started. */
async function crash(supervisor: SupervisorRef, children: Children, id: string, reason: ExitReason = BOOM) {
  children.pids[id]!.exit(reason, supervisor);
  await supervisor.whichChildren();
  return children.take();
}

async function statuses(supervisor: SupervisorRef): Promise<string> {
  return (await supervisor.whichChildren()).map(({ id, status }) => `${id} ${status}`).join(", ");
}

const REASONS: readonly ExitReason[] = ["shutdown", { shutdown: "done" }, "killed", "noproc", BOOM];
const CASES = (["permanent", "transient", "temporary"] as const)
  .flatMap((restart) => REASONS.map((reason) => [restart, reason] as const));

Deno.test.each(CASES)("Supervisor treats a %s child that ended by %j as OTP does", async (restart, reason) => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: { restart } as IdleOptions, b: {} });
  const restarts = restart === "permanent" || (restart === "transient" && !isExpectedExit(reason));
  assertStrictEquals(await crash(supervisor, children, "a", reason), restarts ? "-a +a" : "-a");
  const left = { permanent: "a running, ", transient: restarts ? "a running, " : "a stopped, ", temporary: "" };
  assertEquals(await statuses(supervisor), `${left[restart]}b running`);
});

const RETURNS: readonly (readonly [Restart, string])[] = [
  ["permanent", "a running"],
  ["transient", "a stopped"],
  ["temporary", ""],
];

Deno.test.each(RETURNS)("Supervisor treats a %s child whose function returned as OTP does", async (restart, status) => {
  const pids: Pid<string>[] = [];
  const start: ChildSpec["start"] = (link) => {
    const pid = spawn<string>(async (mailbox) => {
      for await (const _ of mailbox) return;
    }, { link });
    pids.push(pid);
    return pid;
  };
  await using supervisor = await Supervisor.start([{ id: "a", start, restart }]);
  const ended = exitOf(pids[0]!);
  pids[0]!.send("enough");
  assertEquals(await ended, "normal");
  assertStrictEquals(await statuses(supervisor), status);
  assertEquals(pids.length, restart === "permanent" ? 2 : 1);
});

const STRATEGIES: readonly (readonly [Strategy, string, string])[] = [
  ["oneForOne", "b", "-b +b"],
  ["oneForAll", "b", "-b -d -c -a +a +b +c +d"],
  ["restForOne", "b", "-b -d -c +b +c +d"],
  ["restForOne", "a", "-a -d -c -b +a +b +c +d"],
  ["restForOne", "d", "-d +d"],
];

Deno.test.each(STRATEGIES)("Supervisor with strategy %s restarts with %s: %s", async (strategy, id, log) => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {}, c: {}, d: {} }, { strategy });
  assertStrictEquals(await crash(supervisor, children, id), log);
  assertEquals(await statuses(supervisor), "a running, b running, c running, d running");
});

Deno.test("Supervisor restarts the others in their order after many restarts", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const options = { strategy: "restForOne", maxRestarts: 100 } as const;
  await using supervisor = await startIdle(children, { a: {}, b: {}, c: {} }, options);
  for (const id of ["b", "c", "a", "b", "b", "a"]) await crash(supervisor, children, id);
  assertEquals(await crash(supervisor, children, "a"), "-a -c -b +a +b +c");
});

Deno.test("Supervisor with oneForAll starts those too that had stopped, and forgets temporary ones", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const specs = { a: { restart: "transient" }, b: { restart: "temporary" }, c: {}, d: {} } as const;
  await using supervisor = await startIdle(children, specs, { strategy: "oneForAll" });
  await crash(supervisor, children, "a", "shutdown");
  await supervisor.terminateChild("d");
  assertEquals(children.take(), "-d");
  assertEquals(await crash(supervisor, children, "c"), "-c -b +a +c +d");
  assertEquals(await statuses(supervisor), "a running, c running, d running");
});

Deno.test("Supervisor restarts once when a child and those that go with it end at the same time", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {}, c: {} }, {
    strategy: "oneForAll",
    maxRestarts: 1,
  });
  for (const id of ["a", "b", "c"]) children.pids[id]!.exit(BOOM);
  assertEquals(await statuses(supervisor), "a running, b running, c running");
  assertEquals(children.take(), "-a -b -c +a +b +c");
});

Deno.test("Supervisor takes no notice of an end that comes after terminateChild was asked for", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} });
  const terminated = supervisor.terminateChild("a");
  children.pids.a!.exit(BOOM);
  await terminated;
  assertEquals(await statuses(supervisor), "a stopped");
  await supervisor.restartChild("a");
  assertEquals(await statuses(supervisor), "a running");
  assertEquals(children.take(), "-a +a");
});

Deno.test("Supervisor gives up after 3 restarts within 5 s, ends the rest and itself", async () => {
  using events = new SupervisorEvents();
  using time = new FakeTime();
  const children = new Children();
  const supervisor = await startIdle(children, { a: {}, b: {}, c: {} });
  const ended = exitOf(supervisor);
  for (let i = 0; i < 3; i++) assertEquals(await crash(supervisor, children, "b"), "-b +b");
  time.tick(5000);
  children.pids.b!.exit(BOOM);
  assertEquals(await ended, "shutdown");
  assertEquals(children.take(), "-b -c -a");
  assert(events.names.includes("gave_up b"));
});

Deno.test("Supervisor goes on when restarts are more than maxSeconds apart", async () => {
  using _ = new SupervisorEvents();
  using time = new FakeTime();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} }, { maxRestarts: 1, maxSeconds: 2 });
  for (let i = 0; i < 10; i++) {
    assertEquals(await crash(supervisor, children, "a"), "-a +a");
    time.tick(2001);
  }
});

Deno.test("Supervisor counts a restart of all as one", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {} }, { strategy: "oneForAll", maxRestarts: 2 });
  await crash(supervisor, children, "a");
  await crash(supervisor, children, "b");
  assertEquals(await statuses(supervisor), "a running, b running");
});

Deno.test("Supervisor does not count terminateChild and restartChild", async () => {
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} }, { maxRestarts: 0 });
  await supervisor.terminateChild("a");
  await supervisor.restartChild("a");
  assertEquals(await statuses(supervisor), "a running");
});

Deno.test("Supervisor tries again when a restart fails, and each try counts", async () => {
  using events = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {} }, { maxRestarts: 3 });
  children.failures.a = 2;
  await crash(supervisor, children, "a");
  while ((await statuses(supervisor)) !== "a running, b running");
  assertEquals(events.names.filter((name) => name === "start_failed a").length, 2);
});

Deno.test("Supervisor gives up when a restart fails too often", async () => {
  using events = new SupervisorEvents();
  const children = new Children();
  const supervisor = await startIdle(children, { a: {}, b: {} }, { maxRestarts: 3 });
  children.failures.a = Infinity;
  const ended = exitOf(supervisor);
  children.pids.a!.exit(BOOM);
  assertEquals(await ended, "shutdown");
  assertEquals(children.take(), "-a !a !a !a -b");
  assertEquals(events.names.at(-2), "gave_up a");
});

Deno.test("Supervisor answers between two tries, and terminateChild ends them", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} }, { maxRestarts: Infinity });
  children.failures.a = Infinity;
  children.pids.a!.exit(BOOM);
  assertEquals(await statuses(supervisor), "a restarting");
  assertEquals(await supervisor.countChildren(), { specs: 1, active: 0, supervisors: 0, workers: 1 });
  assertEquals((await assertRejects(() => supervisor.deleteChild("a"), ChildError)).problem, "restarting");
  assertEquals((await assertRejects(() => supervisor.restartChild("a"), ChildError)).problem, "restarting");
  assertEquals(
    (await assertRejects(() => supervisor.startChild(children.idle("a")), ChildError)).problem,
    "alreadyPresent",
  );
  await supervisor.terminateChild("a");
  assertEquals(await statuses(supervisor), "a stopped");
  children.take();
  await supervisor.whichChildren();
  assertEquals(children.take(), "");
});

const FAILING: readonly (readonly [Strategy, string])[] = [
  ["oneForAll", "-b -d -c -a +a +b !c -b -a +a +b +c +d"],
  ["restForOne", "-b -d -c +b !c +c +d"],
];

Deno.test.each(FAILING)("Supervisor with %s goes on from the child whose restart failed: %s", async (strategy, log) => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {}, c: {}, d: {} }, { strategy });
  children.failures.c = 1;
  children.pids.b!.exit(BOOM);
  while ((await statuses(supervisor)) !== "a running, b running, c running, d running");
  assertStrictEquals(children.take(), log);
});

Deno.test("Supervisor forgets the process of a child that ignores its restart", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  let starts = 0;
  const spec: ChildSpec = { id: "a", start: (parent) => starts++ === 0 ? children.start("a", parent) : ignore() };
  await using supervisor = await Supervisor.start([spec]);
  await crash(supervisor, children, "a");
  assertEquals(await statuses(supervisor), "a stopped");
});

Deno.test("Supervisor hears of children that are not linked to it, or have ended before they are its own", async () => {
  using events = new SupervisorEvents();
  const children = new Children();
  const unlinked = () => children.start("a", undefined as never);
  const brief = () => {
    const pid = children.start("b", undefined as never);
    pid.exit({ shutdown: "done" });
    return pid;
  };
  await using supervisor = await Supervisor.start([
    { id: "a", start: unlinked },
    { id: "b", start: brief, restart: "transient" },
  ]);
  assertEquals(await statuses(supervisor), "a running, b stopped");
  assertEquals(events.names.at(-1), "child_terminated b");
  assertEquals(children.take(), "+a +b -b");
  assertEquals(await crash(supervisor, children, "a"), "-a +a");
});

Deno.test("Supervisor that is killed takes its children with it", async () => {
  const children = new Children();
  const supervisor = await startIdle(children, { a: {}, b: { restart: "temporary" } });
  supervisor.exit("kill");
  assertEquals(children.take(), "-a -b");
});

const AUTO: readonly (readonly [SupervisorOptions["autoShutdown"] & string, readonly string[], boolean])[] = [
  ["never", ["a", "b"], false],
  ["anySignificant", ["c"], false],
  ["anySignificant", ["a"], true],
  ["allSignificant", ["a"], false],
  ["allSignificant", ["a", "b"], true],
];

Deno.test.each(AUTO)(
  "Supervisor with autoShutdown %s and ends of %j has ended: %s",
  async (autoShutdown, ids, ends) => {
    const children = new Children();
    const significant = autoShutdown !== "never";
    const specs = {
      a: { restart: "transient", significant },
      b: { restart: "temporary", significant },
      c: { restart: "temporary" },
      d: {},
    } as const;
    const supervisor = await startIdle(children, specs, { autoShutdown });
    const ended = exitOf(supervisor);
    for (const id of ids) children.pids[id]!.exit("shutdown");
    if (ends) assertEquals(await ended, "shutdown");
    else await supervisor.whichChildren();
    assertEquals(children.pids.d!.alive, !ends);
    await supervisor.stop();
  },
);

Deno.test("Supervisor with autoShutdown goes on when a significant child is restarted or was terminated", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const specs = { a: { restart: "transient", significant: true }, b: {} } as const;
  await using supervisor = await startIdle(children, specs, { autoShutdown: "anySignificant", strategy: "oneForAll" });
  assertEquals(await crash(supervisor, children, "a"), "-a -b +a +b");
  assertEquals(await crash(supervisor, children, "b"), "-b -a +a +b");
  await supervisor.terminateChild("a");
  assertEquals(await statuses(supervisor), "a stopped, b running");
});

Deno.test("Supervisor.startChild() takes a significant child only where that means something", async () => {
  const children = new Children();
  const significant = children.idle("a", { restart: "temporary", significant: true });
  await using deaf = await Supervisor.start([]);
  await assertRejects(() => deaf.startChild(significant), Error, 'it is "significant", but "autoShutdown" is "never"');
  const supervisor = await Supervisor.start([], { autoShutdown: "allSignificant" });
  await supervisor.startChild(significant);
  const ended = exitOf(supervisor);
  children.pids.a!.exit("shutdown");
  assertEquals(await ended, "shutdown");
});
