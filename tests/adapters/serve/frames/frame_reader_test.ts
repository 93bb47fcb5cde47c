import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { FrameReader, type Incoming } from "../../../../lib/adapters/serve/frames/_frame_reader.ts";
import { type ForeignMessage, writtenByWs } from "../../../support/foreign_frames.ts";
import { encodeClose, encodeFrame, type FrameToSend, Opcode } from "../../../support/ws_frame.ts";
import { anyFrame } from "./any_frame.ts";

function readerOf(maxFrameBytes = 1_000_000, inflates = false): FrameReader {
  return new FrameReader({ maxFrameBytes, inflates });
}

/** All that is read of `bytes`, which come in chunks that end at `cuts`. */
function readAll(reader: FrameReader, bytes: Uint8Array, cuts: readonly number[] = []): Incoming[] {
  const all: Incoming[] = [];
  const ends = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  for (const [n, end] of ends.entries()) {
    reader.push(Buffer.from(bytes.slice(ends[n - 1] ?? 0, end)));
    for (let incoming = reader.next(); incoming; incoming = reader.next()) {
      all.push(incoming);
      if (incoming.kind === "breach") return all;
    }
  }
  return all;
}

function bytesOf(...frames: Partial<FrameToSend>[]): Uint8Array {
  const defaults: FrameToSend = { opcode: Opcode.text, payload: new Uint8Array(0) };
  return Buffer.concat(frames.map((frame) => encodeFrame({ ...defaults, ...frame })));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const anyMessage: fc.Arbitrary<ForeignMessage> = fc.record({
  frame: anyFrame,
  cuts: fc.array(fc.nat(1000), { maxLength: 4 }),
  pings: fc.boolean(),
});

for (const isDeflated of [false, true]) {
  Deno.test(`FrameReader reads what npm:ws writes ${isDeflated ? "compressed" : "as it is"}, however it is cut`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMessage, { maxLength: 5 }),
        fc.array(fc.nat(5000), { maxLength: 8 }),
        async (messages, cuts) => {
          const bytes = await writtenByWs(messages, isDeflated);
          const all = readAll(readerOf(1_000_000, isDeflated), bytes, cuts);
          const read = all.flatMap((incoming) => incoming.kind === "message" ? [incoming.frame] : []);
          assertEquals(read, messages.map(({ frame }) => frame));
          const pings = all.filter(({ kind }) => kind === "ping").length;
          assertEquals(pings, 1 + messages.filter(({ pings }) => pings).length);
          assertEquals(all.length, read.length + pings);
        },
      ),
      { numRuns: 150 },
    );
  });
}

Deno.test("FrameReader lets go of a chunk of which only a part of a header is left", () => {
  const [first, second] = [bytesOf({ payload: utf8("first") }), bytesOf({ payload: utf8("second") })];
  const reader = readerOf();
  const chunk = Buffer.from(Uint8Array.of(...first, ...second.subarray(0, 4)).buffer);
  reader.push(chunk);
  assertEquals(reader.next(), { kind: "message", frame: "first" });
  assertEquals(reader.next(), undefined);
  chunk.fill(0); // what is left of it is the reader's own
  reader.push(Buffer.from(second.subarray(4)));
  assertEquals(reader.next(), { kind: "message", frame: "second" });
});

Deno.test("FrameReader reads the same byte by byte", () => {
  const bytes = bytesOf(
    { payload: utf8("héllo") },
    { opcode: Opcode.binary, payload: new Uint8Array(300).fill(7), fin: false },
    { opcode: Opcode.ping, payload: utf8("p") },
    { opcode: Opcode.continuation, payload: Uint8Array.of(8) },
    { opcode: Opcode.close, payload: encodeClose(4000, "bye") },
  );
  const atOnce = readAll(readerOf(), bytes);
  assertEquals(atOnce.map(({ kind }) => kind), ["message", "ping", "message", "close"]);
  assertEquals(readAll(readerOf(), bytes, Array.from(bytes, (_, n) => n)), atOnce);
});

Deno.test("FrameReader never throws, whatever comes, and stops at the first breach", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat(500)), fc.boolean(), (bytes, cuts, inflates) => {
      const all = readAll(readerOf(10_000, inflates), bytes, cuts);
      const breach = all.findIndex(({ kind }) => kind === "breach");
      assert(breach === -1 || breach === all.length - 1);
    }),
    { numRuns: 2000 },
  );
});

function deflated(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));
}

const LONGER_THAN_126 = new Uint8Array(126);

