import assert from "node:assert/strict";
import { FakeTime } from "@std/testing/time";
import { timers } from "../../lib/base/timer_wheel.ts";
import { withinTime } from "../../lib/base/within_time.ts";

const late = () => new Error("late");

Deno.test("withinTime() is what the promise is, and leaves no timer", async () => {
  const before = timers.size;
  assert.equal(await withinTime(Promise.resolve(7), 1000, late), 7);
  await assert.rejects(withinTime(Promise.reject(new Error("own")), 1000, late), /^Error: own$/);
  assert.equal(timers.size, before);
});

Deno.test("withinTime() rejects when the time is over, and what comes later is ignored", async () => {
  using time = new FakeTime();
  const slow = Promise.withResolvers<number>();
  const waiting = assert.rejects(withinTime(slow.promise, 1000, late), /^Error: late$/);
  time.tick(1000);
  await waiting;
  slow.reject(new Error("nobody hears this"));
});

Deno.test("withinTime() waits for as long as it takes where the time is Infinity", async () => {
  const before = timers.size;
  const slow = Promise.withResolvers<number>();
  const waiting = withinTime(slow.promise, Infinity, late);
  assert.equal(timers.size, before);
  slow.resolve(7);
  assert.equal(await waiting, 7);
});
