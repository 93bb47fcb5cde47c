import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isLargerThan, largestPayload } from "../../lib/limits/frame_size.ts";

const cases: [frame: string | Uint8Array<ArrayBuffer>, bytesOnTheWire: number][] = [
  ["", 6],
  ["x".repeat(125), 131],
  ["x".repeat(126), 134],
  ["x".repeat(65_535), 65_543],
  ["x".repeat(65_536), 65_550],
  ["é".repeat(100), 208],
  ["日本", 12],
  ["😀", 10],
  [new Uint8Array(200), 208],
];
for (const [frame, bytes] of cases) {
  Deno.test(`isLargerThan() counts ${bytes} bytes for ${frame.length} of ${typeof frame}`, () => {
    assertEquals(isLargerThan(frame, bytes), false);
    assertEquals(isLargerThan(frame, bytes - 1), true);
  });
}

Deno.test("isLargerThan() counts text as TextEncoder does", () => {
  const encoder = new TextEncoder();
  fc.assert(fc.property(fc.string({ unit: "binary", minLength: 50, maxLength: 60 }), (text) => {
    const payload = encoder.encode(text).length;
    const bytes = payload + (payload < 126 ? 6 : 8);
    assertEquals(isLargerThan(text, bytes), false);
    assertEquals(isLargerThan(text, bytes - 1), true);
  }));
});

Deno.test("largestPayload() is the largest that isLargerThan() takes", () => {
  for (const maxBytes of [0, 1, 6, 130, 131, 132, 133, 134, 135, 1000, 65_542, 65_543, 65_544, 65_549, 65_550, 1e6]) {
    const most = largestPayload(maxBytes);
    assertEquals(isLargerThan(new Uint8Array(most), Math.max(6, maxBytes)), false, `${most} of ${maxBytes}`);
    assertEquals(isLargerThan(new Uint8Array(most + 1), maxBytes), true, `${most + 1} of ${maxBytes}`);
  }
  assertEquals(largestPayload(Infinity), Infinity);
});
