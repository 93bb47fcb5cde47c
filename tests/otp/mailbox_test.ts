import assert from "node:assert/strict";
import { Mailbox, type Overflow } from "@urvogel/realtime";

Deno.test("Mailbox() refuses a capacity that is less than 1", () => {
  for (const capacity of [0, -1, NaN]) {
    assert.throws(() => new Mailbox({ capacity }), {
      name: "RangeError",
      message: `Cannot create mailbox: "capacity" must be >= 1, received ${capacity}`,
    });
  }
});

Deno.test("Mailbox() is unbounded when no capacity is given", () => {
  using mailbox = new Mailbox<number>();
  for (let i = 0; i < 10_000; i++) assert.equal(mailbox.post(i), "sent");
  assert.equal(mailbox.length, 10_000);
  assert.equal(mailbox.highWaterMark, 10_000);
});

const overflows: { overflow: Overflow; answer: string; kept: string[] }[] = [
  { overflow: "refuse", answer: "full", kept: ["a", "b"] },
  { overflow: "dropNewest", answer: "dropped", kept: ["a", "b"] },
  { overflow: "dropOldest", answer: "sent", kept: ["b", "c"] },
];
for (const { overflow, answer, kept } of overflows) {
  Deno.test(`Mailbox.post() answers "${answer}" when full and overflow is "${overflow}"`, async () => {
    const mailbox = new Mailbox<string>({ capacity: 2, overflow });
    assert.deepEqual([mailbox.post("a"), mailbox.post("b"), mailbox.post("c")], ["sent", "sent", answer]);
    mailbox.close();
    assert.deepEqual(await Array.fromAsync(mailbox), kept);
  });
}

Deno.test("Mailbox delivers what waits, then ends, when it is closed", async () => {
  const mailbox = new Mailbox<string>();
  mailbox.post("a");
  mailbox.close();
  assert.equal(mailbox.post("b"), "closed");
  assert.deepEqual(await Array.fromAsync(mailbox), ["a"]);
});

Deno.test("Mailbox wakes a reader that waits when a message comes, and when it is closed", async () => {
  const mailbox = new Mailbox<string>();
  const read = Array.fromAsync(mailbox);
  await Promise.resolve();
  mailbox.post("a");
  await Promise.resolve();
  mailbox.post("b");
  mailbox.close();
  assert.deepEqual(await read, ["a", "b"]);
});

Deno.test("Mailbox keeps the rest for the next reader when a loop is left", async () => {
  using mailbox = new Mailbox<number>();
  for (const n of [1, 2, 3]) mailbox.post(n);
  for await (const n of mailbox) {
    assert.equal(n, 1);
    break;
  }
  for await (const n of mailbox) {
    assert.equal(n, 2);
    break;
  }
  assert.equal(mailbox.length, 1);
});

Deno.test("Mailbox refuses a second reader while one waits", async () => {
  const mailbox = new Mailbox<string>();
  const read = mailbox[Symbol.asyncIterator]();
  const first = read.next();
  assert.throws(() => mailbox[Symbol.asyncIterator](), /another reader/);
  mailbox.post("a");
  assert.deepEqual(await first, { done: false, value: "a" });
  mailbox.close();
});

Deno.test("Mailbox.postSystem() finds room in a full mailbox", async () => {
  const mailbox = new Mailbox<string>({ capacity: 1 });
  mailbox.post("a");
  mailbox.postSystem("down");
  mailbox.close();
  assert.deepEqual(await Array.fromAsync(mailbox), ["a", "down"]);
});

Deno.test("Mailbox[Symbol.dispose]() forgets what waits", async () => {
  const mailbox = new Mailbox<string>();
  {
    using scoped = mailbox;
    scoped.post("a");
  }
  assert.deepEqual(await Array.fromAsync(mailbox), []);
});

Deno.test("Mailbox refuses to be asked for a message while it is being asked for one", async () => {
  using mailbox = new Mailbox<string>();
  const iterator = mailbox[Symbol.asyncIterator]();
  const first = iterator.next();
  await assert.rejects(iterator.next(), { name: "TypeError", message: /the last message is still awaited/ });
  mailbox.post("a");
  assert.deepEqual(await first, { done: false, value: "a" });
  mailbox.post("b");
  assert.deepEqual(await iterator.next(), { done: false, value: "b" });
});

Deno.test("Mailbox keeps messages of the system when it drops the oldest", async () => {
  const mailbox = new Mailbox<string>({ capacity: 2, overflow: "dropOldest" });
  mailbox.post("a");
  mailbox.postSystem("system");
  for (const message of ["b", "c", "d"]) assert.equal(mailbox.post(message), "sent");
  mailbox.close();
  assert.deepEqual(await Array.fromAsync(mailbox), ["system", "d"]);
});

Deno.test("Mailbox drops the oldest of what is left when messages of the system have been read", async () => {
  const mailbox = new Mailbox<string>({ capacity: 2, overflow: "dropOldest" });
  for (const message of ["one", "two", "three"]) mailbox.postSystem(message);
  assert.equal(mailbox.take(), "one");
  assert.deepEqual(mailbox.takeFirst((message) => message === "three"), { message: "three" });
  mailbox.remove((message) => message === "two");
  for (const message of ["one", "two", "three"]) mailbox.post(message);
  mailbox.close();
  assert.deepEqual(await Array.fromAsync(mailbox), ["two", "three"]);
});

Deno.test("Mailbox goes on waiting when the message that woke its reader is taken back", async () => {
  const mailbox = new Mailbox<string>();
  const messages = mailbox[Symbol.asyncIterator]();
  const answer = messages.next();
  mailbox.post("taken back");
  mailbox.remove(() => true);
  await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
  mailbox.post("message");
  assert.deepEqual(await answer, { done: false, value: "message" });
});

Deno.test("Mailbox ends a wait for a message when its reader leaves, and loses none", async () => {
  const mailbox = new Mailbox<string>();
  const messages = mailbox[Symbol.asyncIterator]();
  const answer = messages.next();
  mailbox.post("a");
  await messages.return!();
  assert.deepEqual(await answer, { done: true, value: undefined });
  assert.deepEqual(await messages.next(), { done: true, value: undefined });
  mailbox.close();
  assert.deepEqual(await Array.fromAsync(mailbox), ["a"]);
});
