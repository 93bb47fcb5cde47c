import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import { Clock } from "../../lib/base/clock.ts";
import { Timer, timers, TimerWheel } from "../../lib/base/timer_wheel.ts";

class Recorder extends Timer {
  readonly name: string;
  readonly #calls: string[];
  readonly #then: () => void;

  constructor(name: string, calls: string[], then: () => void = () => {}) {
    super();
    this.name = name;
    this.#calls = calls;
    this.#then = then;
  }

  override onTimeout(): void {
    this.#calls.push(`${this.name}@${Date.now()}`);
    this.#then();
  }
}

const DELAYS = [0, 1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, 5000, 60_000, 2 ** 18, 2 ** 24];
const LONG_DELAYS = [2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 2 ** 40];

Deno.test.each([...DELAYS, ...LONG_DELAYS])("TimerWheel calls after %d ms, not before", (delayMs) => {
  for (const start of [0, 1, 63, 4095, 1_700_000_000_000]) {
    using time = new FakeTime(start);
    const wheel = new TimerWheel(new Clock(start));
    const calls: string[] = [];
    wheel.add(new Recorder("a", calls), delayMs);
    if (delayMs > 0) time.tick(delayMs - 1);
    assertEquals(calls, []);
    time.tick(delayMs > 0 ? 1 : 0);
    assertEquals(calls, [`a@${start + delayMs}`]);
    assertEquals(wheel.size, 0);
  }
});

Deno.test("TimerWheel behaves like a sorted list of deadlines", () => {
  const delay = fc.oneof(
    fc.nat(130),
    fc.nat(10_000),
    fc.nat(2 ** 26),
    fc.constantFrom(...DELAYS, ...LONG_DELAYS),
  );
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), timer: fc.nat(19), ms: delay }),
    fc.record({ do: fc.constant("cancel" as const), timer: fc.nat(19), ms: fc.constant(0) }),
    fc.record({ do: fc.constant("tick" as const), timer: fc.constant(0), ms: delay }),
  );
  const start = fc.oneof(fc.nat(5000), fc.constant(1_700_000_000_000));
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 60 }), (start, steps) => {
      using time = new FakeTime(start);
      const wheel = new TimerWheel(new Clock(start));
      const calls: string[] = [];
      const recorders = Array.from({ length: 20 }, (_, i) => new Recorder(String(i), calls));
      const waiting = new Map<number, number>(); // in the order of adding
      const expected: string[] = [];
      for (const { do: what, timer, ms } of steps) {
        const recorder = recorders[timer]!;
        if (what === "add") {
          waiting.delete(timer);
          waiting.set(timer, Date.now() + ms);
          wheel.add(recorder, ms);
        } else if (what === "cancel") {
          assertStrictEquals(wheel.cancel(recorder), waiting.delete(timer));
        } else {
          const now = Date.now() + ms;
          const due = [...waiting].filter(([, at]) => at <= now).sort((a, b) => a[1] - b[1]);
          for (const [timer, at] of due) {
            waiting.delete(timer);
            expected.push(`${timer}@${at}`);
          }
          time.tick(ms);
        }
        assertEquals(wheel.size, waiting.size);
        assertEquals(calls, expected);
      }
      for (const [timer, at] of waiting) {
        assertEquals(wheel.remaining(recorders[timer]!), at - Date.now());
        wheel.cancel(recorders[timer]!);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("TimerWheel calls in order of deadlines when the event loop was late", () => {
  using time = new FakeTime(1000);
  const wheel = new TimerWheel();
  const calls: string[] = [];
  for (const ms of [70, 5, 4100, 0, 64, 5]) wheel.add(new Recorder(String(ms), calls), ms);
  time.now += 9000; // the clock goes on, but nothing is called
  time.tick(0);
  assertEquals(calls.map((call) => call.split("@")[0]), ["0", "5", "5", "64", "70", "4100"]);
});

Deno.test.each([-1, NaN, Infinity, -Infinity])("TimerWheel.add() refuses %d", (delayMs) => {
  const wheel = new TimerWheel();
  assertThrows(
    () => wheel.add(new Recorder("a", []), delayMs),
    RangeError,
    `Cannot add timer: "delayMs" must be finite and >= 0, received ${delayMs}`,
  );
  assertEquals(wheel.size, 0);
});

Deno.test("TimerWheel.add() rounds up", () => {
  using time = new FakeTime(0);
  const calls: string[] = [];
  new TimerWheel().add(new Recorder("a", calls), 1.2);
  time.tick(1);
  assertEquals(calls, []);
  time.tick(1);
  assertEquals(calls, ["a@2"]);
});

Deno.test("TimerWheel.add() starts a waiting timer anew", () => {
  using time = new FakeTime(0);
  const wheel = new TimerWheel();
  const calls: string[] = [];
  const timer = new Recorder("a", calls);
  wheel.add(timer, 10);
  time.tick(9);
  wheel.add(timer, 10);
  assertEquals(wheel.size, 1);
  time.tick(9);
  assertEquals(calls, []);
  time.tick(1);
  assertEquals(calls, ["a@19"]);
});

Deno.test("TimerWheel.cancel() answers false when the timer does not wait", () => {
  using time = new FakeTime(0);
  const wheel = new TimerWheel();
  const timer = new Recorder("a", []);
  assertEquals(wheel.cancel(timer), false);
  wheel.add(timer, 1);
  assertEquals(new TimerWheel().cancel(timer), false, "in another wheel");
  assertEquals(wheel.cancel(timer), true);
  assertEquals(wheel.cancel(timer), false);
  wheel.add(timer, 1);
  time.tick(1);
  assertEquals(wheel.cancel(timer), false);
});

Deno.test("TimerWheel.cancel() stops a timer that is due in the same millisecond", () => {
  using time = new FakeTime(0);
  const wheel = new TimerWheel();
  const calls: string[] = [];
  const second = new Recorder("b", calls);
  wheel.add(new Recorder("a", calls, () => assert(wheel.cancel(second))), 5);
  wheel.add(second, 5);
  time.tick(10);
  assertEquals(calls, ["a@5"]);
});

Deno.test("TimerWheel calls what is added without delay after what is due", () => {
  using time = new FakeTime(0);
  const wheel = new TimerWheel();
  const calls: string[] = [];
  let left = 2;
  const again: Recorder = new Recorder("a", calls, () => {
    if (left-- > 0) wheel.add(again, 0);
  });
  wheel.add(again, 5);
  wheel.add(new Recorder("b", calls), 5);
  time.tick(5);
  assertEquals(calls, ["a@5", "b@5", "a@5", "a@5"]);
});

Deno.test("TimerWheel goes on when a timer throws", () => {
  using time = new FakeTime(0);
  const wheel = new TimerWheel();
  const calls: string[] = [];
  const reported: unknown[] = [];
  const report = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error);
  };
  const error = new Error("thrown by a timer");
  const fail = () => {
    throw error;
  };
  globalThis.addEventListener("error", report);
  try {
    wheel.add(new Recorder("a", calls, fail), 5);
    wheel.add(new Recorder("b", calls), 5);
    wheel.add(new Recorder("c", calls), 6);
    time.tick(6);
  } finally {
    globalThis.removeEventListener("error", report);
  }
  assertEquals(calls, ["a@5", "b@5", "c@6"]);
  assertEquals(reported, [error]);
});

