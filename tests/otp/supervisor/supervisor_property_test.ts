import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { setImmediate } from "node:timers";
import { FakeTime } from "@std/testing/time";
import {
  type ChildSpec,
  DynamicSupervisor,
  listProcesses,
  type Pid,
  processInfo,
  type Restart,
  type RestartPolicy,
  type Strategy,
  type SupervisionTree,
  supervisionTree,
  Supervisor,
  type SupervisorRef,
} from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { Children, SupervisorEvents } from "../../support/children.ts";
import { ModelChild, type ModelSpec, type Snapshot, type World } from "../../support/supervision_model.ts";

type Step =
  | { readonly do: "crash"; readonly supervisor: number; readonly children: readonly number[]; readonly how: How }
  | { readonly do: "terminate" | "restart" | "delete"; readonly supervisor: number; readonly child: number }
  | { readonly do: "fail"; readonly supervisor: number; readonly child: number; readonly times: number }
  | { readonly do: "wait"; readonly ms: number };
type How = "fails" | "ends" | "is killed";

const restart = fc.constantFrom<Restart>("permanent", "transient", "temporary");
const trees = fc.letrec<{ node: ModelSpec; supervisor: ModelSpec }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, fc.record({ id: fc.constant(""), restart }), tie("supervisor")),
  supervisor: fc.record({
    id: fc.constant(""),
    restart,
    supervisor: fc.record({
      strategy: fc.constantFrom<Strategy>("oneForOne", "oneForAll", "restForOne"),
      maxRestarts: fc.nat({ max: 4 }),
      children: fc.array(tie("node"), { maxLength: 4 }),
    }),
  }),
})).supervisor;

const index = fc.nat({ max: 20 });
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      do: fc.constant("crash" as const),
      supervisor: index,
      children: fc.array(index, { minLength: 1, maxLength: 3 }),
      how: fc.constantFrom<How>("fails", "ends", "is killed"),
    }),
    fc.record({ do: fc.constantFrom("terminate", "restart", "delete"), supervisor: index, child: index }),
    fc.record({ do: fc.constant("fail" as const), supervisor: index, child: index, times: fc.nat({ max: 3 }) }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 6000 }) }),
  ),
  { maxLength: 25 },
);

/** Names each child by its place: `r`, `r.0`, `r.0.2`. */
function named(spec: ModelSpec, id = "r"): ModelSpec {
  const { supervisor } = spec;
  if (!supervisor) return { ...spec, id };
  const children = supervisor.children.map((child, i) => named(child, `${id}.${i}`));
  return { ...spec, id, supervisor: { ...supervisor, children } };
}

function specOf({ id, restart, supervisor }: ModelSpec, children: Children): ChildSpec {
  const policy = { restart } as RestartPolicy;
  if (!supervisor) return children.idle(id, policy);
  const specs = supervisor.children.map((child) => specOf(child, children));
  const { strategy, maxRestarts } = supervisor;
  return Supervisor.child(specs, { ...policy, id, label: id, strategy, maxRestarts });
}

function snapshotOf({ id, status, children }: SupervisionTree): Snapshot {
  return { id: `${id}`, status, children: children.map(snapshotOf) };
}

/** A tree of processes beside the model of it. */
class Beside {
  readonly #children = new Children();
  readonly #world: World = { now: Date.now(), starts: {}, failures: {} };
  readonly #model: ModelChild;
  readonly #time: FakeTime;
  #root!: SupervisorRef;

  constructor(spec: ModelSpec, time: FakeTime) {
    this.#time = time;
    this.#model = new ModelChild(spec, this.#world);
  }

