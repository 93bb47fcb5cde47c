import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { cancelTimer, type MailboxOptions, sendAfter, sendEvery, spawn } from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { listenersOf } from "../../support/leaks.ts";

function collector() {
  const messages: string[] = [];
  const pid = spawn<string>(async (mailbox) => {
    for await (const message of mailbox) messages.push(message);
  });
  return { pid, messages };
}

Deno.test("sendAfter() sends when the time has come, and not before", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const timer = sendAfter(pid, "late", 100);
  sendAfter(pid, "soon", 10);
  await time.tickAsync(99);
  await time.runMicrotasks();
  assertEquals(messages, ["soon"]);
  assertEquals(timer.remainingMs, 1);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assertEquals(messages, ["soon", "late"]);
  assertEquals(timer.remainingMs, undefined);
  pid.exit("shutdown");
});

Deno.test("cancelTimer() takes the message back and tells what was left", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const timer = sendAfter(pid, "never", 100);
  await time.tickAsync(40);
  assertEquals(cancelTimer(timer), 60);
  assertEquals(cancelTimer(timer), undefined);
  await time.tickAsync(100);
  await time.runMicrotasks();
  assertEquals(messages, []);
  pid.exit("shutdown");
});

Deno.test("sendAfter() is forgotten when the process ends", () => {
  const { pid } = collector();
  const before = timers.size;
  sendAfter(pid, "never", 60_000);
  assertEquals(timers.size, before + 1);
  pid.exit("shutdown");
  assertEquals(timers.size, before);
  sendAfter(pid, "never", 60_000);
  assertEquals(timers.size, before);
});

Deno.test("sendAfter() refuses a delay that is not one", () => {
  const { pid } = collector();
  const listeners = listenersOf(pid);
  for (const delayMs of [-1, NaN, Infinity]) {
    assertThrows(
      () => sendAfter(pid, "x", delayMs),
      RangeError,
      `Cannot send: "delayMs" must be finite and >= 0, received ${delayMs}`,
    );
  }
  assertStrictEquals(listenersOf(pid), listeners);
  pid.exit("shutdown");
});

Deno.test("sendAfter() waits longer than setTimeout can, and sends soon after 0 ms", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const timer = sendAfter(pid, "late", 2 ** 32);
  sendAfter(pid, "soon", 0);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assertEquals(messages, ["soon"]);
  await time.tickAsync(2 ** 32 - 2);
  await time.runMicrotasks();
  assertEquals(messages, ["soon"]);
  assertEquals(timer.remainingMs, 1);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assertEquals(messages, ["soon", "late"]);
  assertEquals(timer.remainingMs, undefined);
  assertEquals(cancelTimer(timer), undefined);
  pid.exit("shutdown");
});

for (const overflow of ["refuse", "wait", "dropNewest", "dropOldest"] as const) {
  Deno.test(`sendAfter() finds room in a full mailbox, and keeps the order of what comes later ("${overflow}")`, async () => {
    using time = new FakeTime();
    const messages: string[] = [];
    const gate = Promise.withResolvers<void>();
    const pid = spawn<string>(async (mailbox) => {
      await gate.promise;
      for await (const message of mailbox) messages.push(message);
    }, { mailbox: { capacity: 1, overflow } });
    pid.send("filler");
    sendAfter(pid, "tick", 10);
    await time.tickAsync(10);
    pid.send("more");
    gate.resolve();
    await time.tickAsync(0);
    assertEquals(messages, overflow === "dropOldest" ? ["tick", "more"] : ["filler", "tick"]);
    pid.exit("shutdown");
  });
}

/** Lets so many milliseconds pass, one after the other. */
async function passing(time: FakeTime, ms: number) {
  for (let passed = 0; passed < ms; passed++) {
    await time.tickAsync(1);
    await time.runMicrotasks();
  }
}

Deno.test("sendEvery() sends again and again, by one timer, until it is cancelled", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const before = timers.size;
  const timer = sendEvery(pid, "tick", 10);
  await passing(time, 9);
  assertEquals(messages, []);
  assertEquals(timer.remainingMs, 1);
  await passing(time, 26);
  assertEquals(messages, ["tick", "tick", "tick"]);
  assertEquals(timers.size, before + 1);
  assertEquals(cancelTimer(timer), 5);
  assertEquals(cancelTimer(timer), undefined);
  assertEquals(timers.size, before);
  await passing(time, 30);
  assertEquals(messages.length, 3);
  pid.exit("shutdown");
});

Deno.test("sendEvery() ends with its receiver", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const before = timers.size;
  const timer = sendEvery(pid, "tick", 10);
  await passing(time, 10);
  pid.exit("shutdown");
  assertEquals(timers.size, before);
  assertEquals(timer.remainingMs, undefined);
  sendEvery(pid, "tick", 10);
  assertEquals(timers.size, before);
  assertEquals(messages, ["tick"]);
});

Deno.test("sendEvery() leaves out what a busy program missed, and keeps its times", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const timer = sendEvery(pid, "tick", 10);
  await passing(time, 9);
  const { now } = Date;
  Date.now = () => now() + 24; // as if something had kept the event loop busy
  await passing(time, 1);
  assertEquals(messages, ["tick"]);
  assertEquals(timer.remainingMs, 6);
  await passing(time, 5);
  assertEquals(messages, ["tick"]);
  await passing(time, 1);
  assertEquals(messages, ["tick", "tick"]);
  assertEquals(timer.remainingMs, 10);
  pid.exit("shutdown");
});

Deno.test.each<[string, MailboxOptions]>([
  ["unbounded", {}],
  ["full", { capacity: 1 }],
  ["full that drops the oldest", { capacity: 1, overflow: "dropOldest" }],
])("sendEvery() has one message at most in a mailbox that is %s", async (_, options) => {
  using time = new FakeTime();
  const gate = Promise.withResolvers<void>();
  const messages: string[] = [];
  const pid = spawn<string>(async (mailbox) => {
    await gate.promise;
    for await (const message of mailbox) messages.push(message);
  }, { mailbox: options });
  sendEvery(pid, "tick", 10);
  pid.send("hello");
  await passing(time, 100);
  gate.resolve();
  await time.runMicrotasks();
  assertEquals(messages, ["hello", "tick"]);
  await passing(time, 10);
  assertEquals(messages, ["hello", "tick", "tick"]);
  pid.exit("shutdown");
});

Deno.test("sendEvery() refuses a time that is not one", () => {
  const { pid } = collector();
  const listeners = listenersOf(pid);
  for (const everyMs of [0, -1, NaN, Infinity]) {
    assertThrows(
      () => sendEvery(pid, "x", everyMs),
      RangeError,
      `Cannot send: "everyMs" must be finite and > 0, received ${everyMs}`,
    );
  }
  assertStrictEquals(listenersOf(pid), listeners);
  pid.exit("shutdown");
});