Deno.test("TimerWheel.remaining() tells the milliseconds left", () => {
  using time = new FakeTime(0);
  const wheel = new TimerWheel();
  const timer = new Recorder("a", []);
  assertEquals(wheel.remaining(timer), undefined);
  wheel.add(timer, 100);
  assertEquals(wheel.remaining(timer), 100);
  time.tick(30);
  assertEquals(wheel.remaining(timer), 70);
  time.tick(70);
  assertEquals(wheel.remaining(timer), undefined);
});

Deno.test("TimerWheel does not wait longer when the clock is set back", () => {
  using time = new FakeTime(1_000_000);
  const fakeNow = Date.now;
  const wheel = new TimerWheel();
  const calls: string[] = [];
  wheel.add(new Recorder("a", calls), 20);
  wheel.add(new Recorder("b", calls), 50);
  time.tick(10);
  Date.now = () => fakeNow() - 3_600_000;
  time.tick(10);
  assertEquals(calls.length, 1);
  wheel.add(new Recorder("c", calls), 10);
  time.tick(10);
  assertEquals(calls.length, 2);
  time.tick(20);
  assertEquals(calls.map((call) => call[0]), ["a", "c", "b"]);
  assertEquals(wheel.size, 0);
});

Deno.test("TimerWheel forgets the clock when it is empty", () => {
  const wheel = new TimerWheel();
  const calls: string[] = [];
  for (const start of [1_700_000_000_000, 0, 2 ** 33]) {
    using time = new FakeTime(start);
    wheel.add(new Recorder("a", calls), 5000);
    time.tick(5000);
  }
  assertEquals(calls, ["a@1700000005000", "a@5000", `a@${2 ** 33 + 5000}`]);
});

