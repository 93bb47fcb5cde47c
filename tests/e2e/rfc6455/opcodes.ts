/**
 * Section 4: opcodes without a meaning.
 *
 * @module
 */

import { echoOf, frame, ping, text, together, type WireCase } from "./wire_case.ts";

/** Frames of each opcode that the RFC reserves: alone, and between a good message and a ping. */
export const opcodes: readonly WireCase[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): WireCase[] => {
  const id = opcode < 8 ? `4.1.${opcode - 2}` : `4.2.${opcode - 10}`;
  return [
    { id, what: `sends a frame with opcode ${opcode}`, steps: [frame(opcode)], end: 1002 },
    {
      id: `${id}b`,
      what: `sends a good text, then a frame with opcode ${opcode} and a ping`,
      steps: [text("good"), echoOf("good"), together(frame(opcode, "reserved"), ping())],
      end: 1002,
    },
  ];
});
