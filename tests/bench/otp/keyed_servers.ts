/**
 * Keyed servers beside what they stand on: a registry's lookup, a call of a server that is at hand.
 *
 * @module
 */

import {
  DynamicSupervisor,
  GenServer,
  KeyedServers,
  MemoryOwners,
  type Pid,
  PubSub,
  reply,
  type ServerCalls,
  type ServerRef,
  UniqueRegistry,
} from "@urvogel/realtime";
import { Hub } from "../../support/pubsub_hub.ts";
import { heapBytes, perSecond, printFigures } from "./figures.ts";

interface Room {
  calls: { number(): number };
}

class RoomServer extends GenServer<number, Room> {
  override init(key: string) {
    return Number(key.slice("room:".length));
  }
  override handleCall = this.calls({ number: (state) => reply(state, state) });
}

const KEYS = 10_000;
const ROUNDS = 100;
const CALLS = 200_000;
const STARTS = 20_000;

const keys = Array.from({ length: KEYS }, (_, i) => `room:${i}`);
const supervisor = await DynamicSupervisor.start();
const pubsub = new PubSub();
const rooms = new KeyedServers(RoomServer, { supervisor, pubsub, idleMs: 3_600_000 });
const cluster = new PubSub({ adapter: Object.assign(new Hub().adapter("a"), { owners: new MemoryOwners() }) });
const owned = new KeyedServers(RoomServer, { supervisor, pubsub: cluster, scope: "cluster", idleMs: 3_600_000 });
for (const key of keys) await owned.ensure(key);
const registry = new UniqueRegistry<string, number>();
const ensured = async (key: string): Promise<Pid<never>> => (await rooms.ensure(key), rooms.whereis(key)!);
for (const [i, key] of keys.entries()) registry.register(key, await ensured(key), i);

/** Checks that the numbers of all keys came, so many times. */
function expectSum(sum: number, rounds: number): void {
  const expected = rounds * KEYS * (KEYS - 1) / 2;
  if (sum !== expected) throw new Error(`Cannot trust this run: found ${sum} instead of ${expected}`);
}

function lookUp(): void {
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) for (const key of keys) sum += registry.lookup(key)!.value;
  expectSum(sum, ROUNDS);
}

function findPid(find: (key: string) => unknown): () => void {
  return () => {
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) for (const key of keys) if (find(key)) found++;
    if (found !== ROUNDS * KEYS) throw new Error(`Cannot trust this run: found ${found}`);
  };
}

async function calls(find: (key: string) => Promise<ServerCalls<Room>>): Promise<void> {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) sum += await (await find(keys[i % KEYS]!)).call("number");
  expectSum(sum, CALLS / KEYS);
}

const room = (key: string) => registry.whereis(key) as Pid<never> as ServerRef<Room>;

async function startsAndStops(): Promise<void> {
  const others = new KeyedServers(RoomServer, { supervisor, pubsub });
  for (let i = 0; i < STARTS; i++) {
    await others.ensure(keys[i % KEYS]!);
    await others.stop(keys[i % KEYS]!);
  }
}

async function bytesPerKey(): Promise<number> {
  const others = new KeyedServers(RoomServer, { supervisor, pubsub, idleMs: 3_600_000 });
  const before = heapBytes();
  for (const key of keys) await others.ensure(key);
  const bytes = (heapBytes() - before) / KEYS;
  await others.stopAll();
  return bytes;
}

await printFigures([
  {
    what: "UniqueRegistry.lookup, 10,000 keys",
    elixir: "1.9 to 2.6 M",
    target: ">= 10 M",
    unit: "per second",
    measure: () => perSecond(ROUNDS * KEYS, lookUp),
  },
  {
    what: "KeyedServers.whereis",
    elixir: "-",
    target: ">= 10 M",
    unit: "per second",
    measure: () => perSecond(ROUNDS * KEYS, findPid((key) => rooms.whereis(key))),
  },
  {
    what: "KeyedServers.ensure of a key that has a server, with idleMs",
    elixir: "-",
    target: ">= 10 M",
    unit: "per second",
    measure: () => perSecond(ROUNDS * KEYS, findPid((key) => rooms.ensure(key))),
  },
  {
    what: "call of a server found by UniqueRegistry.whereis, awaited",
    elixir: "-",
    target: "-",
    unit: "per second",
    measure: () => perSecond(CALLS, () => calls((key) => Promise.resolve(room(key)))),
  },
  {
    what: "call of a server found by KeyedServers.ensure",
    elixir: "-",
    target: "the same",
    unit: "per second",
    measure: () => perSecond(CALLS, () => calls((key) => rooms.ensure(key))),
  },
  {
    what: "the same in a cluster, of a key that this node owns",
    elixir: "-",
    target: "the same",
    unit: "per second",
    measure: () => perSecond(CALLS, () => calls((key) => owned.ensure(key))),
  },
  {
    what: "ensure that starts, and stop",
    elixir: "-",
    target: "-",
    unit: "per second",
    measure: () => perSecond(STARTS, startsAndStops),
  },
  {
    what: "memory of a key, its supervised server and its idle watch",
    elixir: "-",
    target: "-",
    unit: "bytes",
    measure: bytesPerKey,
  },
]);
await cluster.stop();
await supervisor.stop("shutdown");
