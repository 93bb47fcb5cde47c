import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatenate } from "../../support/raw_connection.ts";
import { encodeFrame, Opcode } from "../../support/ws_frame.ts";
import { FrameCounter } from "./frame_counter.ts";

function textFrame(length: number): Uint8Array {
  return encodeFrame({ opcode: Opcode.text, payload: new Uint8Array(length), masked: false });
}

Deno.test("FrameCounter.count() finds every frame however the stream is cut", () => {
  const lengths = fc.array(fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 65_535, 65_536)), { maxLength: 5 });
  fc.assert(fc.property(lengths, fc.integer({ min: 1, max: 70_000 }), (lengths, cut) => {
    const stream = lengths.map(textFrame).reduce(concatenate, new Uint8Array(0));
    const counter = new FrameCounter();
    let frames = 0;
    for (let at = 0; at < stream.length; at += cut) frames += counter.count(stream.subarray(at, at + cut));
    assertEquals(frames, lengths.length);
  }));
});

Deno.test("FrameCounter.count() counts each line of a frame as a message, however the stream is cut", () => {
  const frames = fc.array(fc.array(fc.stringMatching(/^[a-z]{0,80}$/), { minLength: 1, maxLength: 4 }), {
    maxLength: 5,
  });
  fc.assert(fc.property(frames, fc.integer({ min: 1, max: 200 }), (frames, cut) => {
    const stream = frames
      .map((lines) => new TextEncoder().encode(lines.join("\n")))
      .map((payload) => encodeFrame({ opcode: Opcode.text, payload, masked: false }))
      .reduce(concatenate, new Uint8Array(0));
    const counter = new FrameCounter();
    let messages = 0;
    for (let at = 0; at < stream.length; at += cut) messages += counter.count(stream.subarray(at, at + cut));
    assertEquals(messages, frames.flat().length);
  }));
});

Deno.test("FrameCounter.count() counts a compressed frame as one message, whatever bytes are in it", () => {
  const payload = new TextEncoder().encode("a\nb\nc");
  assertEquals(new FrameCounter().count(encodeFrame({ opcode: Opcode.text, payload, rsv: 4, masked: false })), 1);
});

Deno.test("FrameCounter.count() counts a frame only when all of it has come", () => {
  const counter = new FrameCounter();
  const frame = textFrame(300);
  assertEquals(counter.count(frame.subarray(0, 303)), 0);
  assertEquals(counter.count(frame.subarray(303)), 1);
});

Deno.test.each([Opcode.close, Opcode.binary])("FrameCounter.count() refuses frames of opcode %d", (opcode) => {
  const frame = encodeFrame({ opcode, payload: new Uint8Array(2), masked: false });
  assertThrows(() => new FrameCounter().count(frame), Error, "one begins with");
});
