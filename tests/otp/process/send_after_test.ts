import assert from "node:assert/strict";
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
  assert.deepEqual(messages, ["soon"]);
  assert.equal(timer.remainingMs, 1);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assert.deepEqual(messages, ["soon", "late"]);
  assert.equal(timer.remainingMs, undefined);
  pid.exit("shutdown");
});

Deno.test("cancelTimer() takes the message back and tells what was left", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const timer = sendAfter(pid, "never", 100);
  await time.tickAsync(40);
  assert.equal(cancelTimer(timer), 60);
  assert.equal(cancelTimer(timer), undefined);
  await time.tickAsync(100);
  await time.runMicrotasks();
  assert.deepEqual(messages, []);
  pid.exit("shutdown");
});

Deno.test("sendAfter() is forgotten when the process ends", () => {
  const { pid } = collector();
  const before = timers.size;
  sendAfter(pid, "never", 60_000);
  assert.equal(timers.size, before + 1);
  pid.exit("shutdown");
  assert.equal(timers.size, before);
  sendAfter(pid, "never", 60_000);
  assert.equal(timers.size, before);
});

Deno.test("sendAfter() refuses a delay that is not one", () => {
  const { pid } = collector();
  const listeners = listenersOf(pid);
  for (const delayMs of [-1, NaN, Infinity]) {
    assert.throws(() => sendAfter(pid, "x", delayMs), {
      name: "RangeError",
      message: `Cannot send: "delayMs" must be finite and >= 0, received ${delayMs}`,
    });
  }
  assert.equal(listenersOf(pid), listeners);
  pid.exit("shutdown");
});

Deno.test("sendAfter() waits longer than setTimeout can, and sends soon after 0 ms", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const timer = sendAfter(pid, "late", 2 ** 32);
  sendAfter(pid, "soon", 0);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assert.deepEqual(messages, ["soon"]);
  await time.tickAsync(2 ** 32 - 2);
  await time.runMicrotasks();
  assert.deepEqual(messages, ["soon"]);
  assert.equal(timer.remainingMs, 1);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assert.deepEqual(messages, ["soon", "late"]);
  assert.equal(timer.remainingMs, undefined);
  assert.equal(cancelTimer(timer), undefined);
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
    assert.deepEqual(messages, overflow === "dropOldest" ? ["tick", "more"] : ["filler", "tick"]);
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
  assert.deepEqual(messages, []);
  assert.equal(timer.remainingMs, 1);
  await passing(time, 26);
  assert.deepEqual(messages, ["tick", "tick", "tick"]);
  assert.equal(timers.size, before + 1);
  assert.equal(cancelTimer(timer), 5);
  assert.equal(cancelTimer(timer), undefined);
  assert.equal(timers.size, before);
  await passing(time, 30);
  assert.equal(messages.length, 3);
  pid.exit("shutdown");
});

Deno.test("sendEvery() ends with its receiver", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const before = timers.size;
  const timer = sendEvery(pid, "tick", 10);
  await passing(time, 10);
  pid.exit("shutdown");
  assert.equal(timers.size, before);
  assert.equal(timer.remainingMs, undefined);
  sendEvery(pid, "tick", 10);
  assert.equal(timers.size, before);
  assert.deepEqual(messages, ["tick"]);
});

Deno.test("sendEvery() leaves out what a busy program missed, and keeps its times", async () => {
  using time = new FakeTime();
  const { pid, messages } = collector();
  const timer = sendEvery(pid, "tick", 10);
  await passing(time, 9);
  const { now } = Date;
  Date.now = () => now() + 24; // as if something had kept the event loop busy
  await passing(time, 1);
  assert.deepEqual(messages, ["tick"]);
  assert.equal(timer.remainingMs, 6);
  await passing(time, 5);
  assert.deepEqual(messages, ["tick"]);
  await passing(time, 1);
  assert.deepEqual(messages, ["tick", "tick"]);
  assert.equal(timer.remainingMs, 10);
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
  assert.deepEqual(messages, ["hello", "tick"]);
  await passing(time, 10);
  assert.deepEqual(messages, ["hello", "tick", "tick"]);
  pid.exit("shutdown");
});

Deno.test("sendEvery() refuses a time that is not one", () => {
  const { pid } = collector();
  const listeners = listenersOf(pid);
  for (const everyMs of [0, -1, NaN, Infinity]) {
    assert.throws(() => sendEvery(pid, "x", everyMs), {
      name: "RangeError",
      message: `Cannot send: "everyMs" must be finite and > 0, received ${everyMs}`,
    });
  }
  assert.equal(listenersOf(pid), listeners);
  pid.exit("shutdown");
});
