import { assertEquals } from "@std/assert";
import { Pace } from "../../../lib/adapters/inspector/_pace.ts";

/** The turns in which work was done that takes so long. */
function turnsOf(times: readonly number[], turns: number): number[] {
  const clock = { now: 0 };
  const pace = new Pace(1_000, () => clock.now);
  const worked: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    pace.turn(() => {
      clock.now += times[Math.min(worked.length, times.length - 1)]!;
      worked.push(turn);
    });
  }
  return worked;
}

Deno.test("Pace works in each turn while that takes half a percent of the time", () => {
  assertEquals(turnsOf([4.9], 6), [0, 1, 2, 3, 4, 5]);
});

Deno.test("Pace leaves out turns when the work takes longer", () => {
  assertEquals(turnsOf([16], 12), [0, 1, 5, 9]);
  assertEquals(turnsOf([160], 100), [0, 1, 34, 67]);
});

Deno.test("Pace does not mind work that took long once", () => {
  assertEquals(turnsOf([1, 500, 1], 5), [0, 1, 2, 3, 4]);
});

Deno.test("Pace works more often again when there is less to do", () => {
  assertEquals(turnsOf([16, 16, 1], 9), [0, 1, 5, 6, 7, 8]);
});
