import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { retry } from "@std/async/retry";
import { getCookies } from "@std/http/cookie";
import { STATUS_CODE, STATUS_TEXT } from "@std/http/status";
import { assertSpyCall, assertSpyCalls, spy, stub } from "@std/testing/mock";
import { FakeTime, TimeError } from "@std/testing/time";
import { decodeTime, ulid } from "@std/ulid";

Deno.test("@std/async gives a late promise up and tries again", async () => {
  assertEquals(await deadline(Promise.resolve(1), 1000), 1);
  let tries = 0;
  const twice = () => {
    if (++tries < 2) throw new Error("not yet");
    return tries;
  };
  assertEquals(await retry(twice, { minTimeout: 1 }), 2);
});

Deno.test("@std/http reads cookies and names statuses", () => {
  assertEquals(getCookies(new Headers({ cookie: "a=1; b=2" })), { a: "1", b: "2" });
  assertEquals(STATUS_TEXT[STATUS_CODE.Forbidden], "Forbidden");
});

Deno.test("@std/ulid makes ids that know their time", () => {
  assertEquals(decodeTime(ulid(1234)), 1234);
});

Deno.test("FakeTime runs what falls due, in its order", () => {
  using time = new FakeTime(1000);
  const seen: unknown[] = [];
  setTimeout((...args: unknown[]) => seen.push(["timeout", Date.now(), ...args]), 20, "a");
  const repeating = setInterval(() => seen.push(["interval", Date.now()]), 15);
  const cleared = setTimeout(() => seen.push("cleared"), 5);
  clearTimeout(cleared);
  time.tick(14);
  assertEquals(seen, []);
  time.tick(16);
  clearInterval(repeating);
  time.tick(100);
  assertEquals(seen, [["interval", 1015], ["timeout", 1020, "a"], ["interval", 1030]]);
  assertEquals([time.now, time.start, Date.now(), new Date().valueOf()], [1130, 1000, 1130, 1130]);
  assertThrows(() => time.now = 0, RangeError);
});

Deno.test("FakeTime.tick() runs what a timer starts for the same time", () => {
  using time = new FakeTime();
  const seen: string[] = [];
  setTimeout(() => setTimeout(() => seen.push("inner"), 0), 10);
  time.tick(10);
  assertEquals(seen, ["inner"]);
});

Deno.test("FakeTime.tick() lets an interval stop itself", () => {
  using time = new FakeTime();
  const seen = spy((): void => clearInterval(repeating));
  const repeating: ReturnType<typeof setInterval> = setInterval(seen, 10);
  time.tick(100);
  assertSpyCalls(seen, 1);
});

Deno.test("FakeTime runs timers one by one, and microtasks between", async () => {
  using time = new FakeTime(0);
  const seen: number[] = [];
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const walk = async () => {
    for (const ms of [10, 20]) {
      await sleep(ms);
      seen.push(Date.now());
    }
  };
  const walked = walk();
  assertEquals(await time.nextAsync(), true);
  await time.tickAsync(0);
  assertEquals(seen, [10]);
  await time.runAllAsync();
  await walked;
  assertEquals(seen, [10, 30]);
  assertEquals(time.next(), false);
});

Deno.test("FakeTime leaves performance, microtasks and immediates alone", async () => {
  const { performance, queueMicrotask, setImmediate } = globalThis;
  using time = new FakeTime();
  assertEquals(globalThis.performance, performance);
  assertEquals(globalThis.queueMicrotask, queueMicrotask);
  assertEquals(globalThis.setImmediate, setImmediate);
  await new Promise<void>((resolve) => setImmediate(() => resolve()));
  await time.delay(1);
});

Deno.test("FakeTime gives the real time back", async () => {
  const { Date: RealDate, setTimeout: realSetTimeout } = globalThis;
  const before = setTimeout(() => {}, 60_000);
  const time = new FakeTime(0);
  assertThrows(() => new FakeTime(), TimeError);
  clearTimeout(before); // a real timer still ends
  const during = await FakeTime.restoreFor(() => Date.now());
  assertEquals(during > 1e12, true);
  assertEquals(Date.now(), 0);
  time.restore();
  assertThrows(() => time.restore(), TimeError);
  assertEquals(globalThis.Date, RealDate);
  assertEquals(globalThis.setTimeout, realSetTimeout);
});

Deno.test("spy() and stub() remember their calls", async () => {
  const add = spy((a: number, b: number) => a + b);
  assertEquals(add(1, 2), 3);
  assertSpyCalls(add, 1);
  assertSpyCall(add, 0, { args: [1, 2], returned: 3 });
  assertThrows(() => assertSpyCalls(add, 2));
  const counter = { count: () => 1 };
  {
    using count = stub(counter, "count", () => 7);
    assertEquals(counter.count(), 7);
    assertSpyCalls(count, 1);
  }
  assertEquals(counter.count(), 1);
  await assertRejects(() => Promise.reject(new TypeError("no")), TypeError, "no");
});
