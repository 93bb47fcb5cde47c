import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { Frame } from "@urvogel/realtime";
import { FrameChain } from "../../../../lib/adapters/serve/frames/_frame_chain.ts";
import {
  Deflater,
  encodeClose,
  encodeControl,
  encodeFrame,
} from "../../../../lib/adapters/serve/frames/_frame_writer.ts";
import { OPCODES } from "../../../../lib/adapters/serve/frames/_header.ts";
import { readByWs } from "../../../support/foreign_frames.ts";
import { decodeClose, decodeFrame } from "../../../support/ws_frame.ts";
import { anyFrame } from "./any_frame.ts";

function payloadOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(decodeFrame(bytes)!.frame.payload);
}

Deno.test("encodeFrame(), and chains of frames, are read by npm:ws as they were written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame), async (frames) => {
      const chain = frames.reduce((chain: FrameChain, frame) => chain.with(frame), FrameChain.empty());
      assertEquals(await readByWs(chain.bytes(undefined), false), frames);
    }),
    { numRuns: 200 },
  );
});

Deno.test("Deflater.encode(), and chains that are compressed, are read by npm:ws as they were written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame), fc.constantFrom(0, 10, 1000), async (frames, thresholdBytes) => {
      const chain = frames.reduce((chain: FrameChain, frame) => chain.with(frame), FrameChain.empty());
      assertEquals(await readByWs(chain.bytes(new Deflater(thresholdBytes)), true), frames);
    }),
    { numRuns: 100 },
  );
});

const sizes: [payload: number, header: number][] = [
  [0, 2],
  [125, 2],
  [126, 4],
  [65_535, 4],
  [65_536, 10],
  [70_000, 10],
];
for (const [payload, header] of sizes) {
  Deno.test(`encodeFrame() writes a header of ${header} bytes before ${payload}`, () => {
    for (const frame of ["x".repeat(payload), new Uint8Array(payload)]) {
      const bytes = encodeFrame(frame);
      assertEquals(bytes.length, header + payload);
      const { frame: decoded, length } = decodeFrame(bytes)!;
      assertEquals([decoded.fin, decoded.rsv, decoded.payload.length, length], [true, 0, payload, bytes.length]);
      assertStrictEquals(decoded.opcode, typeof frame === "string" ? OPCODES.text : OPCODES.binary);
    }
  });
}

Deno.test("encodeFrame() writes half a surrogate pair as TextEncoder does", () => {
  for (const text of ["\ud800", "a\udc00b", "x".repeat(600) + "\ud83d"]) {
    assertEquals(payloadOf(encodeFrame(text)), new TextEncoder().encode(text));
  }
});

Deno.test("encodeClose() writes code and text, or nothing", () => {
  assertEquals(decodeClose(payloadOf(encodeClose(4408, "é"))), { code: 4408, reason: "é" });
  assertEquals(payloadOf(encodeClose()), new Uint8Array(0));
});

Deno.test("encodeControl() writes pings and pongs", () => {
  const bytes = encodeControl(OPCODES.pong, Uint8Array.of(1, 2));
  const { opcode, fin, rsv } = decodeFrame(bytes)!.frame;
  assertEquals([opcode, fin, rsv, payloadOf(bytes)], [OPCODES.pong, true, 0, Uint8Array.of(1, 2)]);
});

const LONG = "all the same ".repeat(100);

Deno.test("Deflater.encode() compresses a message once in a turn, and anew in the next", () => {
  const deflater = new Deflater(100);
  const bytes = new TextEncoder().encode(LONG);
  for (const frame of [LONG, bytes]) {
    const once = deflater.encode(frame);
    assertStrictEquals(deflater.encode(frame), once);
    assertEquals(decodeFrame(once)!.frame.rsv, 4);
    assert(once.length < 100);
    deflater.forget();
    assertNotStrictEquals(deflater.encode(frame), once);
  }
});

const left: [what: string, frame: Frame][] = [
  ["short", "x".repeat(99)],
  ["as short as can be", ""],
  ["no smaller when compressed", crypto.getRandomValues(new Uint8Array(200))],
];
for (const [what, frame] of left) {
  Deno.test(`Deflater.encode() leaves a message as it is that is ${what}`, () => {
    assertEquals(new Deflater(100).encode(frame), encodeFrame(frame));
  });
}
