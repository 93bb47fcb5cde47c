/**
 * Section 1: sizes of messages, each side of every border between the forms of a length.
 *
 * @module
 */

import { binary, bytesBack, chopped, echoOf, text, type WireCase } from "./wire_case.ts";

const SIZES = [0, 1, 125, 126, 127, 128, 65_535, 65_536];

/** Messages of one frame. */
export const framing: readonly WireCase[] = [
  ...SIZES.map((size, n): WireCase => ({
    id: `1.1.${n + 1}`,
    what: `sends a text of ${size} bytes`,
    steps: [text("*".repeat(size)), echoOf("*".repeat(size))],
  })),
  {
    id: "1.1.9",
    what: "sends a text of 65,536 bytes in pieces of 997",
    steps: [...chopped(text("*".repeat(65_536)), 997), echoOf("*".repeat(65_536))],
  },
  ...SIZES.map((size, n): WireCase => ({
    id: `1.2.${n + 1}`,
    what: `sends ${size} bytes`,
    steps: [binary(filled(size)), bytesBack(filled(size))],
  })),
  {
    id: "1.2.9",
    what: "sends 65,536 bytes in pieces of 997",
    steps: [...chopped(binary(filled(65_536)), 997), bytesBack(filled(65_536))],
  },
];

function filled(size: number): Uint8Array {
  return new Uint8Array(size).fill(0xfe);
}
