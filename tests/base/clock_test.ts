import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { Clock } from "../../lib/base/clock.ts";

Deno.test("Clock.now() goes by performance.now()", () => {
  const clock = new Clock(100);
  const [before, start] = [performance.now(), clock.now()];
  using _performance = stub(performance, "now", () => before + 7000);
  assert(start >= 100);
  assert(clock.now() - start > 6900 && clock.now() - start <= 7000);
});

Deno.test.each([3_600_000, -3_600_000])("Clock.now() does not heed a date that is set by %d ms", (byMs) => {
  using _performance = stub(performance, "now", () => 5000);
  const now = Date.now;
  const clock = new Clock();
  using _date = stub(Date, "now", () => now() + byMs);
  assertEquals(clock.now(), 0);
});

Deno.test("Clock.now() goes by a faked Date, in whole milliseconds, from where it is", () => {
  let realMs = 5000.25;
  using _performance = stub(performance, "now", () => realMs);
  const clock = new Clock();
  realMs += 10.5;
  for (const start of [0, 1_700_000_000_000]) {
    using time = new FakeTime(start);
    const from = clock.now();
    assertEquals(from % 1, 0);
    time.tick(250);
    assertEquals(clock.now(), from + 250);
    realMs += 1000; // is not what counts
    assertEquals(clock.now(), from + 250);
  }
  assertEquals(clock.now(), 11 + 500);
  realMs += 1;
  assertEquals(clock.now(), 11 + 500 + 1);
});

Deno.test("Clock.now() never goes back, and a faked Date that was set back moves it again from there", () => {
  const moves = fc.array(fc.record({ ms: fc.nat(10_000), back: fc.boolean() }));
  fc.assert(fc.property(moves, (moves) => {
    using time = new FakeTime(0);
    const fakeNow = Date.now;
    let skewMs = 0;
    using _now = stub(Date, "now", () => fakeNow.call(Date) + skewMs);
    const clock = new Clock();
    let expected = clock.now();
    for (const { ms, back } of moves) {
      if (back) skewMs -= ms;
      else {
        time.tick(ms);
        expected += ms;
      }
      assertStrictEquals(clock.now(), expected);
    }
  }));
});

Deno.test("Clock.reach() puts the clock forward, never back", () => {
  using _performance = stub(performance, "now", () => 5000);
  const clock = new Clock(10);
  assertEquals(clock.reach(5), 10);
  assertEquals(clock.reach(30), 30);
  assertEquals(clock.now(), 30);
});
