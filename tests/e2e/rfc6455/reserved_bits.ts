/**
 * Section 3: reserved bits that no extension gave a meaning.
 *
 * @module
 */

import { Opcode } from "../../support/ws_frame.ts";
import { binary, chopped, continuation, echoOf, frame, ping, text, together, type WireCase } from "./wire_case.ts";

const HELLO = "Hello, world!";

/** Frames with reserved bits. */
export const reservedBits: readonly WireCase[] = [
  { id: "3.1", what: "sends a text with rsv 1", steps: [text(HELLO, { rsv: 1 })], end: 1002 },
  {
    id: "3.2",
    what: "sends a good text, then one with rsv 2 and a ping",
    steps: [text(HELLO), echoOf(HELLO), together(text(HELLO, { rsv: 2 }), ping())],
    end: 1002,
  },
  {
    id: "3.3",
    what: "sends a good text, then one with rsv 3",
    steps: [text(HELLO), echoOf(HELLO), text(HELLO, { rsv: 3 })],
    end: 1002,
  },
  {
    id: "3.4",
    what: "sends a good text, then one with rsv 4 byte by byte",
    steps: [text(HELLO), echoOf(HELLO), ...chopped(text(HELLO, { rsv: 4 }))],
    end: 1002,
  },
  { id: "3.5", what: "sends bytes with rsv 5", steps: [binary(new Uint8Array(8), { rsv: 5 })], end: 1002 },
  { id: "3.6", what: "sends a ping with rsv 6", steps: [ping(HELLO, { rsv: 6 })], end: 1002 },
  { id: "3.7", what: "sends a close frame with rsv 7", steps: [frame(Opcode.close, "", { rsv: 7 })], end: 1002 },
  {
    id: "3.8",
    what: "sends the end of a message with rsv 4",
    steps: [text("Hello, ", { fin: false }), continuation("world!", { rsv: 4 })],
    end: 1002,
  },
];
