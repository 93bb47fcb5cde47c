import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { QueueFullError } from "@urvogel/realtime/client";
import { type EventSink, eventStream } from "../../lib/client/event_stream.ts";

/** A stream, what feeds it, and whether it has stopped. */
function setUp(capacity?: number) {
  let sink!: EventSink<number>;
  let stops = 0;
  const stream = eventStream<number>("count", capacity === undefined ? {} : { capacity }, (to) => {
    sink = to;
    return () => stops++;
  });
  return { stream, put: (n: number) => sink.put(n), end: () => sink.end(), stops: () => stops };
}

Deno.test("eventStream() yields what waits, then what comes, in order", async () => {
  const { stream, put, end, stops } = setUp();
  put(1);
  put(2);
  assertEquals((await stream.next()).value, 1);
  assertEquals((await stream.next()).value, 2);
  const next = stream.next();
  put(3);
  put(4);
  assertEquals(await next, { value: 3, done: false });
  end();
  put(5);
  assertEquals(await Array.fromAsync(stream), [4]);
  assertEquals(stops(), 1);
});

Deno.test("eventStream() gives each of several waiting readers an event of its own", async () => {
  const { stream, put, end } = setUp();
  const reads = [stream.next(), stream.next(), stream.next()];
  put(1);
  put(2);
  end();
  assertEquals((await Promise.all(reads)).map(({ value }) => value), [1, 2, undefined]);
});

Deno.test("eventStream() fails after the events that wait when the queue is full, once", async () => {
  const { stream, put, stops } = setUp(2);
  for (const n of [1, 2, 3, 4]) put(n);
  assertEquals([(await stream.next()).value, (await stream.next()).value], [1, 2]);
  const error = await assertRejects(() => stream.next(), QueueFullError, "Cannot queue count: 2 events wait");
  assertEquals([error.name, error.capacity, stops()], ["QueueFullError", 2, 1]);
  assertEquals(await stream.next(), { value: undefined, done: true });
});

Deno.test("eventStream() has room for 1,000 events by default", async () => {
  const { stream, put } = setUp();
  for (let n = 0; n < 1001; n++) put(n);
  for (let n = 0; n < 1000; n++) await stream.next();
  await assertRejects(() => stream.next(), QueueFullError);
});

Deno.test("eventStream() unsubscribes when its loop is left, also by return() without a loop", async () => {
  const left = setUp();
  left.put(1);
  left.put(2);
  for await (const n of left.stream) if (n === 1) break;
  assertEquals(left.stops(), 1);
  assertEquals(await left.stream.next(), { value: undefined, done: true });

  const unread = setUp(1);
  unread.put(1);
  unread.put(2); // full, which nobody sees any more
  await unread.stream.return();
  await unread.stream.return();
  assertEquals([await unread.stream.next(), unread.stops()], [{ value: undefined, done: true }, 1]);
});

Deno.test("eventStream() ends for a reader that waits when return() is called", async () => {
  const { stream, stops } = setUp();
  const next = stream.next();
  await stream.return();
  assertEquals([await next, stops()], [{ value: undefined, done: true }, 1]);
});

Deno.test("eventStream() may be ended by what starts it", async () => {
  let stops = 0;
  const stream = eventStream("count", {}, ({ end }) => {
    end();
    return () => stops++;
  });
  assertEquals(await Array.fromAsync(stream), []);
  assertEquals(stops, 1);
});

Deno.test.each([0, -1, NaN])("eventStream() refuses a capacity of %d", (capacity) => {
  assertThrows(() => setUp(capacity), RangeError, `"capacity" must be >= 1, received ${capacity}`);
});
