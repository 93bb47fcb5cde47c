import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Mailbox, type Overflow } from "@urvogel/realtime";

Deno.test("Mailbox() refuses a capacity that is less than 1", () => {
  for (const capacity of [0, -1, NaN]) {
    assertThrows(
      () => new Mailbox({ capacity }),
      RangeError,
      `Cannot create mailbox: "capacity" must be >= 1, received ${capacity}`,
    );
  }
});

Deno.test("Mailbox() is unbounded when no capacity is given", () => {
  using mailbox = new Mailbox<number>();
  for (let i = 0; i < 10_000; i++) assertEquals(mailbox.post(i), "sent");
  assertEquals(mailbox.length, 10_000);
  assertEquals(mailbox.highWaterMark, 10_000);
});

const overflows: { overflow: Overflow; answer: string; kept: string[] }[] = [
  { overflow: "refuse", answer: "full", kept: ["a", "b"] },
  { overflow: "dropNewest", answer: "dropped", kept: ["a", "b"] },
  { overflow: "dropOldest", answer: "sent", kept: ["b", "c"] },
];
for (const { overflow, answer, kept } of overflows) {
  Deno.test(`Mailbox.post() answers "${answer}" when full and overflow is "${overflow}"`, async () => {
    const mailbox = new Mailbox<string>({ capacity: 2, overflow });
    assertEquals([mailbox.post("a"), mailbox.post("b"), mailbox.post("c")], ["sent", "sent", answer]);
    mailbox.close();
    assertEquals(await Array.fromAsync(mailbox), kept);
  });
}

Deno.test("Mailbox delivers what waits, then ends, when it is closed", async () => {
  const mailbox = new Mailbox<string>();
  mailbox.post("a");
  mailbox.close();
  assertEquals(mailbox.post("b"), "closed");
  assertEquals(await Array.fromAsync(mailbox), ["a"]);
});

Deno.test("Mailbox wakes a reader that waits when a message comes, and when it is closed", async () => {
  const mailbox = new Mailbox<string>();
  const read = Array.fromAsync(mailbox);
  await Promise.resolve();
  mailbox.post("a");
  await Promise.resolve();
  mailbox.post("b");
  mailbox.close();
  assertEquals(await read, ["a", "b"]);
});

Deno.test("Mailbox keeps the rest for the next reader when a loop is left", async () => {
  using mailbox = new Mailbox<number>();
  for (const n of [1, 2, 3]) mailbox.post(n);
  for await (const n of mailbox) {
    assertEquals(n, 1);
    break;
  }
  for await (const n of mailbox) {
    assertEquals(n, 2);
    break;
  }
  assertEquals(mailbox.length, 1);
});

Deno.test("Mailbox refuses a second reader while one waits", async () => {
  const mailbox = new Mailbox<string>();
  const read = mailbox[Symbol.asyncIterator]();
  const first = read.next();
  assertThrows(() => mailbox[Symbol.asyncIterator](), Error, "another reader");
  mailbox.post("a");
  assertEquals(await first, { done: false, value: "a" });
  mailbox.close();
});

Deno.test("Mailbox.postSystem() finds room in a full mailbox", async () => {
  const mailbox = new Mailbox<string>({ capacity: 1 });
  mailbox.post("a");
  mailbox.postSystem("down");
  mailbox.close();
  assertEquals(await Array.fromAsync(mailbox), ["a", "down"]);
});

Deno.test("Mailbox[Symbol.dispose]() forgets what waits", async () => {
  const mailbox = new Mailbox<string>();
  {
    using scoped = mailbox;
    scoped.post("a");
  }
  assertEquals(await Array.fromAsync(mailbox), []);
});

Deno.test("Mailbox refuses to be asked for a message while it is being asked for one", async () => {
  using mailbox = new Mailbox<string>();
  const iterator = mailbox[Symbol.asyncIterator]();
  const first = iterator.next();
  await assertRejects(() => iterator.next(), TypeError, "the last message is still awaited");
  mailbox.post("a");
  assertEquals(await first, { done: false, value: "a" });
  mailbox.post("b");
  assertEquals(await iterator.next(), { done: false, value: "b" });
});

Deno.test("Mailbox keeps messages of the system when it drops the oldest", async () => {
  const mailbox = new Mailbox<string>({ capacity: 2, overflow: "dropOldest" });
  mailbox.post("a");
  mailbox.postSystem("system");
  for (const message of ["b", "c", "d"]) assertEquals(mailbox.post(message), "sent");
  mailbox.close();
  assertEquals(await Array.fromAsync(mailbox), ["system", "d"]);
});

