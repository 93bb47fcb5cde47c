/**
 * Registries: finding and registering processes, and what an entry costs.
 *
 * @module
 */

import { DuplicateRegistry, type Pid, spawn, UniqueRegistry } from "@urvogel/realtime";
import { heapBytes, perSecond, printFigures } from "./figures.ts";

const PROCESSES = 10_000;
const ROUNDS = 200;

const pids: readonly Pid<never>[] = Array.from(
  { length: PROCESSES },
  () =>
    spawn(async (mailbox) => {
      for await (const _ of mailbox);
    }),
);
const keys = pids.map((_, i) => `room:${i}`);
const unique = new UniqueRegistry<string, number>();
const duplicate = new DuplicateRegistry<string, number>();
for (const [i, pid] of pids.entries()) {
  unique.register(keys[i]!, pid, i);
  duplicate.register(keys[i]!, pid, i);
}

/** Looks every key up, many times, and checks that it found what it should. */
function lookups(find: (key: string) => number | undefined): () => void {
  const expected = ROUNDS * PROCESSES * (PROCESSES - 1) / 2;
  return () => {
    let sum = 0;
    for (let round = 0; round < ROUNDS; round++) for (const key of keys) sum += find(key)!;
    if (sum !== expected) throw new Error(`Cannot trust this run: found ${sum} instead of ${expected}`);
  };
}

const others = new UniqueRegistry<string>();

function registerAndUnregister(): void {
  for (const [i, pid] of pids.entries()) others.register(keys[i]!, pid);
  if (others.count !== PROCESSES) throw new Error(`Cannot trust this run: ${others.count} are registered`);
  for (const [i, pid] of pids.entries()) others.unregister(keys[i]!, pid);
}

function bytesPerEntry(): number {
  const before = heapBytes();
  for (const [i, pid] of pids.entries()) others.register(keys[i]!, pid);
  const bytes = (heapBytes() - before) / PROCESSES;
  for (const [i, pid] of pids.entries()) others.unregister(keys[i]!, pid);
  return bytes;
}

await printFigures([
  {
    what: "lookup of a unique key, 10,000 keys",
    elixir: "1.9 to 2.6 M",
    target: ">= 10 M",
    unit: "per second",
    measure: () => perSecond(ROUNDS * PROCESSES, lookups((key) => unique.lookup(key)?.value)),
  },
  {
    what: "lookup of a duplicate key with one entry",
    elixir: "-",
    target: ">= 10 M",
    unit: "per second",
    measure: () => perSecond(ROUNDS * PROCESSES, lookups((key) => duplicate.lookup(key)[0]?.value)),
  },
  {
    what: "register and unregister",
    elixir: "-",
    target: "-",
    unit: "per second",
    measure: () => perSecond(PROCESSES, registerAndUnregister),
  },
  {
    what: "memory of an entry, and of knowing when its process ends",
    elixir: "-",
    target: "-",
    unit: "bytes",
    measure: bytesPerEntry,
  },
]);
for (const pid of pids) pid.exit("kill");
