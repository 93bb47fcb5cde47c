import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BUS, TO_ALL } from "../../../lib/adapters/threads/_record.ts";
import { Outbox } from "../../../lib/adapters/threads/_outbox.ts";
import { RingReader } from "../../../lib/adapters/threads/_ring_reader.ts";
import { RingWriter } from "../../../lib/adapters/threads/_ring_writer.ts";
import { SharedMemory } from "../../../lib/adapters/threads/_shared_memory.ts";
import { StallWatch } from "../../../lib/adapters/threads/_stall_watch.ts";

const RING_BYTES = 256;
const MAX_STALL_MS = 1_000;

/** A thread with two readers, which are read by hand. */
function createThread() {
  const memory = SharedMemory.allocate(RING_BYTES);
  const ring = new RingWriter(memory);
  const outbox = new Outbox(ring, RING_BYTES);
  const cutOff: number[] = [];
  const isWaiting = () => outbox.waitingBytes > 0;
  const onCutOff = (reader: number) => {
    cutOff.push(reader);
    outbox.flush();
  };
  const watch = new StallWatch({ maxStallMs: MAX_STALL_MS, ring, isWaiting, onCutOff });
  const readers = [0, 1].map(() => createReader(memory, ring.addReader()!));
  const send = (count: number) => {
    for (let n = 0; n < count; n++) outbox.send({ port: BUS, route: TO_ALL, hash: 0 }, Uint8Array.of(n));
    if (isWaiting()) watch.begin();
  };
  return { ring, outbox, watch, cutOff, readers, send };
}

function createReader(memory: SharedMemory, number: number) {
  const received: number[] = [];
  let returns = 0;
  const ring = new RingReader(memory, number, {
    wants: () => true,
    receive: ([n]) => received.push(n!),
    returned: () => returns++,
  });
  const read = (count = Infinity) => ring.read(() => count-- > 0);
  return { received, read, returns: () => returns };
}

Deno.test("StallWatch cuts a reader off that reads nothing for maxStallMs while something waits", () => {
  using time = new FakeTime();
  const { outbox, cutOff, readers: [quick], send } = createThread();
  send(40); // a record takes 16 bytes
  quick!.read();
  outbox.flush();
  time.tick(MAX_STALL_MS - 1);
  assertEquals(cutOff, []);
  time.tick(MAX_STALL_MS / 4 + 1);
  assertEquals([cutOff, outbox.waitingBytes > 0], [[1], true]);
  do quick!.read(); while (outbox.flush());
  assertEquals(quick!.received.length, 40);
});

Deno.test("StallWatch spares a reader that is slow, or has read everything", () => {
  using time = new FakeTime();
  const { outbox, cutOff, readers: [quick, slow], send } = createThread();
  send(200);
  for (let n = 0; n < 200; n++) {
    time.tick(MAX_STALL_MS / 4);
    slow!.read(1);
    quick!.read();
    outbox.flush();
  }
  time.tick(10 * MAX_STALL_MS);
  assertEquals([cutOff, slow!.received.length], [[], 200]);
});

Deno.test("StallWatch.end() stops looking", () => {
  using time = new FakeTime();
  const { cutOff, watch, send } = createThread();
  send(40);
  watch.end();
  time.tick(10 * MAX_STALL_MS);
  assertEquals(cutOff, []);
});

Deno.test("a reader that was cut off goes on with what is sent after it has returned", () => {
  const { ring, outbox, watch, readers: [quick, stuck], send } = createThread();
  send(10);
  quick!.read();
  assertEquals([ring.cutOff(1), ring.isCutOff(1), ring.cutOff(1)], [true, true, false]);
  send(60);
  do quick!.read(); while (outbox.flush());
  assertEquals([ring.letInAgain(), [...ring.behind()]], [[], []]);
  stuck!.read(); // it notices
  send(5);
  stuck!.read();
  assertEquals([stuck!.received, stuck!.returns(), ring.letInAgain()], [[], 0, [1]]);
  stuck!.read();
  assertEquals([stuck!.returns(), ring.isCutOff(1)], [1, false]);
  send(3);
  stuck!.read();
  assertEquals(stuck!.received, [0, 1, 2]);
  watch.end();
});

Deno.test("a reader that was cut off within an envelope begins with the next one", () => {
  const { ring, outbox, readers: [quick, stuck], send } = createThread();
  outbox.send({ port: BUS, route: TO_ALL, hash: 0 }, new Uint8Array(200).fill(7));
  stuck!.read(2);
  quick!.read();
  outbox.flush();
  ring.cutOff(1);
  do quick!.read(); while (outbox.flush());
  stuck!.read();
  ring.letInAgain();
  send(1);
  stuck!.read();
  assertEquals([quick!.received, stuck!.received], [[7], [0]]);
});
