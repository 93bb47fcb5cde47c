/**
 * Beyond Autobahn's cases: frames without a mask, and lengths that are not in their shortest form (RFC 6455, sections
 * 5.1 and 5.2).
 *
 * @module
 */

import { Opcode } from "../../support/ws_frame.ts";
import { binary, continuation, echoOf, frame, ping, text, together, type WireCase } from "./wire_case.ts";

/** Frames that a client must not send, although their meaning is plain. */
export const masksAndLengths: readonly WireCase[] = [
  { id: "x.1.1", what: "sends a text without a mask", steps: [text("x", { masked: false })], end: 1002 },
  { id: "x.1.2", what: "sends an empty text without a mask", steps: [text("", { masked: false })], end: 1002 },
  { id: "x.1.3", what: "sends bytes without a mask", steps: [binary("x", { masked: false })], end: 1002 },
  { id: "x.1.4", what: "sends a ping without a mask", steps: [ping("x", { masked: false })], end: 1002 },
  {
    id: "x.1.5",
    what: "sends a good text, then one without a mask",
    steps: [text("good"), echoOf("good"), text("x", { masked: false })],
    end: 1002,
  },
  {
    id: "x.1.6",
    what: "sends the end of a message without a mask",
    steps: [together(text("a", { fin: false }), continuation("b", { masked: false }))],
    end: 1002,
  },
  { id: "x.2.1", what: "sends a mask of zeros", steps: [Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x78), echoOf("x")] },
  {
    id: "x.3.1",
    what: "sends a text of 5 bytes with a length of 16 bits",
    steps: [text("short", { lengthBytes: 2 })],
    end: 1002,
  },
  {
    id: "x.3.2",
    what: "sends an empty text with a length of 16 bits",
    steps: [text("", { lengthBytes: 2 })],
    end: 1002,
  },
  {
    id: "x.4.1",
    what: "sends a text of 5 bytes with a length of 64 bits",
    steps: [text("short", { lengthBytes: 8 })],
    end: 1002,
  },
  {
    id: "x.4.2",
    what: "sends a text of 1,000 bytes with a length of 64 bits",
    steps: [text("*".repeat(1000), { lengthBytes: 8 })],
    end: 1002,
  },
  {
    id: "x.5.1",
    what: "sends a length of 64 bits with its highest bit set",
    steps: [Uint8Array.of(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5)],
    end: 1009, // as a number it is too large, whatever the RFC says of the bit
  },
  { id: "x.6.1", what: "sends a ping with a length of 16 bits", steps: [ping("x", { lengthBytes: 2 })], end: 1002 },
  {
    id: "x.6.2",
    what: "closes with a length of 64 bits",
    steps: [frame(Opcode.close, Uint8Array.of(3, 232), { lengthBytes: 8 })],
    end: 1002,
  },
];
