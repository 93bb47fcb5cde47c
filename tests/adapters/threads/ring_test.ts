import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Outbox } from "../../../lib/adapters/threads/_outbox.ts";
import { type Address, BUS, TO_ALL, TO_READER, TO_SUBSCRIBERS } from "../../../lib/adapters/threads/_record.ts";
import { RingReader } from "../../../lib/adapters/threads/_ring_reader.ts";
import { RingWriter } from "../../../lib/adapters/threads/_ring_writer.ts";
import { BELL, HEAD, MAX_READERS, SharedMemory } from "../../../lib/adapters/threads/_shared_memory.ts";

const RING_BYTES = 256;
const WANTED = 7;

/** Where an envelope of a PubSub goes. */
function to(route: number, hash = WANTED): Address {
  return { port: BUS, route, hash };
}

/** A ring with its queue. */
function createRing(startBytes = 0) {
  const memory = SharedMemory.allocate(RING_BYTES);
  const ring = new RingWriter(memory, startBytes);
  return { memory, ring, outbox: new Outbox(ring, RING_BYTES) };
}

/** Reads a ring into a list. */
class ListReader {
  readonly received: Uint8Array[] = [];
  readonly ring: RingReader;
  returns = 0;

  constructor(memory: SharedMemory, readonly number: number) {
    const wants = (hash: number) => hash === WANTED;
    this.ring = new RingReader(memory, number, {
      wants,
      receive: (envelope) => this.received.push(envelope),
      returned: () => this.returns++,
    });
  }

  /** Reads at most `count` records. */
  read(count = Infinity): boolean {
    let left = count;
    return this.ring.read(() => left-- > 0);
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("send" as const), bytes: fc.nat(700), to: fc.constantFrom("all", "wanted", "one") }),
    fc.record({ kind: fc.constant("read" as const), reader: fc.nat(2), count: fc.nat(5) }),
    fc.record({ kind: fc.constant("flush" as const) }),
  ),
  { maxLength: 60 },
);

Deno.test("a ring carries envelopes of any size to each of its readers, in order, whoever reads when", () => {
  fc.assert(fc.property(steps, fc.constantFrom(0, 0x7fff_fff0, 0xffff_fff0), (all, startBytes) => {
    const { memory, ring, outbox } = createRing(startBytes);
    const readers = Array.from({ length: 3 }, () => new ListReader(memory, ring.addReader()!));
    const expected: Uint8Array[][] = [[], [], []];
    let sent = 0;
    for (const step of all) {
      if (step.kind === "read") readers[step.reader]!.read(step.count);
      else if (step.kind === "flush") outbox.flush();
      else {
        const envelope = new Uint8Array(step.bytes).fill(++sent);
        const route = step.to === "all" ? TO_ALL : step.to === "wanted" ? TO_SUBSCRIBERS : TO_READER + 1;
        outbox.send(to(route), envelope);
        for (const [n, list] of expected.entries()) if (step.to !== "one" || n === 1) list.push(envelope);
      }
    }
    do for (const reader of readers) reader.read(); while (outbox.flush());
    assertEquals(outbox.waitingBytes, 0);
    assertEquals(readers.map(({ received }) => received), expected);
  }));
});

Deno.test("a ring hides topics that nobody wants, but not what is for all", () => {
  const { memory, ring, outbox } = createRing();
  const reader = new ListReader(memory, ring.addReader()!);
  for (const [n, hash] of [8, WANTED, 8].entries()) {
    outbox.send(to(n === 2 ? TO_ALL : TO_SUBSCRIBERS, hash), Uint8Array.of(n));
  }
  reader.read();
  assertEquals(reader.received, [Uint8Array.of(1), Uint8Array.of(2)]);
  assert(reader.received.every(({ buffer }) => buffer instanceof ArrayBuffer));
});

Deno.test("a reader that is added in the middle of an envelope begins with the next one", () => {
  const { memory, ring, outbox } = createRing();
  const early = new ListReader(memory, ring.addReader()!);
  outbox.send(to(TO_ALL), new Uint8Array(600).fill(1));
  const late = new ListReader(memory, ring.addReader()!);
  outbox.send(to(TO_ALL), Uint8Array.of(2));
  do for (const reader of [early, late]) reader.read(); while (outbox.flush());
  assertEquals([early.received.length, late.received], [2, [Uint8Array.of(2)]]);
});

Deno.test("a ring waits for its slowest reader, calls its owner, and forgets a reader that is removed", () => {
  const { memory, ring, outbox } = createRing();
  const [quick, stuck] = [new ListReader(memory, ring.addReader()!), new ListReader(memory, ring.addReader()!)];
  for (let n = 0; n < 40; n++) outbox.send(to(TO_ALL), Uint8Array.of(n));
  quick.read();
  assertEquals(Atomics.load(memory.words, BELL), 1);
  assertEquals([outbox.flush(), outbox.waitingBytes], [false, 24]);
  ring.removeReader(stuck.number);
  do quick.read(); while (outbox.flush());
  assertEquals(quick.received.map(([n]) => n), Array.from({ length: 40 }, (_, n) => n));
});

Deno.test("Outbox.empty() resolves once readers have made space", async () => {
  const { memory, ring, outbox } = createRing();
  await outbox.empty();
  const reader = new ListReader(memory, ring.addReader()!);
  outbox.send(to(TO_ALL), new Uint8Array(1000));
  let isEmpty = false;
  const empty = outbox.empty().then(() => isEmpty = true);
  await Promise.resolve();
  assertEquals(isEmpty, false);
  do reader.read(); while (outbox.flush());
  await empty;
});

Deno.test("RingWriter.addReader() refuses more readers than there are tails", () => {
  const { memory, ring } = createRing();
  for (let n = 0; n < MAX_READERS; n++) assertEquals(ring.addReader(), n);
  assertEquals([ring.addReader(), Atomics.load(memory.words, HEAD)], [undefined, 0]);
  ring.removeReader(5);
  assertEquals(ring.addReader(), 5);
});

Deno.test("SharedMemory.called() resolves by a call, and at once if there was one", async () => {
  const memory = SharedMemory.allocate(RING_BYTES);
  const called = memory.called();
  assert(called instanceof Promise);
  memory.call();
  await called;
  memory.call();
  assertEquals(memory.called(), undefined);
});
