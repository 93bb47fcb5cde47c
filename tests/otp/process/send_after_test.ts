import assert from "node:assert/strict";
import { FakeTime } from "@std/testing/time";
import { cancelTimer, sendAfter, spawn } from "@urvogel/realtime";
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
