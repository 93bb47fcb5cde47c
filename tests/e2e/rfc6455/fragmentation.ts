/**
 * Section 5: messages in parts.
 *
 * @module
 */

import { Opcode } from "../../support/ws_frame.ts";
import {
  binary,
  bytesBack,
  chopped,
  continuation,
  echoOf,
  fragments,
  ping,
  pong,
  pongOf,
  text,
  together,
  utf8,
  type WireCase,
} from "./wire_case.ts";

const [ONE, TWO] = ["fragment1", "fragment2"];
const BOTH = ONE + TWO;
const PARTS = fragments(Opcode.text, [ONE, TWO]);
const FIVE = ["a", "b", "c", "d", "e"];

/** Data and control frames in parts. */
export const fragmentation: readonly WireCase[] = [
  {
    id: "5.1",
    what: "sends a ping in two parts",
    steps: [ping(ONE, { fin: false }), continuation(TWO)],
    end: 1002,
  },
  {
    id: "5.2",
    what: "sends a pong in two parts",
    steps: [pong(ONE, { fin: false }), continuation(TWO)],
    end: 1002,
  },
  { id: "5.3", what: "sends a text in two parts", steps: [...PARTS, echoOf(BOTH)] },
  { id: "5.4", what: "sends a text in two parts at once", steps: [together(...PARTS), echoOf(BOTH)] },
  { id: "5.5", what: "sends a text in two parts, byte by byte", steps: [...chopped(together(...PARTS)), echoOf(BOTH)] },
  {
    id: "5.6",
    what: "sends a text in two parts, with a ping between",
    steps: [text(ONE, { fin: false }), ping("p"), pongOf("p"), continuation(TWO), echoOf(BOTH)],
  },
  {
    id: "5.7",
    what: "sends a text in two parts, with a ping between, at once",
    steps: [together(text(ONE, { fin: false }), ping("p"), continuation(TWO)), pongOf("p"), echoOf(BOTH)],
  },
  {
    id: "5.8",
    what: "sends a text in two parts, with a ping between, byte by byte",
    steps: [
      ...chopped(together(text(ONE, { fin: false }), ping("p"), continuation(TWO))),
      pongOf("p"),
      echoOf(BOTH),
    ],
  },
  {
    id: "5.9",
    what: "goes on with a message that never began, then sends a text",
    steps: [continuation("nothing"), text("x")],
    end: 1002,
  },
  {
    id: "5.10",
    what: "goes on with a message that never began, at once with a text",
    steps: [together(continuation("nothing"), text("x"))],
    end: 1002,
  },
  {
    id: "5.11",
    what: "goes on with a message that never began, byte by byte",
    steps: chopped(together(continuation("nothing"), text("x"))),
    end: 1002,
  },
  {
    id: "5.12",
    what: "goes on and not to the end with a message that never began",
    steps: [continuation("nothing", { fin: false }), text("x")],
    end: 1002,
  },
  {
    id: "5.13",
    what: "goes on and not to the end with a message that never began, at once with a text",
    steps: [together(continuation("nothing", { fin: false }), text("x"))],
    end: 1002,
  },
  {
    id: "5.14",
    what: "goes on and not to the end with a message that never began, byte by byte",
    steps: chopped(together(continuation("nothing", { fin: false }), text("x"))),
    end: 1002,
  },
  {
    id: "5.15",
    what: "goes on with a message that has ended",
    steps: [together(...PARTS), echoOf(BOTH), continuation("late", { fin: false }), text("x")],
    end: 1002,
  },
  {
    id: "5.16",
    what: "goes on and not to the end with nothing, then sends a text in two parts",
    steps: [continuation(ONE, { fin: false }), ...PARTS],
    end: 1002,
  },
  {
    id: "5.17",
    what: "goes on to the end with nothing, then sends a text in two parts",
    steps: [continuation(ONE), ...PARTS],
    end: 1002,
  },
  {
    id: "5.18",
    what: "begins another text before one has ended",
    steps: [text(ONE, { fin: false }), text(TWO)],
    end: 1002,
  },
  {
    id: "5.19",
    what: "sends a text in five parts with a ping before the third and before the fifth",
    steps: [
      text("a", { fin: false }),
      continuation("b", { fin: false }),
      ping("1"),
      pongOf("1"),
      continuation("c", { fin: false }),
      continuation("d", { fin: false }),
      ping("2"),
      pongOf("2"),
      continuation("e"),
      echoOf("abcde"),
    ],
  },
  {
    id: "5.20",
    what: "sends a text in five parts, and a pong between each",
    steps: [...fragments(Opcode.text, FIVE).flatMap((part) => [part, pong("?")]), echoOf("abcde")],
  },
  {
    id: "5.21",
    what: "sends bytes in parts, some of them empty",
    steps: [...fragments(Opcode.binary, ["", "a", "", "b", ""]), bytesBack(utf8("ab"))],
  },
  {
    id: "5.22",
    what: "sends a text in parts that are all empty",
    steps: [...fragments(Opcode.text, ["", "", ""]), echoOf("")],
  },
  {
    id: "5.23",
    what: "begins bytes before a text has ended",
    steps: [text(ONE, { fin: false }), binary(TWO)],
    end: 1002,
  },
  {
    id: "5.24",
    what: "sends a text in 1,000 parts of a byte",
    steps: [together(...fragments(Opcode.text, Array<string>(1000).fill("x"))), echoOf("x".repeat(1000))],
  },
];
