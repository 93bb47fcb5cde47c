/**
 * What must not compile, and what must, of supervisors. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import {
  child,
  type ChildSpec,
  DynamicSupervisor,
  type DynamicSupervisorRef,
  GenServer,
  ignore,
  noreply,
  PartitionSupervisor,
  type Pid,
  reply,
  type ServerRef,
  spawn,
  supervisionTree,
  Supervisor,
} from "@urvogel/realtime";

interface Counter {
  calls: { add(by: number): number };
  casts: { reset(): void };
}

class CounterServer extends GenServer<number, Counter> {
  override init(start: number) {
    return start;
  }
  override handleCall = this.calls({ add: (state, by) => reply(state + by, state + by) });
  override handleCast = this.casts({ reset: () => noreply(0) });
}

const start = (parent: Pid) => spawn<string>(async () => {}, { link: parent });

/** Compiles. */
export const specs: readonly ChildSpec[] = [
  { id: "a", start },
  { id: 1, start, restart: "permanent", shutdown: "brutalKill", type: "worker" },
  { id: "b", start: async (parent) => await GenServer.start(CounterServer, 0, { link: parent }) },
  { id: "c", start: () => ignore(), restart: "transient", significant: true, shutdown: "infinity" },
  { id: "d", start, restart: "temporary", significant: false, shutdown: 100, type: "supervisor" },
  child(CounterServer, 0),
  child(CounterServer, 0, { name: "n", id: "i", restart: "transient", significant: true, shutdown: 1, timeoutMs: 10 }),
  Supervisor.child([child(CounterServer, 0)], {
    strategy: "restForOne",
    autoShutdown: "anySignificant",
    maxRestarts: 1,
  }),
  Supervisor.child(async () => [await Promise.resolve(child(CounterServer, 0))]),
  DynamicSupervisor.child({ maxChildren: 10, name: "dynamic" }),
  PartitionSupervisor.child((partition) => child(CounterServer, partition), { partitions: 3 }),
];

/** Does not compile. */
export const wrong: readonly ChildSpec[] = [
  // @ts-expect-error: the id is missing
  { start },
  // @ts-expect-error: the start is missing
  { id: "a" },
  // @ts-expect-error: a start makes a process
  { id: "a", start: () => 42 },
  // @ts-expect-error: there is no such restart
  { id: "a", start, restart: "always" },
  // @ts-expect-error: there is no such shutdown
  { id: "a", start, shutdown: "brutal_kill" },
  // @ts-expect-error: there is no such type
  { id: "a", start, type: "boss" },
  // @ts-expect-error: a permanent child is never significant
  { id: "a", start, restart: "permanent", significant: true },
  // @ts-expect-error: and it is permanent by default
  { id: "a", start, significant: true },
  // @ts-expect-error: no such option
  { id: "a", start, maxRestarts: 3 },
  // @ts-expect-error: init takes a number
  child(CounterServer, "0"),
  // @ts-expect-error: init takes something
  child(CounterServer),
  // @ts-expect-error: a permanent child is never significant
  child(CounterServer, 0, { restart: "permanent", significant: true }),
  // @ts-expect-error: the supervisor is the parent
  child(CounterServer, 0, { link: {} as Pid }),
  // @ts-expect-error: not a class of a GenServer
  child(Map, 0),
  // @ts-expect-error: there is no such strategy
  Supervisor.child([], { strategy: "simpleOneForOne" }),
  // @ts-expect-error: a dynamic supervisor has only one
  DynamicSupervisor.child({ strategy: "oneForAll" }),
  // @ts-expect-error: no partition is significant
  PartitionSupervisor.child((partition) => child(CounterServer, partition), { autoShutdown: "anySignificant" }),
];

/** Never run. */
export async function callers(dynamic: DynamicSupervisorRef): Promise<void> {
  const supervisor = await Supervisor.start(specs, { strategy: "oneForAll" });
  const counter: ServerRef<Counter> = await supervisor.startChild(child(CounterServer, 0));
  const logger: Pid<string> = await supervisor.startChild({ id: "x", start });
  const inner = await supervisor.startChild(Supervisor.child([]));
  await inner.startChild(child(CounterServer, 0));
  const other: ServerRef<Counter> = await dynamic.startChild(child(CounterServer, 0));
  const listener: Pid<string> = await dynamic.startChild({ start, restart: "transient" });
  await dynamic.terminateChild(other);
  const counters = await PartitionSupervisor.start((partition) => child(CounterServer, partition));
  const total: number | undefined = await counters.whereis("ann")?.call("add", 1);
  const found: ServerRef<Counter> | undefined = GenServer.whereis(CounterServer, counters.via(7n));
  for (const info of await supervisor.whichChildren()) {
    if (info.status === "running") info.pid.exit("shutdown");
    // @ts-expect-error: it has no process
    else info.pid.exit("shutdown");
  }
  await using _ = supervisor;

  // @ts-expect-error: the request is a number
  await counter.call("add", "1");
  // @ts-expect-error: takes texts
  logger.send(1);
  // @ts-expect-error: children of a dynamic supervisor are known by their process
  await dynamic.terminateChild("x");
  // @ts-expect-error: children of a supervisor are known by their id
  await supervisor.terminateChild(counter);
  // @ts-expect-error: a dynamic supervisor has nothing to restart
  await dynamic.restartChild("x");
  // @ts-expect-error: no child of a dynamic supervisor is significant
  await dynamic.startChild({ start, restart: "transient", significant: true });
  // @ts-expect-error: a key is a text or a number
  counters.whereis({});
  // @ts-expect-error: a supervisor is made by start
  new Supervisor();
  return void [listener, total, found, supervisionTree(supervisor).children];
}