const breaches: [what: string, code: number, bytes: Uint8Array][] = [
  ["a text without a mask", 1002, bytesOf({ masked: false })],
  ["RSV1 where nothing was agreed on", 1002, bytesOf({ rsv: 4 })],
  ["RSV2", 1002, bytesOf({ rsv: 2 })],
  ["RSV3", 1002, bytesOf({ rsv: 1 })],
  ["opcode 3", 1002, bytesOf({ opcode: 3 })],
  ["opcode 11", 1002, bytesOf({ opcode: 11 })],
  ["a length of 16 bits that is short", 1002, bytesOf({ lengthBytes: 2 })],
  ["a length of 64 bits that is short", 1002, bytesOf({ payload: LONGER_THAN_126, lengthBytes: 8 })],
  ["a continuation of nothing", 1002, bytesOf({ opcode: Opcode.continuation })],
  ["a text within another", 1002, bytesOf({ fin: false }, {})],
  ["a ping in parts", 1002, bytesOf({ opcode: Opcode.ping, fin: false })],
  ["a ping of 126 bytes", 1002, bytesOf({ opcode: Opcode.ping, payload: LONGER_THAN_126 })],
  ["a close frame of one byte", 1002, bytesOf({ opcode: Opcode.close, payload: Uint8Array.of(3) })],
  ["a close frame with code 1005", 1002, bytesOf({ opcode: Opcode.close, payload: encodeClose(1005, "") })],
  ["a close frame that is not UTF-8", 1007, bytesOf({ opcode: Opcode.close, payload: Uint8Array.of(3, 232, 255) })],
  ["a text that is not UTF-8", 1007, bytesOf({ payload: Uint8Array.of(0x61, 0xff) })],
  ["a text that ends in a character", 1007, bytesOf({ payload: Uint8Array.of(0xc3) })],
  [
    "a text that is not UTF-8 where it is joined",
    1007,
    bytesOf(
      { payload: Uint8Array.of(0xc3), fin: false },
      { opcode: Opcode.continuation, payload: Uint8Array.of(0x28) },
    ),
  ],
];
for (const [what, code, bytes] of breaches) {
  Deno.test(`FrameReader refuses ${what} with ${code}`, () => {
    const last = readAll(readerOf(), bytes).at(-1);
    assertStrictEquals(last?.kind === "breach" && last.code, code);
  });
}

const limits: [what: string, most: Uint8Array, more: Uint8Array][] = [
  ["a frame", bytesOf({ payload: utf8("x".repeat(992)) }), bytesOf({ payload: utf8("x".repeat(993)) })],
  [
    "fragments",
    bytesOf({ fin: false, payload: new Uint8Array(900) }, { opcode: Opcode.continuation, payload: new Uint8Array(92) }),
    bytesOf({ fin: false, payload: new Uint8Array(900) }, { opcode: Opcode.continuation, payload: new Uint8Array(93) }),
  ],
  [
    "what inflates",
    bytesOf({ rsv: 4, payload: deflated(new Uint8Array(992)) }),
    bytesOf({ rsv: 4, payload: deflated(new Uint8Array(993)) }),
  ],
];
for (const [what, most, more] of limits) {
  Deno.test(`FrameReader takes ${what} of maxFrameBytes, and refuses a byte more with 1009`, () => {
    assertEquals(readAll(readerOf(1000, true), most)[0]?.kind, "message");
    const last = readAll(readerOf(1000, true), more).at(-1);
    assertEquals(last?.kind === "breach" && last.code, 1009);
  });
}

Deno.test("FrameReader refuses a message that is too large before it has come", () => {
  const head = Uint8Array.of(0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0);
  const [refused] = readAll(readerOf(65_536), head);
  assertEquals(refused?.kind === "breach" && refused.code, 1009);
});

Deno.test("FrameReader inflates no more of a bomb than it may keep", () => {
  const bomb = bytesOf({ rsv: 4, payload: deflated(new Uint8Array(50_000_000)) });
  const before = Deno.memoryUsage();
  const [refused] = readAll(readerOf(100_000, true), bomb);
  assertEquals(refused?.kind === "breach" && refused.code, 1009);
  assert(Deno.memoryUsage().external - before.external < 5_000_000);
});

Deno.test("FrameReader keeps nothing for what a frame announces, nor for fragments and packets without end", () => {
  const announced = Array.from({ length: 1000 }, () => readerOf(100_000_000));
  const before = Deno.memoryUsage();
  for (const reader of announced) readAll(reader, Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 5, 0, 0, 0, 1, 2, 3, 4, 5));
  const reader = readerOf();
  readAll(reader, bytesOf({ fin: false }));
  const empty = bytesOf({ opcode: Opcode.continuation, fin: false });
  for (let n = 0; n < 100_000; n++) readAll(reader, empty);
  const slow = bytesOf({ opcode: Opcode.continuation, fin: false, payload: new Uint8Array(100_000) });
  readAll(reader, slow, Array.from(slow, (_, n) => n));
  const { external } = Deno.memoryUsage();
  assert(external - before.external < 10_000_000, `${external - before.external} bytes`);
});
