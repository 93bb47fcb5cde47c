/**
 * Registries against a model that is a plain list, in any order of what may happen.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  AlreadyStartedError,
  DuplicateRegistry,
  listProcesses,
  type Pid,
  type RegistryEvent,
  spawn,
  UniqueRegistry,
} from "@urvogel/realtime";
import { processOf } from "../../../lib/otp/process/process.ts";

type Act =
  | { readonly act: "register"; readonly who: number; readonly key: number; readonly value: number }
  | { readonly act: "unregister"; readonly who: number; readonly key: number }
  | { readonly act: "unregisterOdd"; readonly who: number; readonly key: number }
  | { readonly act: "update"; readonly who: number; readonly key: number; readonly value: number }
  | { readonly act: "exit"; readonly who: number }
  | { readonly act: "stop" };

interface Row {
  readonly key: number;
  readonly pid: Pid<never>;
  readonly value: number;
}

const who = fc.integer({ min: 0, max: 3 });
const key = fc.integer({ min: 0, max: 2 });
const value = fc.integer({ min: 0, max: 9 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant("register" as const), who, key, value }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("unregister" as const), who, key }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("unregisterOdd" as const), who, key }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("update" as const), who, key, value }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("exit" as const), who }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("stop" as const) }) },
);

function idle(): Pid<unknown> {
  return spawn<unknown>(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

const byKeyAndId = (a: Row, b: Row) => a.key - b.key || a.pid.id - b.pid.id || a.value - b.value;

/** Does what is asked for to a registry and to the model, and compares all that can be seen of both. */
function run(kind: "unique" | "duplicate", acts: readonly Act[]): void {
  const before = listProcesses().length;
  const events: unknown[] = [];
  const listener = spawn<RegistryEvent<number, number>>(async (mailbox) => {
    for await (const _ of mailbox);
  });
  // Told in the very order in which it happens: the mailbox would have to be waited for.
  processOf(listener).mailbox.postSystem = (message) => {
    const { event, key, pid, value } = message as RegistryEvent<number, number>;
    events.push([event, key, pid.id, value]);
  };
  const unique = new UniqueRegistry<number, number>({ listeners: [listener] });
  const duplicate = new DuplicateRegistry<number, number>({ listeners: [listener] });
  const registry = kind === "unique" ? unique : duplicate;
  let process = registry.start();
  const pids = Array.from({ length: 4 }, idle);
  let rows: Row[] = [];
  const expected: unknown[] = [];
  const gone = (leave: (row: Row) => boolean) => {
    for (const { key, pid, value } of rows.filter(leave)) expected.push(["unregister", key, pid.id, value]);
    rows = rows.filter((row) => !leave(row));
  };
  const alive = (who: number) => pids[who]!.alive ? pids[who]! : (pids[who] = idle());

  for (const step of acts) {
    switch (step.act) {
      case "register": {
        const { key, value } = step;
        const pid = alive(step.who);
        const holder = rows.find((row) => row.key === key);
        if (kind === "unique") {
          if (holder) {
            const taken = assertThrows(() => unique.register(key, pid, value), AlreadyStartedError);
            assertStrictEquals(taken.pid, holder.pid);
          } else unique.register(key, pid, value);
        } else duplicate.register(key, pid, value);
        if (kind === "unique" && holder) break;
        rows.push({ key, pid, value });
        expected.push(["register", key, pid.id, value]);
        break;
      }
      case "unregister":
      case "unregisterOdd": {
        const pid = pids[step.who]!;
        const odd = (value: number) => step.act === "unregister" || value % 2 === 1;
        const count = rows.length;
        gone((row) => row.key === step.key && row.pid === pid && odd(row.value));
        assertEquals(registry.unregisterMatch(step.key, pid, odd), count - rows.length);
        break;
      }
      case "update": {
        if (kind === "duplicate") break;
        const pid = pids[step.who]!;
        const row = rows.find(({ key }) => key === step.key);
        const result = unique.updateValue(step.key, pid, () => step.value);
        if (row?.pid !== pid) {
          assertEquals(result, undefined);
          break;
        }
        assertEquals(result, { value: step.value, previous: row.value });
        rows = rows.map((other) => other === row ? { ...row, value: step.value } : other);
        break;
      }
      case "exit":
        gone((row) => row.pid === pids[step.who]);
        pids[step.who]!.exit("kill");
        break;
      case "stop": {
        process.exit("shutdown");
        const registered = new Set(rows.map(({ pid }) => pid));
        gone(() => true);
        for (const pid of pids) if (registered.has(pid)) assertEquals(pid.alive, false);
        process = registry.start();
        break;
      }
    }
    assertEquals(registry.count, rows.length);
    assertEquals(registry.select().toSorted(byKeyAndId), rows.toSorted(byKeyAndId));
    for (const key of [0, 1, 2]) {
      const under = rows.filter((row) => row.key === key);
      if (kind === "unique") assertEquals(unique.lookup(key), under[0]);
      else assertEquals([...duplicate.lookup(key)], under);
      for (const pid of pids) {
        const own = under.filter((row) => row.pid === pid);
        assertEquals(registry.values(key, pid), own.map(({ value }) => value));
      }
    }
    for (const pid of pids) {
      const own = rows.filter((row) => row.pid === pid).map(({ key }) => key);
      assertEquals(registry.keys(pid).toSorted(), own.toSorted());
    }
  }
  // Within one end or stop, in which order entries go is nobody's business.
  const sorted = (list: unknown[]) => list.map((item) => JSON.stringify(item)).toSorted();
  assertEquals(sorted(events), sorted(expected));
  registry.stop("normal");
  for (const pid of [...pids, listener]) pid.exit("kill");
  assertEquals(listProcesses().length, before);
}

Deno.test("UniqueRegistry is what a list of rows would be, whatever happens", () => {
  fc.assert(fc.property(fc.array(act, { maxLength: 40 }), (acts) => run("unique", acts)), { numRuns: 300 });
});

Deno.test("DuplicateRegistry is what a list of rows would be, whatever happens", () => {
  fc.assert(fc.property(fc.array(act, { maxLength: 40 }), (acts) => run("duplicate", acts)), { numRuns: 300 });
});
