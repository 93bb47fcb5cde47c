import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { nextTurn } from "../../lib/base/pause.ts";
import { timers } from "../../lib/base/timer_wheel.ts";
import { withinTime } from "../../lib/base/within_time.ts";
import { collectGarbage } from "../support/garbage.ts";

const late = () => new Error("late");

Deno.test("withinTime() is what the promise is, and leaves no timer", async () => {
  const before = timers.size;
  assertEquals(await withinTime(Promise.resolve(7), 1000, late), 7);
  assertMatch(
    String(await assertRejects(() => withinTime(Promise.reject(new Error("own")), 1000, late))),
    /^Error: own$/,
  );
  assertEquals(timers.size, before);
});

Deno.test("withinTime() rejects when the time is over, and what comes later is ignored", async () => {
  using time = new FakeTime();
  const slow = Promise.withResolvers<number>();
  const waiting = assertRejects(() => withinTime(slow.promise, 1000, late)).then((error) =>
    assertMatch(String(error), /^Error: late$/)
  );
  time.tick(1000);
  await waiting;
  slow.reject(new Error("nobody hears this"));
});

Deno.test("withinTime() waits for as long as it takes where the time is Infinity", async () => {
  const before = timers.size;
  const slow = Promise.withResolvers<number>();
  const waiting = withinTime(slow.promise, Infinity, late);
  assertEquals(timers.size, before);
  slow.resolve(7);
  assertEquals(await waiting, 7);
});

Deno.test("withinTime() leaves nothing of those that waited too long at a promise that stays pending", async () => {
  using time = new FakeTime();
  const slow = Promise.withResolvers<number>();
  const errors: WeakRef<Error>[] = [];
  const wait = async () => {
    const waiting = withinTime(slow.promise, 1000, () => {
      const error = late();
      errors.push(new WeakRef(error));
      return error;
    });
    time.tick(1000);
    await waiting.catch(() => {});
  };
  for (let n = 0; n < 10; n++) await wait();
  await nextTurn();
  collectGarbage();
  assertEquals(errors.length, 10);
  assert(errors.filter((error) => error.deref() !== undefined).length <= 1); // the engine may hold the last one
  slow.resolve(7);
});
