/**
 * Keyed servers under any schedule of what may happen to them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import {
  CallExitError,
  DynamicSupervisor,
  GenServer,
  KeyedServers,
  noreply,
  PubSub,
  reply,
  stop,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { Leaks } from "../support/leaks.ts";

type Act =
  | { readonly act: "call" | "cast" | "castHeld" | "stop" | "leave" | "crash" | "kill"; readonly key: string }
  | { readonly act: "stopAll" }
  | { readonly act: "pass"; readonly ms: number }
  | { readonly act: "microtasks"; readonly count: number };

const IDLE_MS = 100;
const key = fc.constantFrom("a", "b", "slow");
const peaceful: fc.Arbitrary<Act>[] = [
  fc.record({ act: fc.constantFrom("call" as const, "cast" as const, "castHeld" as const), key }),
  fc.record({ act: fc.constantFrom("call" as const, "cast" as const), key }),
  fc.record({ act: fc.constant("stop" as const), key }),
  fc.record({ act: fc.constant("stopAll" as const) }),
  fc.record({ act: fc.constant("pass" as const), ms: fc.constantFrom(1, 24, 25, 26, 50, 99, 100, 101, 125) }),
  fc.record({ act: fc.constant("microtasks" as const), count: fc.integer({ min: 1, max: 12 }) }),
];
const violent: fc.Arbitrary<Act>[] = [
  fc.record({ act: fc.constantFrom("leave" as const, "crash" as const, "kill" as const), key }),
];

/** What all servers of a run did. */
class World {
  readonly running = new Set<string>();
  readonly handled = new Map<string, number>();
  readonly faults: string[] = [];
  sent = 0;

  handle(id: string): void {
    this.handled.set(id, (this.handled.get(id) ?? 0) + 1);
  }
}

interface Interface {
  calls: { call(id: string): string };
  casts: { cast(id: string): void; leave(): void; crash(): void };
}
interface Start {
  readonly key: string;
  readonly world: World;
}

class WatchedServer extends GenServer<Start, Interface> {
  override async init(start: Start) {
    const { key, world } = start;
    if (world.running.has(key)) world.faults.push(`two servers of ${key}`);
    world.running.add(key);
    this.self.signal.addEventListener("abort", () => world.running.delete(key));
    if (key === "slow") await new Promise((resolve) => setTimeout(resolve, 10));
    return start;
  }
  override handleCall = this.calls({
    call: (state, id) => {
      state.world.handle(id);
      return reply(id, state);
    },
  });
  override handleCast = this.casts({
    cast: (state, id) => {
      state.world.handle(id);
      return noreply(state);
    },
    leave: (state) => stop("normal", state),
    crash: (): never => {
      throw new Error("boom");
    },
  });
  override async terminate({ key }: Start, _: unknown) {
    if (key === "slow") await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

type Servers = KeyedServers<typeof WatchedServer>;

/** Does one act. What takes time goes on by itself, and says in the end what became of it. */
function start(act: Act, servers: Servers, world: World, time: FakeTime): Promise<unknown> {
  const id = `${world.sent++}`;
  switch (act.act) {
    case "call":
      return servers.ensure(act.key).then((server) => server.call("call", id)).then((answer) =>
        assertEquals(answer, id)
      );
    case "cast":
      return servers.ensure(act.key).then((server) => castSafely(server.cast("cast", id), id, world));
    case "castHeld":
      return Promise.resolve(castSafely(servers.whereis(act.key)?.cast("cast", id), id, world));
    case "stop":
      return servers.stop(act.key);
    case "stopAll":
      return servers.stopAll();
    case "leave":
    case "crash":
      servers.whereis(act.key)?.cast(act.act);
      return Promise.resolve();
    case "kill":
      servers.whereis(act.key)?.exit("kill");
      return Promise.resolve();
    case "pass":
      return time.tickAsync(act.ms);
    case "microtasks":
      return microtasks(act.count);
  }
}

const accepted = new WeakMap<World, string[]>();

/** Remembers a cast that was accepted: it has to be handled. */
function castSafely(result: string | undefined, id: string, world: World): void {
  if (result !== "sent") return;
  accepted.set(world, [...accepted.get(world) ?? [], id]);
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** Runs a schedule. Returns what became of all that was begun. */
async function run(acts: readonly Act[]): Promise<{ readonly world: World; readonly failures: unknown[] }> {
  using time = new FakeTime();
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  const world = new World();
  await using supervisor = await DynamicSupervisor.start();
  const servers: Servers = new KeyedServers(WatchedServer, {
    supervisor,
    pubsub: new PubSub(),
    arg: (key) => ({ key, world }),
    idleMs: IDLE_MS,
  });
  const failures: unknown[] = [];
  const begun: Promise<unknown>[] = [];
  for (const act of acts) {
    const going = start(act, servers, world, time).catch((error) => failures.push(error));
    if (act.act === "pass" || act.act === "microtasks") await going;
    else begun.push(going);
    for (const [key] of servers) assert(world.running.has(key), `${key} is found, but does not run`);
  }
  let open = begun.length;
  for (const going of begun) void going.then(() => open--);
  for (let rest = 0; rest < 100 && open + servers.size > 0; rest++) { // until all have ended by being idle
    await time.tickAsync(25);
    await settle({ timeoutMs: 0 });
  }
  assertEquals([servers.size, [...servers.keys()], [...world.running]], [0, [], []]);
  assertEquals((await supervisor.countChildren()).specs, 0);
  assertEquals(world.faults, []);
  return { world, failures };
}

Deno.test("KeyedServers loses no call and no accepted cast when servers end idle or are stopped at any moment", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...peaceful), { maxLength: 25 }), async (acts) => {
      const { world, failures } = await run(acts);
      assertEquals(failures, []);
      for (const id of accepted.get(world) ?? []) assertEquals(world.handled.get(id), 1, `cast ${id}`);
    }),
    { numRuns: 200 },
  );
});

Deno.test("KeyedServers never runs two servers of a key, whatever happens to them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...peaceful, ...violent), { maxLength: 25 }), async (acts) => {
      const { world, failures } = await run(acts);
      for (const failure of failures) assert(isExplained(failure), `${failure}`);
      for (const [id, times] of world.handled) assertEquals(times, 1, `message ${id}`);
    }),
    { numRuns: 200 },
  );
});

/** A call may fail with its server, and nothing else may. */
function isExplained(failure: unknown): boolean {
  return failure instanceof CallExitError || failure instanceof Error && failure.name === "StartError";
}
