import { assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { DateAlarm } from "../../lib/base/date_alarm.ts";
import { timers } from "../../lib/base/timer_wheel.ts";

/** An alarm, and how often it has rung. */
function setUp() {
  const rung = { times: 0 };
  return { rung, alarm: new DateAlarm(() => rung.times++) };
}

const delays = [0, 1, 59_999, 60_000, 60_001, 3_600_000];
Deno.test.each(delays)("DateAlarm rings once, at its moment, %i ms from now", (delayMs) => {
  using time = new FakeTime();
  const { rung, alarm } = setUp();
  alarm.set(Date.now() + delayMs);
  if (delayMs > 0) time.tick(delayMs - 1);
  assertEquals(rung.times, 0);
  time.tick(1);
  assertEquals(rung.times, 1);
  time.tick(7_200_000);
  assertEquals([rung.times, timers.size], [1, 0]);
});

Deno.test.each([-1, -1e15, -Infinity])(
  "DateAlarm rings soon, not at once, for a moment that is over: %f",
  (delayMs) => {
    using time = new FakeTime();
    const { rung, alarm } = setUp();
    alarm.set(Date.now() + delayMs);
    assertEquals(rung.times, 0);
    time.tick(1);
    assertEquals(rung.times, 1);
  },
);

Deno.test("DateAlarm never rings for Infinity, nor when it is called off or set anew", () => {
  using time = new FakeTime();
  const { rung, alarm } = setUp();
  alarm.set(Infinity);
  assertEquals(timers.size, 0);
  alarm.set(Date.now() + 10).clear();
  assertEquals(timers.size, 0);
  alarm.set(Date.now() + 10).set(Date.now() + 30);
  time.tick(20);
  assertEquals(rung.times, 0);
  alarm.set(Infinity);
  time.tick(1_000_000);
  assertEquals([rung.times, timers.size], [0, 0]);
});

const jumps: [what: string, jumpMs: number, ringsAfterMs: number][] = [
  ["back: not before the moment comes", -300_000, 900_000],
  ["forward: within a minute", 3_600_000, 60_000],
];
Deno.test.each(jumps)("DateAlarm heeds a clock that is put %s", (_what, jumpMs, ringsAfterMs) => {
  using time = new FakeTime();
  const { rung, alarm } = setUp();
  alarm.set(Date.now() + 600_000);
  const clock = Date.now;
  using _clock = stub(Date, "now", () => clock.call(Date) + jumpMs);
  for (let passedMs = 0; passedMs < ringsAfterMs - 60_000; passedMs += 60_000) time.tick(60_000);
  assertEquals(rung.times, 0);
  for (let i = 0; i < 2; i++) time.tick(60_000);
  assertEquals(rung.times, 1);
});
