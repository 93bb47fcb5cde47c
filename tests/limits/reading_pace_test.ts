import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type Reading, ReadingPace } from "../../lib/limits/reading_pace.ts";

const MAX_BYTES = 1_000;
const TIMEOUT_MS = 10_000;

/** Looks ten times a second until the client is too slow, and returns how long that took; `undefined` within a minute. */
function tooSlowAfterMs(look: (ms: number) => Omit<Reading, "elapsedMs">): number | undefined {
  const pace = new ReadingPace(MAX_BYTES, TIMEOUT_MS);
  for (let ms = 100; ms <= 60_000; ms += 100) {
    if (pace.isTooSlow({ ...look(ms), elapsedMs: 100 })) return ms;
  }
  return undefined;
}

const unread: readonly [what: string, sentBytes: number, waitingBytes: number, closedAfterMs: number | undefined][] = [
  ["no more waits than may", 500, 500, undefined],
  ["half of what waits is under way", 1_000, 1_000, 5_100],
  ["a fifth of it is", 500, 2_000, 2_100],
  ["a hundredth of it is: a second is the least", 100, 9_900, 1_100],
  ["one large frame is all there is", 50_000, 0, 10_100],
];
for (const [what, sentBytes, waitingBytes, closedAfterMs] of unread) {
  Deno.test(`ReadingPace.isTooSlow() finds a client that reads nothing when ${what}`, () => {
    assertStrictEquals(tooSlowAfterMs(() => ({ readBytes: 0, sentBytes, waitingBytes })), closedAfterMs);
  });
}

/** What is left of `bytes` for a client that reads `bytesPerSecond`. */
function leftOf(bytes: number, bytesPerSecond: number) {
  return (ms: number) => {
    const left = Math.max(0, bytes - bytesPerSecond * ms / 1000);
    return { readBytes: bytesPerSecond / 10, sentBytes: Math.min(500, left), waitingBytes: Math.max(0, left - 500) };
  };
}

Deno.test("ReadingPace.isTooSlow() leaves a client that reads all within its time", () => {
  assertEquals(tooSlowAfterMs(leftOf(50_000, 5_100)), undefined);
});

Deno.test("ReadingPace.isTooSlow() finds a client that reads a little all the time", () => {
  assertEquals(tooSlowAfterMs(leftOf(50_000, 10)), 10_100);
});

Deno.test("ReadingPace.isTooSlow() finds a client that falls further and further behind", () => {
  let waitingBytes = 2_000;
  const after = tooSlowAfterMs(() => ({ readBytes: 100, sentBytes: 500, waitingBytes: waitingBytes += 1_000 }));
  assert(after !== undefined && after < 2 * TIMEOUT_MS, `${after} ms`);
});

Deno.test("ReadingPace.isTooSlow() leaves a client for whom as much comes as it reads", () => {
  assertEquals(tooSlowAfterMs(() => ({ readBytes: 200, sentBytes: 500, waitingBytes: 2_000 })), undefined);
});

Deno.test("ReadingPace.isTooSlow() begins anew when no more waits than may", () => {
  const below = (ms: number) => ms % 9_000 === 0;
  const after = tooSlowAfterMs((ms) => ({ readBytes: 1, sentBytes: 500, waitingBytes: below(ms) ? 0 : 5_000 }));
  assertEquals(after, undefined);
});