Deno.test("Mailbox drops the oldest of what is left when messages of the system have been read", async () => {
  const mailbox = new Mailbox<string>({ capacity: 2, overflow: "dropOldest" });
  for (const message of ["one", "two", "three"]) mailbox.postSystem(message);
  assertEquals(mailbox.take(), "one");
  assertEquals(mailbox.takeUrgent((message) => message === "three")?.message, "three");
  mailbox.removeSystem((message) => message === "two");
  for (const message of ["one", "two", "three"]) mailbox.post(message);
  mailbox.close();
  assertEquals(await Array.fromAsync(mailbox), ["two", "three"]);
});

Deno.test("Mailbox goes on waiting when the message that woke its reader is taken back", async () => {
  const mailbox = new Mailbox<string>();
  const messages = mailbox[Symbol.asyncIterator]();
  const answer = messages.next();
  mailbox.postSystem("taken back");
  mailbox.removeSystem(() => true);
  await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
  mailbox.post("message");
  assertEquals(await answer, { done: false, value: "message" });
});

Deno.test("Mailbox ends a wait for a message when its reader leaves, and loses none", async () => {
  const mailbox = new Mailbox<string>();
  const messages = mailbox[Symbol.asyncIterator]();
  const answer = messages.next();
  mailbox.post("a");
  await messages.return!();
  assertEquals(await answer, { done: true, value: undefined });
  assertEquals(await messages.next(), { done: true, value: undefined });
  mailbox.close();
  assertEquals(await Array.fromAsync(mailbox), ["a"]);
});

/** Ordinary messages are even numbers, those of the system odd ones. */
function post(mailbox: Mailbox<number>, message: number): void {
  if (message % 2 === 0) mailbox.post(message);
  else mailbox.postSystem(message);
}

for (const overflow of ["refuse", "dropOldest"] as const) {
  Deno.test(`Mailbox.takeUrgent() looks at each message once, however many come ("${overflow}")`, () => {
    const mailbox = new Mailbox<number>({ overflow });
    let looks = 0;
    const isUrgent = (message: number) => ++looks > 0 && message % 6 === 3;
    const urgent: number[] = [];
    for (let message = 0; message < 6000; message++) {
      post(mailbox, message);
      if (message < 600) continue; // as if the server had been suspended while messages waited
      for (let found; (found = mailbox.takeUrgent(isUrgent));) urgent.push(found.message);
    }
    assert(looks <= 6000, `${looks} looks`);
    assertEquals(urgent, Array.from({ length: 1000 }, (_, i) => i * 6 + 3));
    const rest = Array.from({ length: mailbox.length }, () => mailbox.take());
    assertEquals(rest, Array.from({ length: 6000 }, (_, i) => i).filter((message) => message % 6 !== 3));
  });
}

Deno.test("Mailbox keeps the order, whatever is posted, taken, dropped, taken back and looked for", () => {
  type Act = { act: "post" | "take" | "urgent" | "remove"; message: number };
  const act: fc.Arbitrary<Act> = fc.record({
    act: fc.constantFrom("post", "post", "take", "urgent", "remove"),
    message: fc.nat(9),
  });
  const policy = fc.constantFrom("refuse", "dropOldest", "dropNewest" as const);
  fc.assert(
    fc.property(policy, fc.constantFrom(3, Infinity), fc.array(act, { maxLength: 60 }), (overflow, capacity, acts) => {
      const mailbox = new Mailbox<number>({ overflow, capacity });
      let queue: number[] = [];
      const isSystem = (message: number) => message % 2 === 1;
      for (const { act, message } of acts) {
        if (act === "post") {
          post(mailbox, message);
          const oldest = queue.findIndex((message) => !isSystem(message));
          if (isSystem(message) || queue.length < capacity) queue.push(message);
          else if (overflow === "dropOldest") {
            if (oldest >= 0) queue.splice(oldest, 1);
            queue.push(message);
          }
        } else if (act === "take") {
          assertStrictEquals(mailbox.take(), queue.shift());
        } else if (act === "urgent") {
          const index = queue.indexOf(7);
          if (index >= 0) queue.splice(index, 1);
          assertEquals(mailbox.takeUrgent((message) => message === 7)?.message, index >= 0 ? 7 : undefined);
        } else if (isSystem(message)) {
          mailbox.removeSystem((other) => other === message);
          queue = queue.filter((other) => other !== message);
        }
        assertEquals(mailbox.length, queue.length);
      }
      assertEquals(queue.map(() => mailbox.take()), queue);
    }),
    { numRuns: 2000 },
  );
});
