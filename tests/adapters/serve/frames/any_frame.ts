/**
 * Messages for properties: texts and bytes, of lengths at which their frames differ.
 *
 * @module
 */

import fc from "fast-check";
import type { Frame } from "@urvogel/realtime";

const LENGTHS = [0, 1, 2, 124, 125, 126, 127, 511, 512, 513, 65_534, 65_535, 65_536, 65_537];

const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.tuple(fc.constantFrom(...LENGTHS), fc.constantFrom("x", "é", "日", "😀")).map(([length, unit]) =>
    unit.repeat(length)
  ),
);

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(...LENGTHS).map((length) => new Uint8Array(length).fill(length)),
).map((bytes) => new Uint8Array(bytes));

/** A message. */
export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(anyText, anyBytes);
