import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Pid } from "@urvogel/realtime";
import type { Few } from "../../../lib/base/few.ts";
import { addOwned, OwnedBy, removeOwned } from "../../../lib/otp/process/owned_by.ts";
import { Process } from "../../../lib/otp/process/process.ts";

type Act =
  | { readonly act: "set"; readonly who: number; readonly value: number }
  | { readonly act: "delete" | "end"; readonly who: number }
  | { readonly act: "clear" };

const who = fc.integer({ min: 0, max: 3 });
const value = fc.integer({ min: 0, max: 9 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant("set" as const), who, value }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("delete" as const), who }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("end" as const), who }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("clear" as const) }) },
);

/** Does the same to an `OwnedBy` and to a plain `Map`, and compares all that can be seen of both. */
function run(acts: readonly Act[]): void {
  const processes = Array.from({ length: 4 }, () => new Process());
  const expected = new Map<Process, number>();
  const gone: [Process, number][] = [];
  const expectedGone: [Process, number][] = [];
  const owned = new OwnedBy<number>((value, process) => {
    assertEquals(owned.get(process), undefined);
    gone.push([process, value]);
  });
  function end(process: Process): void {
    const value = expected.get(process);
    if (value !== undefined) expectedGone.push([process, value]);
    expected.delete(process);
    process.end("normal");
  }
  for (const one of acts) {
    if (one.act === "clear") {
      owned.clear();
      expected.clear();
      continue;
    }
    const process = processes[one.who]!;
    switch (one.act) {
      case "set":
        owned.set(process, one.value);
        if (process.alive) expected.set(process, one.value);
        else expectedGone.push([process, one.value]);
        break;
      case "delete":
        assertEquals(owned.delete(process), expected.get(process));
        expected.delete(process);
        break;
      case "end":
        end(process);
    }
    assertEquals([...owned.owners], [...expected.keys()]);
    assertEquals([...owned.values], [...expected.values()]);
    assertEquals(owned.size, expected.size);
    for (const process of processes) {
      assertEquals(owned.get(process), expected.get(process));
      assertEquals(process.exitListenerCount, expected.has(process) ? 1 : 0);
    }
    assertEquals(gone, expectedGone);
  }
  for (const process of processes) end(process);
  assertEquals(gone, expectedGone);
  assertEquals(owned.size, 0);
}

Deno.test("OwnedBy is a Map of live processes, and reports each entry whose process ends, once", () => {
  fc.assert(fc.property(fc.array(act, { maxLength: 40 }), run));
});

Deno.test("OwnedBy reports no entry that another exit listener deleted first", () => {
  const gone: string[] = [];
  const owned = new OwnedBy<string>((value) => void gone.push(value));
  const process = new Process();
  process.onExit(() => void owned.delete(process));
  owned.set(process, "a");
  process.end("normal");
  assertEquals(gone, []);
});

Deno.test("OwnedBy keeps entries apart from those of another OwnedBy with the same process", () => {
  const gone: string[] = [];
  const [a, b] = ["a", "b"].map((name) => new OwnedBy<string>((value) => void gone.push(name + value)));
  const process = new Process();
  a!.set(process, "1");
  b!.set(process, "2");
  a!.delete(process);
  process.end("normal");
  assertEquals(gone, ["b2"]);
});

Deno.test("OwnedBy.set() refuses what is no process of this thread", () => {
  const owned = new OwnedBy<string>(() => {});
  assertThrows(() => owned.set({ id: 7 } as Pid<never>, "a"), TypeError, "not a process of this thread");
  assertEquals(owned.size, 0);
});

Deno.test("removeOwned() takes one item away, and with the last one the entry", () => {
  const owned = new OwnedBy<Few<string>>(() => {});
  using process = new Disposer(new Process());
  addOwned(owned, process.process, "a");
  addOwned(owned, process.process, "b");
  addOwned(owned, process.process, "b");
  removeOwned(owned, process.process, "c");
  removeOwned(owned, process.process, "a");
  assertEquals([...owned.get(process.process)!], ["b"]);
  removeOwned(owned, process.process, "b");
  assert(owned.size === 0 && process.process.exitListenerCount === 0);
});

/** Ends a process with its block: one that is left behind counts as busy for the tests that follow. */
class Disposer implements Disposable {
  readonly process: Process;

  constructor(process: Process) {
    this.process = process;
  }

  [Symbol.dispose](): void {
    this.process.end("normal");
  }
}