Deno.test("TimerWheel recovers from fake time that ended while timers waited", async () => {
  const wheel = new TimerWheel();
  const calls: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  {
    using _time = new FakeTime(0);
    wheel.add(new Recorder("left behind", calls, resolve), 5);
  }
  wheel.add(new Recorder("real", calls), 1);
  await promise;
  assertEquals(calls.map((call) => call.split("@")[0]), ["real", "left behind"]);
});

Deno.test("TimerWheel goes by a faked setTimeout where Date is not faked", () => {
  const wheel = new TimerWheel();
  const calls: string[] = [];
  const sleeping: [wake: () => void, sleepMs: number][] = [];
  using _setTimeout = stub(
    globalThis,
    "setTimeout",
    ((wake: () => void, sleepMs: number) => {
      sleeping.push([wake, sleepMs]);
      return 0;
    }) as unknown as typeof setTimeout,
  );
  wheel.add(new Recorder("a", calls), 60_000);
  assertEquals(sleeping.length, 1);
  assert(sleeping[0]![1] >= 60_000);
  sleeping[0]![0]();
  assertEquals(calls.map((call) => call[0]), ["a"]);
});

Deno.test("TimerWheel is not moved by a date that is set", async () => {
  const wheel = new TimerWheel();
  const calls: string[] = [];
  const late = new Recorder("late", calls);
  wheel.add(late, 60_000);
  await setImmediate();
  const now = Date.now;
  using _now = stub(Date, "now", () => now() + 3_600_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  wheel.add(new Recorder("soon", calls, resolve), 5);
  await promise;
  assertEquals(calls.map((call) => call.split("@")[0]), ["soon"]);
  assert(wheel.cancel(late));
});

Deno.test("TimerWheel takes timers in fake time right after real time", () => {
  const wheel = new TimerWheel();
  const calls: string[] = [];
  const timer = new Recorder("a", calls);
  wheel.add(timer, 5000); // in real time: its setImmediate is still to come
  wheel.cancel(timer);
  using time = new FakeTime(0);
  wheel.add(timer, 5000);
  time.tick(5000);
  assertEquals(calls, ["a@5000"]);
});

Deno.test("TimerWheel sets one native timer, and clears it when the last timer is cancelled", async () => {
  // Deno's leak sanitizer fails this test if the native timer is still set in the end.
  const calls: string[] = [];
  const many = Array.from({ length: 1000 }, () => new Recorder("never", calls));
  for (const [i, timer] of many.entries()) timers.add(timer, 60_000 + i);
  await setImmediate(); // now it is set
  for (const timer of many) assert(timers.cancel(timer));
  assertEquals(timers.size, 0);
});

Deno.test("TimerWheel is not early in real time", async () => {
  const wheel = new TimerWheel();
  await Promise.all([0, 1, 2, 5, 20, 70].map(async (delayMs) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const start = Date.now();
    wheel.add(new Recorder("a", [], resolve), delayMs);
    await promise;
    assert(Date.now() - start >= delayMs);
  }));
  assertEquals(wheel.size, 0);
});

Deno.test("TimerWheel wakes up earlier when an earlier timer is added", async () => {
  const wheel = new TimerWheel();
  const late = new Recorder("late", []);
  wheel.add(late, 60_000);
  await setImmediate();
  const { promise, resolve } = Promise.withResolvers<void>();
  wheel.add(new Recorder("early", [], resolve), 1);
  await promise;
  assert(wheel.cancel(late));
});

Deno.test("TimerWheel calls timers outside of what was current where others were added, such as a span", async () => {
  const current = new AsyncLocalStorage<string>();
  const wheel = new TimerWheel();
  const seen: unknown[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const add = (left: number) => {
    const again = () => {
      seen.push(current.getStore());
      if (left === 0) resolve();
      else add(left - 1);
    };
    wheel.add(new Recorder("a", [], again), 1);
  };
  current.run("a span of long ago", () => wheel.add(new Recorder("b", []), 1));
  add(3); // each of them set the native timer again, where the one before was called
  await done;
  assertEquals(seen, Array(4).fill(undefined));
});

Deno.test("TimerWheel holds many timers", () => {
  using time = new FakeTime(0);
  const wheel = new TimerWheel();
  const calls: string[] = [];
  for (let i = 0; i < 5000; i++) wheel.add(new Recorder(String(i), calls), i * 7 % 5000);
  assertEquals(wheel.size, 5000);
  time.tick(5000);
  assertEquals(wheel.size, 0);
  assertEquals(calls, Array.from({ length: 5000 }, (_, ms) => `${ms * 2143 % 5000}@${ms}`));
});
