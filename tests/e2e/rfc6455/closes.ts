/**
 * Section 7: closes, their codes and their reasons.
 *
 * @module
 */

import { Opcode } from "../../support/ws_frame.ts";
import { close, echoOf, frame, ping, text, together, utf8, type WireCase } from "./wire_case.ts";

const LONGEST_REASON = "*".repeat(123);
/** Codes that a client may send. */
const VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
/** Codes that nobody may send: not in use, reserved, or for the use of an API alone. */
const INVALID = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

/** Close frames. */
export const closes: readonly WireCase[] = [
  { id: "7.1.1", what: "sends a text, then closes", steps: [text("x"), echoOf("x")] },
  { id: "7.1.2", what: "closes twice", steps: [together(close(1000), close(1000))], end: 1000 },
  { id: "7.1.3", what: "pings behind its close", steps: [together(close(1000), ping("late"))], end: 1000 },
  { id: "7.1.4", what: "sends a text behind its close", steps: [together(close(1000), text("late"))], end: 1000 },
  {
    id: "7.1.5",
    what: "closes in the middle of a message, and ends the message then",
    steps: [together(text("a", { fin: false }), close(1000), frame(Opcode.continuation, "b"))],
    end: 1000,
  },
  {
    id: "7.1.6",
    what: "closes right behind a long text",
    steps: [text("*".repeat(100_000)), echoOf("*".repeat(100_000)), together(close(1000), ping())],
    end: 1000,
  },
  { id: "7.3.1", what: "closes without a code", steps: [close(null)], end: null },
  { id: "7.3.2", what: "closes with half a code", steps: [frame(Opcode.close, "a")], end: 1002 },
  { id: "7.3.3", what: "closes with a code", steps: [close(1000)], end: 1000 },
  { id: "7.3.4", what: "closes with a code and a reason", steps: [close(1000, "Hello, world!")], end: 1000 },
  { id: "7.3.5", what: "closes with a reason of 123 bytes", steps: [close(1000, LONGEST_REASON)], end: 1000 },
  { id: "7.3.6", what: "closes with a reason of 124 bytes", steps: [close(1000, `${LONGEST_REASON}*`)], end: 1002 },
  { id: "7.3.7", what: "closes in two parts", steps: [frame(Opcode.close, utf8("\x03"), { fin: false })], end: 1002 },
  {
    id: "7.5.1",
    what: "closes with a reason that is not UTF-8",
    steps: [frame(Opcode.close, Uint8Array.fromHex("03e8cebae1bdb9cf83cebcceb5eda080"))],
    end: 1007,
  },
  ...VALID.map((code, n): WireCase => ({
    id: `7.7.${n + 1}`,
    what: `closes with code ${code}`,
    steps: [close(code)],
    end: code,
  })),
  ...INVALID.map((code, n): WireCase => ({
    id: `7.9.${n + 1}`,
    what: `closes with code ${code}`,
    steps: [close(code)],
    end: 1002,
  })),
];