  async start(): Promise<void> {
    const { supervisor } = this.#model.spec;
    const { strategy, maxRestarts, children } = supervisor!;
    const specs = children.map((child) => specOf(child, this.#children));
    this.#root = await Supervisor.start(specs, { label: "r", strategy, maxRestarts });
    this.#model.start();
    this.compare();
  }

  async take(step: Step): Promise<void> {
    if (step.do === "wait") {
      await this.#time.tickAsync(step.ms);
      this.#world.now += step.ms;
      return;
    }
    const running = this.#running();
    const { child: above, path, pid } = running[step.supervisor % running.length]!;
    const supervisor = above.supervisor!;
    const { children } = supervisor;
    if (children.length === 0) return;
    if (step.do === "crash") {
      const chosen = [...new Set(step.children.map((i) => children[i % children.length]!))];
      const hit = chosen.filter(({ status }) => status === "running");
      const pids = new Map(supervisionTree(pid).children.map((tree) => [tree.id, tree.pid]));
      // A supervisor traps exits: it can only be killed.
      const isFailure = (child: ModelChild) => step.how !== "ends" || child.supervisor !== undefined;
      const events = hit.map((child) => ({ child, failed: isFailure(child) }));
      for (const { child } of events) {
        const kill = child.supervisor || step.how === "is killed";
        pids.get(child.spec.id)!.exit(kill ? "kill" : step.how === "fails" ? new Error("boom") : "shutdown");
      }
      this.#end(path, above, events);
    } else {
      const child = children[step.child % children.length]!;
      const { id } = child.spec;
      const real = pid as SupervisorRef;
      if (step.do === "fail") {
        this.#children.failures[id] = this.#world.failures[id] = step.times;
      } else if (step.do === "terminate") {
        await real.terminateChild(id);
        supervisor.terminate(child);
      } else if (step.do === "restart") {
        const restarted = real.restartChild(id).then(() => true, () => false);
        assertStrictEquals(await restarted, child.status === "stopped" && child.start());
      } else {
        const deleted = real.deleteChild(id).then(() => true, () => false);
        assertEquals(await deleted, child.status === "stopped");
        if (child.status === "stopped") supervisor.forget(child);
      }
    }
    await settled();
    this.compare();
  }

  get alive(): boolean {
    return this.#model.status === "running";
  }

  compare(): void {
    const real = supervisionTree(this.#root);
    const expected = this.alive ? this.#model.snapshot : { id: "r", status: "stopped", children: [] };
    assertStrictEquals(this.#root.alive, this.alive);
    if (this.alive) assertEquals(snapshotOf(real), expected);
    const starts: Record<string, number> = {};
    for (const entry of this.#children.log) {
      if (entry[0] === "+") starts[entry.slice(1)] = (starts[entry.slice(1)] ?? 0) + 1;
    }
    assertEquals(starts, this.#world.starts);
    checkLinks(this.#root, undefined);
  }

  async stop(): Promise<void> {
    await this.#root.stop();
    await settled();
  }

  #end(
    path: readonly ModelChild[],
    child: ModelChild,
    events: readonly { readonly child: ModelChild; readonly failed: boolean }[],
  ): void {
    if (child.supervisor!.ended(events)) return;
    const above = path.at(-1);
    if (above) this.#end(path.slice(0, -1), above, [{ child, failed: false }]);
    else child.stop();
  }

  /** All supervisors that run, the one at the top first. */
  #running(): { child: ModelChild; path: readonly ModelChild[]; pid: Pid }[] {
    const found: { child: ModelChild; path: readonly ModelChild[]; pid: Pid }[] = [];
    const visit = (child: ModelChild, path: readonly ModelChild[], tree: SupervisionTree) => {
      found.push({ child, path, pid: tree.pid! });
      for (const [i, below] of child.supervisor!.children.entries()) {
        if (below.supervisor) visit(below, [...path, child], tree.children[i]!);
      }
    };
    visit(this.#model, [], supervisionTree(this.#root));
    return found;
  }
}

/** Every supervisor is linked to its children that run, to its own supervisor, and to nobody else. */
function checkLinks(pid: Pid, parent: Pid | undefined): void {
  const running = supervisionTree(pid).children.flatMap(({ pid }) => pid ? [pid] : []);
  if (pid.alive) {
    const links = new Set(processInfo(pid)!.links);
    assertEquals(links, new Set([...running, ...(parent ? [parent] : [])]));
  }
  for (const child of running) checkLinks(child, pid);
}

/** Everything that does not need time has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

Deno.test("Supervisor trees end in the state that OTP prescribes, whatever crashes", async () => {
  using _ = new SupervisorEvents();
  const before = { processes: listProcesses().length, timers: timers.size };
  await fc.assert(
    fc.asyncProperty(trees, steps, async (tree, steps) => {
      using time = new FakeTime();
      const beside = new Beside(named(tree), time);
      await beside.start();
      for (const step of steps) {
        await beside.take(step);
        if (!beside.alive) break;
      }
      await beside.stop();
      assertEquals({ processes: listProcesses().length, timers: timers.size }, before, "nothing is left");
    }),
    { numRuns: 300 },
  );
});

type Act =
  | "start"
  | "startDynamic"
  | "terminate"
  | "terminateDynamic"
  | "restart"
  | "delete"
  | "crash"
  | "turn"
  | "tick";
const acts = fc.array(
  fc.tuple(
    fc.constantFrom<Act>(
      ...(["start", "startDynamic", "terminate", "terminateDynamic", "restart", "delete"] as const),
      ...(["crash", "crash", "turn", "tick"] as const),
    ),
    fc.nat({ max: 5 }),
    fc.record({
      slow: fc.nat({ max: 3 }),
      restart,
      stubborn: fc.boolean(),
      shutdown: fc.constantFrom<ChildSpec["shutdown"] & (number | string)>(0, 10, "brutalKill"),
    }),
  ),
  { maxLength: 40 },
);

Deno.test("Supervisors leave nothing behind, whatever is asked of them at the same time", async () => {
  using _ = new SupervisorEvents();
  const strategies = fc.constantFrom<Strategy>("oneForOne", "oneForAll", "restForOne");
  const ends = fc.constantFrom("stop", "kill", "parent");
  await fc.assert(
    fc.asyncProperty(strategies, acts, ends, fc.boolean(), async (strategy, acts, end, patient) => {
      using time = new FakeTime();
      const before = { processes: listProcesses().length, timers: timers.size };
      const children = new Children();
      const live = new Map<string, Set<Pid>>();
      const spec = (id: string, { slow, restart, stubborn, shutdown }: typeof acts[number][2]): ChildSpec => ({
        id,
        restart,
        shutdown,
        start: async (parent) => {
          for (let i = 0; i < slow; i++) await new Promise<void>((resolve) => setImmediate(resolve));
          const pid = children.start(id, parent, stubborn);
          live.set(id, (live.get(id) ?? new Set()).add(pid));
          return pid;
        },
      });
      const parent = await Supervisor.start([
        Supervisor.child([], { id: "s", name: "s", strategy, maxRestarts: 20, restart: "temporary" }),
        DynamicSupervisor.child({ id: "d", name: "d", maxRestarts: 20, restart: "temporary" }),
      ]);
      const supervisor = Supervisor.whereis("s")!;
      const dynamic = DynamicSupervisor.whereis("d")!;
      const asked: Promise<unknown>[] = [];
      const ask = (answer: Promise<unknown>) => asked.push(answer.catch(() => {}));
      for (const [act, i, options] of acts) {
        const pids = [...live.values()].flatMap((pids) => [...pids]).filter(({ alive }) => alive);
        const pid = pids[i % pids.length];
        if (act === "start") ask(supervisor.startChild(spec(`c${i}`, options)));
        else if (act === "startDynamic") ask(dynamic.startChild(spec(`d${asked.length}`, options)));
        else if (act === "terminate") ask(supervisor.terminateChild(`c${i}`));
        else if (act === "terminateDynamic" && pid) ask(dynamic.terminateChild(pid));
        else if (act === "restart") ask(supervisor.restartChild(`c${i}`));
        else if (act === "delete") ask(supervisor.deleteChild(`c${i}`));
        else if (act === "crash") pid?.exit("kill");
        else if (act === "tick") await time.tickAsync(10);
        else await new Promise<void>((resolve) => setImmediate(resolve));
        for (const pids of live.values()) {
          assert([...pids].filter(({ alive }) => alive).length <= 1, "one at a time");
        }
      }

      if (patient) { for (let turn = 0; turn < 3; turn++) await settled(); }
      for (const ended of [supervisor, dynamic]) {
        if (end === "kill") ended.exit("kill");
        if (end === "stop") ask(ended.stop());
      }
      let over = false;
      ask(parent.stop());
      void Promise.all(asked).then(() => over = true);
      for (let turn = 0; turn < 200 && !over; turn++) {
        await settled();
        await time.tickAsync(10);
      }
      assert(over, "everybody has been answered");
      await settled(); // a child of a supervisor that was killed may just be getting ready
      assertEquals({ processes: listProcesses().length, timers: timers.size }, before, "nothing is left");
    }),
    { numRuns: 300 },
  );
});
