import assert from "node:assert/strict";
import { FakeTime } from "@std/testing/time";
import {
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

/** Ends a child, and answers what became of all of them. */
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
  assert.equal(await crash(supervisor, children, "a", reason), restarts ? "-a +a" : "-a");
  const left = { permanent: "a running, ", transient: restarts ? "a running, " : "a stopped, ", temporary: "" };
  assert.equal(await statuses(supervisor), `${left[restart]}b running`);
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
  assert.equal(await ended, "normal");
  assert.equal(await statuses(supervisor), status);
  assert.equal(pids.length, restart === "permanent" ? 2 : 1);
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
  assert.equal(await crash(supervisor, children, id), log);
  assert.equal(await statuses(supervisor), "a running, b running, c running, d running");
});

Deno.test("Supervisor restarts the others in their order after many restarts", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const options = { strategy: "restForOne", maxRestarts: 100 } as const;
  await using supervisor = await startIdle(children, { a: {}, b: {}, c: {} }, options);
  for (const id of ["b", "c", "a", "b", "b", "a"]) await crash(supervisor, children, id);
  assert.equal(await crash(supervisor, children, "a"), "-a -c -b +a +b +c");
});

Deno.test("Supervisor with oneForAll starts those too that had stopped, and forgets temporary ones", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const specs = { a: { restart: "transient" }, b: { restart: "temporary" }, c: {}, d: {} } as const;
  await using supervisor = await startIdle(children, specs, { strategy: "oneForAll" });
  await crash(supervisor, children, "a", "shutdown");
  await supervisor.terminateChild("d");
  assert.equal(children.take(), "-d");
  assert.equal(await crash(supervisor, children, "c"), "-c -b +a +c +d");
  assert.equal(await statuses(supervisor), "a running, c running, d running");
});

Deno.test("Supervisor restarts once when a child and those that go with it end at the same time", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {}, c: {} }, {
    strategy: "oneForAll",
    maxRestarts: 1,
  });
  for (const id of ["a", "b", "c"]) children.pids[id]!.exit(BOOM);
  assert.equal(await statuses(supervisor), "a running, b running, c running");
  assert.equal(children.take(), "-a -b -c +a +b +c");
});

Deno.test("Supervisor takes no notice of an end that comes after terminateChild was asked for", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} });
  const terminated = supervisor.terminateChild("a");
  children.pids.a!.exit(BOOM);
  await terminated;
  assert.equal(await statuses(supervisor), "a stopped");
  await supervisor.restartChild("a");
  assert.equal(await statuses(supervisor), "a running");
  assert.equal(children.take(), "-a +a");
});

Deno.test("Supervisor gives up after 3 restarts within 5 s, ends the rest and itself", async () => {
  using events = new SupervisorEvents();
  using time = new FakeTime();
  const children = new Children();
  const supervisor = await startIdle(children, { a: {}, b: {}, c: {} });
  const ended = exitOf(supervisor);
  for (let i = 0; i < 3; i++) assert.equal(await crash(supervisor, children, "b"), "-b +b");
  time.tick(5000);
  children.pids.b!.exit(BOOM);
  assert.equal(await ended, "shutdown");
  assert.equal(children.take(), "-b -c -a");
  assert.ok(events.names.includes("gave_up b"));
});

Deno.test("Supervisor goes on when restarts are more than maxSeconds apart", async () => {
  using _ = new SupervisorEvents();
  using time = new FakeTime();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} }, { maxRestarts: 1, maxSeconds: 2 });
  for (let i = 0; i < 10; i++) {
    assert.equal(await crash(supervisor, children, "a"), "-a +a");
    time.tick(2001);
  }
});

Deno.test("Supervisor counts a restart of all as one", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {} }, { strategy: "oneForAll", maxRestarts: 2 });
  await crash(supervisor, children, "a");
  await crash(supervisor, children, "b");
  assert.equal(await statuses(supervisor), "a running, b running");
});

Deno.test("Supervisor does not count terminateChild and restartChild", async () => {
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} }, { maxRestarts: 0 });
  await supervisor.terminateChild("a");
  await supervisor.restartChild("a");
  assert.equal(await statuses(supervisor), "a running");
});

