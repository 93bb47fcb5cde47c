import { assertEquals } from "@std/assert";
import { ownerConformance } from "@urvogel/realtime/testing";
import { threadsAdapter } from "@urvogel/realtime/threads";
import { programLocks } from "../../../lib/base/locks.ts";

let opened = 0;

const cases = ownerConformance({
  skip: { engine: "threads have no engine" },
  open: () => {
    const prefix = `owners${opened++}`;
    return { createNode: () => threadsAdapter({ prefix }) };
  },
});
for (const { name, ignore, fn } of cases) {
  Deno.test({
    name: `threadsAdapter().owners: ${name}`,
    ignore,
    sanitizeOps: false, // Deno forgets at most 256 released locks at a time
    fn: async () => {
      await fn();
      const prefix = `urvogel:owners:owners${opened - 1}:`;
      assertEquals((await programLocks()!.query()).held.filter(({ name }) => name.startsWith(prefix)), []);
    },
  });
}
