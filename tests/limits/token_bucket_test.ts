import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { assertRateLimit, TokenBucket, UNLIMITED } from "../../lib/limits/token_bucket.ts";

/** Takes one token after each pause, and answers which were there. */
function takeAfter(pausesMs: readonly number[], perSecond: number, burst: number): boolean[] {
  let nowMs = 1000;
  const clock = () => nowMs;
  const bucket = new TokenBucket({ perSecond, burst }, clock);
  return pausesMs.map((pauseMs) => {
    nowMs += pauseMs;
    return bucket.take(clock);
  });
}

Deno.test("TokenBucket.take() has a burst, and then what time brings", () => {
  assertEquals(takeAfter([0, 0, 0, 0], 10, 3), [true, true, true, false]);
  assertEquals(takeAfter([0, 0, 0, 50, 50, 50, 50], 10, 3), [true, true, true, false, true, false, true]);
  assertEquals(takeAfter([0, 0, 10_000, 0, 0, 0], 10, 2), [true, true, true, true, false, false]);
});

Deno.test("TokenBucket.take() reads the clock only when it is empty", () => {
  let reads = 0;
  const clock = () => (reads++, 0);
  const bucket = new TokenBucket({ perSecond: 1, burst: 100 }, clock);
  for (let n = 0; n < 100; n++) assert(bucket.take(clock));
  assertEquals(reads, 1);
  assert(!bucket.take(clock));
  assertEquals(reads, 2);
});

Deno.test("TokenBucket.take() gains and loses nothing when the clock is set back", () => {
  assertEquals(takeAfter([0, -500, 0, 100], 10, 1), [true, false, false, true]);
});

Deno.test("TokenBucket goes by a faked Date", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 });
  assert(bucket.take());
  assert(!bucket.take());
  time.tick(1000);
  assert(bucket.take());
});

Deno.test("TokenBucket gains nothing when the date is put forward", () => {
  const bucket = new TokenBucket({ perSecond: 0.001, burst: 1 });
  assert(bucket.take());
  const now = Date.now;
  using _now = stub(Date, "now", () => now() + 3_600_000);
  assert(!bucket.take());
});

Deno.test("TokenBucket without a limit always has one", () => {
  const bucket = new TokenBucket(UNLIMITED);
  for (let n = 0; n < 1000; n++) assert(bucket.take());
});

Deno.test("TokenBucket.spend() takes many at once, on credit if need be, and pays that back first", () => {
  let now = 0;
  const bucket = new TokenBucket({ perSecond: 10, burst: 100 }, () => now);
  const spend = (count: number) => bucket.spend(count, () => now);
  assertEquals([spend(99), spend(200), spend(1)], [true, true, false]); // 199 are owed
  now += 20_000;
  assertEquals([spend(1), spend(1)], [true, false]);
  now += 1_000_000;
  assertEquals([spend(100), spend(1)], [true, false]);
});

Deno.test("TokenBucket.spend() gives large amounts no second burst after a pause", () => {
  let now = 0;
  const bucket = new TokenBucket({ perSecond: 1000, burst: 20_000 }, () => now);
  const spend = () => bucket.spend(10_000, () => now);
  now += 1_000_000;
  assertEquals([spend(), spend(), spend()], [true, true, false]);
  now += 10_000;
  assertEquals([spend(), spend()], [true, false]);
});

Deno.test("TokenBucket.spend() without a limit always has some", () => {
  const bucket = new TokenBucket(UNLIMITED);
  for (let n = 0; n < 10; n++) assert(bucket.spend(1e12));
});

const rates = { perSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 20 }) };

Deno.test("TokenBucket grants no more than the rate and twice the burst in any stretch of time", () => {
  const pauses = fc.array(fc.nat(300), { maxLength: 200 });
  fc.assert(fc.property(pauses, rates.perSecond, rates.burst, (pausesMs, perSecond, burst) => {
    const granted = takeAfter(pausesMs, perSecond, burst);
    for (let from = 0; from < granted.length; from++) {
      let elapsedMs = 0;
      let count = 0;
      for (let n = from; n < granted.length; n++) {
        if (n > from) elapsedMs += pausesMs[n]!;
        if (granted[n]) count++;
        assert(count <= 2 * burst + elapsedMs * perSecond / 1000 + 1e-6);
      }
    }
  }));
});

Deno.test("TokenBucket refuses nobody who keeps to the rate", () => {
  fc.assert(fc.property(rates.perSecond, rates.burst, fc.nat(200), (perSecond, burst, count) => {
    const pausesMs = Array.from({ length: count }, () => Math.ceil(1000 / perSecond));
    assert(takeAfter(pausesMs, perSecond, burst).every((granted) => granted));
  }));
});

Deno.test.each([
  { perSecond: 0, burst: 1 },
  { perSecond: -1, burst: 1 },
  { perSecond: NaN, burst: 1 },
  { perSecond: 1, burst: 0 },
  { perSecond: 1, burst: 0.5 },
  { perSecond: 1, burst: NaN },
])("assertRateLimit() refuses %o", (rate) => {
  assertMatch(
    assertThrows(() => assertRateLimit("joinRate", rate), RangeError).message,
    /^Cannot limit rate: "joinRate\.(perSecond" must be > 0|burst" must be >= 1), received /,
  );
});