Deno.test("Supervisor tries again when a restart fails, and each try counts", async () => {
  using events = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {}, b: {} }, { maxRestarts: 3 });
  children.failures.a = 2;
  await crash(supervisor, children, "a");
  while ((await statuses(supervisor)) !== "a running, b running");
  assert.deepEqual(events.names.filter((name) => name === "start_failed a").length, 2);
});

Deno.test("Supervisor gives up when a restart fails too often", async () => {
  using events = new SupervisorEvents();
  const children = new Children();
  const supervisor = await startIdle(children, { a: {}, b: {} }, { maxRestarts: 3 });
  children.failures.a = Infinity;
  const ended = exitOf(supervisor);
  children.pids.a!.exit(BOOM);
  assert.equal(await ended, "shutdown");
  assert.equal(children.take(), "-a !a !a !a -b");
  assert.equal(events.names.at(-2), "gave_up a");
});

Deno.test("Supervisor answers between two tries, and terminateChild ends them", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  await using supervisor = await startIdle(children, { a: {} }, { maxRestarts: Infinity });
  children.failures.a = Infinity;
  children.pids.a!.exit(BOOM);
  assert.equal(await statuses(supervisor), "a restarting");
  assert.deepEqual(await supervisor.countChildren(), { specs: 1, active: 0, supervisors: 0, workers: 1 });
  await assert.rejects(supervisor.deleteChild("a"), { problem: "restarting" });
  await assert.rejects(supervisor.restartChild("a"), { problem: "restarting" });
  await assert.rejects(supervisor.startChild(children.idle("a")), { problem: "alreadyPresent" });
  await supervisor.terminateChild("a");
  assert.equal(await statuses(supervisor), "a stopped");
  children.take();
  await supervisor.whichChildren();
  assert.equal(children.take(), "");
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
  assert.equal(children.take(), log);
});

Deno.test("Supervisor forgets the process of a child that ignores its restart", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  let starts = 0;
  const spec: ChildSpec = { id: "a", start: (parent) => starts++ === 0 ? children.start("a", parent) : ignore() };
  await using supervisor = await Supervisor.start([spec]);
  await crash(supervisor, children, "a");
  assert.equal(await statuses(supervisor), "a stopped");
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
  assert.equal(await statuses(supervisor), "a running, b stopped");
  assert.equal(events.names.at(-1), "child_terminated b");
  assert.equal(children.take(), "+a +b -b");
  assert.equal(await crash(supervisor, children, "a"), "-a +a");
});

Deno.test("Supervisor that is killed takes its children with it", async () => {
  const children = new Children();
  const supervisor = await startIdle(children, { a: {}, b: { restart: "temporary" } });
  supervisor.exit("kill");
  assert.equal(children.take(), "-a -b");
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
    if (ends) assert.equal(await ended, "shutdown");
    else await supervisor.whichChildren();
    assert.equal(children.pids.d!.alive, !ends);
    await supervisor.stop();
  },
);

Deno.test("Supervisor with autoShutdown goes on when a significant child is restarted or was terminated", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const specs = { a: { restart: "transient", significant: true }, b: {} } as const;
  await using supervisor = await startIdle(children, specs, { autoShutdown: "anySignificant", strategy: "oneForAll" });
  assert.equal(await crash(supervisor, children, "a"), "-a -b +a +b");
  assert.equal(await crash(supervisor, children, "b"), "-b -a +a +b");
  await supervisor.terminateChild("a");
  assert.equal(await statuses(supervisor), "a stopped, b running");
});

Deno.test("Supervisor.startChild() takes a significant child only where that means something", async () => {
  const children = new Children();
  const significant = children.idle("a", { restart: "temporary", significant: true });
  await using deaf = await Supervisor.start([]);
  await assert.rejects(deaf.startChild(significant), /it is "significant", but "autoShutdown" is "never"/);
  const supervisor = await Supervisor.start([], { autoShutdown: "allSignificant" });
  await supervisor.startChild(significant);
  const ended = exitOf(supervisor);
  children.pids.a!.exit("shutdown");
  assert.equal(await ended, "shutdown");
});
