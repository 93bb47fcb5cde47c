/**
 * Streams of tasks against `Array.map`, with anything slow, failing or left early.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { Task } from "@urvogel/realtime";
import { Crashes } from "../../support/crashes.ts";
import { Leaks } from "../../support/leaks.ts";

/** One item: how long the source takes for it, how long its task takes, and whether that fails. */
interface Item {
  readonly id: number;
  readonly sourceSteps: number;
  readonly taskSteps: number;
  readonly fails: boolean;
}

const steps = fc.integer({ min: 0, max: 6 });
const item = fc.record({ id: fc.nat(), sourceSteps: steps, taskSteps: steps, fails: fc.boolean() });
const scenario = fc.record({
  items: fc.array(item, { maxLength: 20 }),
  maxConcurrency: fc.integer({ min: 1, max: 6 }),
  ordered: fc.boolean(),
  asyncSource: fc.boolean(),
  readerSteps: steps,
  leaveAfter: fc.option(fc.integer({ min: 1, max: 20 }), { nil: Infinity }),
});

async function pause(steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) await null;
}

Deno.test("Task.asyncStream() is Array.map, bounded, and leaves nothing behind", async () => {
  using _crashes = new Crashes();
  await fc.assert(
    fc.asyncProperty(scenario, async ({ items, maxConcurrency, ordered, asyncSource, readerSteps, leaveAfter }) => {
      using _leaks = new Leaks();
      const counts = { read: 0, answered: 0, running: 0, released: false };
      let readerIsBusy = false;
      const take = (item: Item) => {
        counts.read++;
        assert(counts.read - counts.answered <= maxConcurrency, "was read too far ahead");
        return item;
      };
      function* sync() {
        try {
          for (const item of items) {
            assert(!readerIsBusy, "an item was taken that nobody asked for");
            yield take(item);
          }
        } finally {
          counts.released = true;
        }
      }
      async function* slow() {
        try {
          for (const item of items) {
            await pause(item.sourceSteps);
            yield take(item);
          }
        } finally {
          counts.released = true;
        }
      }
      const run = async (item: Item, signal: AbortSignal) => {
        counts.running++;
        assert(!readerIsBusy || maxConcurrency > 1, "a task was started that nobody asked for");
        assert(counts.running <= maxConcurrency, "too many at a time");
        await pause(item.taskSteps);
        if (!signal.aborted) counts.running--;
        if (item.fails) throw new Error(`${item.id}`);
        return `${item.id}`;
      };
      const seen: string[] = [];
      for await (const result of Task.asyncStream(asyncSource ? slow() : sync(), run, { maxConcurrency, ordered })) {
        counts.answered++;
        seen.push(result.ok ? result.value : `failed ${result.input.id} ${(result.reason as Error).message}`);
        readerIsBusy = true;
        await pause(readerSteps);
        readerIsBusy = false;
        if (counts.answered === leaveAfter) break;
      }
      const expected = items.map(({ id, fails }) => fails ? `failed ${id} ${id}` : `${id}`);
      await pause(20); // a source that is at it when it is left is let go when it has done that
      assertEquals(counts.released, true);
      if (ordered) return assertEquals(seen, expected.slice(0, leaveAfter));
      if (leaveAfter >= items.length) return assertEquals(seen.toSorted(), expected.toSorted());
      // Left early: some of them, each no more often than it was there.
      const left = [...expected];
      for (const one of seen) {
        const at = left.indexOf(one);
        assertNotEquals(at, -1);
        left.splice(at, 1);
      }
    }),
    { numRuns: 500 },
  );
});
