/**
 * Section 2: pings and pongs.
 *
 * @module
 */

import { chopped, echoOf, ping, pong, pongOf, text, together, utf8, type WireCase } from "./wire_case.ts";

const NOT_UTF8 = Uint8Array.of(0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff);
const LONGEST = new Uint8Array(125).fill(0xfe);
const TEN = Array.from({ length: 10 }, (_, n) => `payload-${n}`);

/** Control frames that ask for an answer, and those that are one. */
export const pings: readonly WireCase[] = [
  { id: "2.1", what: "pings without a payload", steps: [ping(), pongOf()] },
  { id: "2.2", what: "pings with a text", steps: [ping("Hello, world!"), pongOf("Hello, world!")] },
  { id: "2.3", what: "pings with bytes that are not UTF-8", steps: [ping(NOT_UTF8), pongOf(NOT_UTF8)] },
  { id: "2.4", what: "pings with 125 bytes", steps: [ping(LONGEST), pongOf(LONGEST)] },
  { id: "2.5", what: "pings with 126 bytes", steps: [ping(new Uint8Array(126).fill(0xfe))], end: 1002 },
  { id: "2.6", what: "pings with 125 bytes, byte by byte", steps: [...chopped(ping(LONGEST)), pongOf(LONGEST)] },
  { id: "2.7", what: "sends a pong that nobody asked for", steps: [pong(), text("x"), echoOf("x")] },
  { id: "2.8", what: "sends a pong with a payload that nobody asked for", steps: [pong("?"), text("x"), echoOf("x")] },
  { id: "2.9", what: "sends a pong that nobody asked for, then a ping", steps: [pong("?"), ping("!"), pongOf("!")] },
  { id: "2.10", what: "sends 10 pings at once", steps: [together(...TEN.map((p) => ping(p))), ...TEN.map(pongOf)] },
  {
    id: "2.11",
    what: "sends 10 pings, byte by byte",
    steps: [...chopped(together(...TEN.map((p) => ping(p)))), ...TEN.map(pongOf)],
  },
  {
    id: "2.12",
    what: "pings in the middle of the bytes of nothing else",
    steps: [text("before"), echoOf("before"), ping(utf8("é")), pongOf("é"), text("after"), echoOf("after")],
  },
];
