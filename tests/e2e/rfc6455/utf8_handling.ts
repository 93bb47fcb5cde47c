/**
 * Section 6: text that is UTF-8, and text that is not; whole, in fragments and byte by byte.
 *
 * @module
 */

import { Opcode } from "../../support/ws_frame.ts";
import { chopped, echoOf, fragments, text, together, utf8, type WireCase } from "./wire_case.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Greek, "the world", with letters of two and three bytes. */
const KOSMOS = utf8("κόσμε");
/** A letter, a half of a surrogate pair in three bytes, letters. */
const INVALID = Uint8Array.fromHex("cebae1bdb9cf83cebcceb5eda080656469746564");

/** Valid sequences, by the number of their case. */
const VALID: readonly [id: string, what: string, hex: string][] = [
  ["6.5.1v", "characters of one to four bytes", "7ac3a9e6bca2f09f9880"],
  ["6.7.1", "U+0000", "00"],
  ["6.7.2", "U+0080, the first of two bytes", "c280"],
  ["6.7.3", "U+0800, the first of three bytes", "e0a080"],
  ["6.7.4", "U+10000, the first of four bytes", "f0908080"],
  ["6.9.1", "U+007F, the last of one byte", "7f"],
  ["6.9.2", "U+07FF, the last of two bytes", "dfbf"],
  ["6.9.3", "U+FFFF, the last of three bytes", "efbfbf"],
  ["6.9.4", "U+10FFFF, the last of four bytes", "f48fbfbf"],
  ["6.11.1", "U+D7FF, before the surrogates", "ed9fbf"],
  ["6.11.2", "U+E000, behind the surrogates", "ee8080"],
  ["6.11.3", "U+FFFD, the replacement character", "efbfbd"],
  ["6.11.4", "U+10FFFF again", "f48fbfbf"],
  ["6.22.0", "a byte order mark in front", "efbbbf78"],
  ["6.22.1", "U+FFFE, no character", "efbfbe"],
  ["6.22.2", "U+FFFF, no character", "efbfbf"],
  ["6.22.3", "U+1FFFE, no character", "f09fbfbe"],
  ["6.22.4", "U+1FFFF, no character", "f09fbfbf"],
  ["6.22.17", "U+8FFFE, no character", "f28fbfbe"],
  ["6.22.33", "U+10FFFE, no character", "f48fbfbe"],
  ["6.23.1", "U+FFF9, a control", "efbfb9"],
  ["6.23.7", "U+FFFC, an object", "efbfbc"],
];

/** Invalid sequences, by the number of their case. */
const NOT_VALID: readonly [id: string, what: string, hex: string][] = [
  ["6.3.1", "half a surrogate pair among letters", "cebae1bdb9cf83cebcceb5eda080656469746564"],
  ["6.6.1", "the first byte of two", "ce"],
  ["6.6.3", "the first byte of three behind a character", "cebae1"],
  ["6.6.4", "two bytes of three", "cebae1bd"],
  ["6.6.6", "a character cut at the end", "cebae1bdb9cf"],
  ["6.8.1", "a sequence of five bytes", "f888808080"],
  ["6.8.2", "a sequence of six bytes", "fc8480808080"],
  ["6.10.1", "U+1FFFFF in four bytes", "f7bfbfbf"],
  ["6.10.2", "U+3FFFFFF in five bytes", "fbbfbfbfbf"],
  ["6.10.3", "U+7FFFFFFF in six bytes", "fdbfbfbfbfbf"],
  ["6.11.5", "U+110000, behind the last", "f4908080"],
  ["6.12.1", "a following byte alone, 80", "80"],
  ["6.12.2", "a following byte alone, bf", "bf"],
  ["6.12.3", "two following bytes alone", "80bf"],
  ["6.12.8", "64 following bytes alone", rangeOf(0x80, 0xbf)],
  ["6.13.1", "all first bytes of two, each with a space", spaced(0xc0, 0xdf)],
  ["6.13.2", "all first bytes of three, each with a space", spaced(0xe0, 0xef)],
  ["6.13.3", "all first bytes of four, each with a space", spaced(0xf0, 0xf7)],
  ["6.13.4", "all first bytes of five, each with a space", spaced(0xf8, 0xfb)],
  ["6.13.5", "all first bytes of six, each with a space", spaced(0xfc, 0xfd)],
  ["6.14.1", "one byte of two", "c0"],
  ["6.14.2", "two bytes of three", "e080"],
  ["6.14.3", "three bytes of four", "f08080"],
  ["6.14.4", "four bytes of five", "f8808080"],
  ["6.14.5", "five bytes of six", "fc80808080"],
  ["6.14.6", "one byte of two, df", "df"],
  ["6.14.7", "two bytes of three, efbf", "efbf"],
  ["6.14.8", "three bytes of four, f7bfbf", "f7bfbf"],
  ["6.15.1", "all cut sequences behind each other", "c0e080f08080f8808080fc80808080dfefbff7bfbf"],
  ["6.16.1", "the byte fe", "fe"],
  ["6.16.2", "the byte ff", "ff"],
  ["6.16.3", "the bytes fe and ff", "fefeffff"],
  ["6.17.1", "a slash in two bytes", "c0af"],
  ["6.17.2", "a slash in three bytes", "e080af"],
  ["6.17.3", "a slash in four bytes", "f08080af"],
  ["6.17.4", "a slash in five bytes", "f8808080af"],
  ["6.17.5", "a slash in six bytes", "fc80808080af"],
  ["6.18.1", "U+007F in two bytes", "c1bf"],
  ["6.18.2", "U+07FF in three bytes", "e09fbf"],
  ["6.18.3", "U+FFFF in four bytes", "f08fbfbf"],
  ["6.19.1", "U+0000 in two bytes", "c080"],
  ["6.19.2", "U+0000 in three bytes", "e08080"],
  ["6.20.1", "U+D800, a surrogate", "eda080"],
  ["6.20.3", "U+DB80, a surrogate", "edae80"],
  ["6.20.5", "U+DC00, a surrogate", "edb080"],
  ["6.20.7", "U+DFFF, a surrogate", "edbfbf"],
  ["6.21.1", "U+D800 and U+DC00, a pair of surrogates", "eda080edb080"],
  ["6.21.8", "U+DBFF and U+DFFF, a pair of surrogates", "edafbfedbfbf"],
];

