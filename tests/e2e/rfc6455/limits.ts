/**
 * Section 9: large messages, whole and in parts, and those that are too large.
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
  pongOf,
  SMALL_BYTES,
  text,
  together,
  type WireCase,
} from "./wire_case.ts";

const KIB = 1024;
/** The most that a message of the small server may hold: it counts the longest head, and the mask, too. */
const MOST = SMALL_BYTES - 14;

/** Sizes that a server with its defaults takes, and bounds. */
export const limits: readonly WireCase[] = [
  ...[64, 256, 512].flatMap((kib, n): WireCase[] => {
    const [letters, bytes] = ["*".repeat(kib * KIB), new Uint8Array(kib * KIB).fill(0xfe)];
    return [
      { id: `9.1.${n + 1}`, what: `sends a text of ${kib} KiB`, steps: [text(letters), echoOf(letters)] },
      { id: `9.2.${n + 1}`, what: `sends ${kib} KiB`, steps: [binary(bytes), bytesBack(bytes)] },
    ];
  }),
  ...[64, 1024, 16_384].flatMap((size, n): WireCase[] => {
    const [letters, bytes] = ["*".repeat(128 * KIB), new Uint8Array(128 * KIB).fill(0xfe)];
    const parts = Array<string>(letters.length / size).fill("*".repeat(size));
    return [
      {
        id: `9.3.${n + 1}`,
        what: `sends a text of 128 KiB in parts of ${size} bytes`,
        steps: [together(...fragments(Opcode.text, parts)), echoOf(letters)],
      },
      {
        id: `9.6.${n + 1}`,
        what: `sends 128 KiB in pieces of ${size} bytes`,
        steps: [...chopped(binary(bytes), size), bytesBack(bytes)],
      },
    ];
  }),
  {
    id: "9.7.1",
    what: "sends 500 texts at once",
    steps: [together(...numbers().map((n) => text(`${n}`))), ...numbers().map((n) => echoOf(`${n}`))],
  },
  {
    id: "9.7.2",
    what: "pings in the middle of a message of 128 KiB",
    steps: [
      text("*".repeat(64 * KIB), { fin: false }),
      ping("p"),
      pongOf("p"),
      continuation("*".repeat(64 * KIB)),
      echoOf("*".repeat(128 * KIB)),
    ],
  },
  {
    id: "9.9.1",
    what: "sends the largest text there may be",
    server: "small",
    steps: [text("*".repeat(MOST)), echoOf("*".repeat(MOST))],
  },
  {
    id: "9.9.2",
    what: "sends a text that is too large",
    server: "small",
    steps: [text("*".repeat(SMALL_BYTES + 1))],
    end: 1009,
  },
  {
    id: "9.9.3",
    what: "sends bytes that are too many",
    server: "small",
    steps: [binary(new Uint8Array(SMALL_BYTES + 1))],
    end: 1009,
  },
  {
    id: "9.9.4",
    what: "sends a text that is too large in parts that are not",
    server: "small",
    steps: [together(...fragments(Opcode.text, Array<string>(11).fill("*".repeat(1000))))],
    end: 1009,
  },
  {
    id: "9.9.5",
    what: "sends the largest text there may be, in parts of 16 bytes",
    server: "small",
    steps: [
      together(...fragments(Opcode.text, Array<string>(Math.floor(MOST / 16)).fill("*".repeat(16)))),
      echoOf("*".repeat(Math.floor(MOST / 16) * 16)),
    ],
  },
  {
    id: "9.9.6",
    what: "sends parts beyond the limit of a message that has not ended",
    server: "small",
    steps: [together(...fragments(Opcode.text, Array<string>(20).fill("*".repeat(1000))).slice(0, -1))],
    end: 1009,
  },
  {
    id: "9.9.7",
    what: "announces a text that is too large, and sends none of it",
    server: "small",
    steps: [text("*".repeat(70_000)).subarray(0, 14)],
    end: 1009,
  },
  {
    id: "9.9.8",
    what: "announces 2^62 bytes",
    steps: [Uint8Array.of(0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)],
    end: 1009,
  },
];

function numbers(): number[] {
  return Array.from({ length: 500 }, (_, n) => n);
}
