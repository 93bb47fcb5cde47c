import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { LoopDelay } from "../../../lib/adapters/metrics/_loop_delay.ts";

/** A measurement by a clock that may run ahead of the timers, as it does when the thread is blocked. */
function measured() {
  const time = new FakeTime();
  let blockedMs = 0;
  const delay = new LoopDelay(() => time.now + blockedMs);
  return {
    time,
    delay,
    block: (ms: number) => blockedMs += ms,
    [Symbol.dispose]() {
      delay[Symbol.dispose]();
      time[Symbol.dispose]();
    },
  };
}

Deno.test("LoopDelay.take() is 0 when timers fire in time", () => {
  using loop = measured();
  loop.time.tick(10_000);
  assertEquals(loop.delay.take(), 0);
});

Deno.test("LoopDelay.take() returns the longest delay since the last call", () => {
  using loop = measured();
  for (const ms of [30, 500, 70]) {
    loop.block(ms);
    loop.time.tick(200);
  }
  assertEquals(loop.delay.take(), 500);
  loop.time.tick(200);
  assertEquals(loop.delay.take(), 0);
});

Deno.test("LoopDelay.take() sees a block that no timer has fired after", () => {
  using loop = measured();
  loop.block(1_200);
  assertEquals(loop.delay.take(), 1_150); // the next timer was due 50 ms after the last
});

Deno.test("LoopDelay.take() reports a block once, although its timer fires later", () => {
  using loop = measured();
  loop.block(1_200);
  assertEquals(loop.delay.take(), 1_150);
  loop.time.tick(50); // the late timer, 50 ms after the report
  assertEquals(loop.delay.take(), 50);
});

Deno.test("LoopDelay ends with its timer", () => {
  using loop = measured();
  loop.delay[Symbol.dispose]();
  assertEquals(loop.time.next(), false);
});

Deno.test("LoopDelay.take() is close to the truth when the loop is blocked again and again at the same pace", () => {
  using loop = measured();
  for (let i = 0; i < 10; i++) {
    loop.time.tick(40); // since the last timer
    loop.block(200);
    loop.time.tick(10);
  }
  assertEquals(loop.delay.take(), 200);
});