/** Sent in other ways too; what is cut is only found at the end. */
const SHOWN_IN_PARTS = new Set(["6.3.1", "6.6.1", "6.6.4", "6.8.1", "6.11.5", "6.12.1", "6.16.1", "6.17.1", "6.20.1"]);

/** Texts. */
export const utf8Handling: readonly WireCase[] = [
  { id: "6.1.1", what: "sends an empty text", steps: [text(""), echoOf("")] },
  { id: "6.1.2", what: "sends three empty parts", steps: [...fragments(Opcode.text, ["", "", ""]), echoOf("")] },
  {
    id: "6.1.3",
    what: "sends a part between empty ones",
    steps: [...fragments(Opcode.text, ["", "x", ""]), echoOf("x")],
  },
  { id: "6.2.1", what: "sends a text of several bytes a character", steps: [text(KOSMOS), echoOf("κόσμε")] },
  {
    id: "6.2.2",
    what: "sends a text in parts that end between characters",
    steps: [...fragments(Opcode.text, ["κό", "σμε"]), echoOf("κόσμε")],
  },
  {
    id: "6.2.3",
    what: "sends a text in parts of a byte",
    steps: [...fragments(Opcode.text, chopped(KOSMOS)), echoOf("κόσμε")],
  },
  { id: "6.2.4", what: "sends a text byte by byte", steps: [...chopped(text(KOSMOS)), echoOf("κόσμε")] },
  ...VALID.map(([id, what, hex]): WireCase => {
    const bytes = Uint8Array.fromHex(hex);
    return { id, what: `sends ${what}`, steps: [text(bytes), echoOf(decoder.decode(bytes))] };
  }),
  ...NOT_VALID.flatMap(([id, what, hex]): WireCase[] => {
    const bytes = Uint8Array.fromHex(hex);
    const whole: WireCase = { id, what: `sends ${what}`, steps: [text(bytes)], end: 1007 };
    if (!SHOWN_IN_PARTS.has(id)) return [whole];
    return [
      whole,
      {
        id: `${id}f`,
        what: `sends ${what}, in parts of a byte`,
        steps: [together(...fragments(Opcode.text, chopped(bytes)))],
        end: 1007,
      },
      { id: `${id}c`, what: `sends ${what}, byte by byte`, steps: chopped(text(bytes)), end: 1007 },
    ];
  }),
  {
    id: "6.4.1",
    what: "sends a good part, a bad part and a good part",
    steps: [together(...fragments(Opcode.text, [KOSMOS, INVALID, "edited"]))],
    end: 1007,
  },
  {
    id: "6.4.2",
    what: "sends a good part, a part that no byte can make good, and a good part",
    steps: [together(...fragments(Opcode.text, [KOSMOS, Uint8Array.fromHex("f4908080"), "edited"]))],
    end: 1007,
  },
  {
    id: "6.5.1",
    what: "sends a text cut inside a character, and an empty last part",
    steps: [...fragments(Opcode.text, [Uint8Array.fromHex("ceba"), Uint8Array.fromHex("ce"), ""])],
    end: 1007,
  },
  {
    id: "6.5.2",
    what: "sends two bytes of three, and an empty last part",
    steps: [...fragments(Opcode.text, [Uint8Array.fromHex("e1bd"), ""])],
    end: 1007,
  },
  {
    id: "6.5.3",
    what: "sends a text cut inside a character, and a last part that does not go on with it",
    steps: [together(...fragments(Opcode.text, [Uint8Array.fromHex("ce"), "x"]))],
    end: 1007,
  },
];

function rangeOf(first: number, last: number): string {
  return Uint8Array.from({ length: last - first + 1 }, (_, n) => first + n).toHex();
}

function spaced(first: number, last: number): string {
  return rangeOf(first, last).replaceAll(/../g, "$&20");
}
