/**
 * Sections 12 and 13: permessage-deflate (RFC 7692), where a server has it.
 *
 * @module
 */

import { constants, deflateRawSync } from "node:zlib";
import { Opcode } from "../../support/ws_frame.ts";
import {
  binary,
  bytesBack,
  continuation,
  echoOf,
  frame,
  ping,
  pongOf,
  SMALL_BYTES,
  text,
  together,
  utf8,
  type WireCase,
} from "./wire_case.ts";

const OFFER = "permessage-deflate";
/** The bit that says "compressed". */
const RSV1 = { rsv: 4 } as const;
const SIZES = [16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

/** Offers that a server may take or decline; what it echoes then must keep to what it answered. */
const OFFERS = [
  "permessage-deflate",
  "permessage-deflate; client_no_context_takeover",
  "permessage-deflate; server_no_context_takeover",
  "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
  "permessage-deflate; client_max_window_bits",
  "permessage-deflate; client_max_window_bits=15",
  "permessage-deflate; client_max_window_bits=10",
  'permessage-deflate; client_max_window_bits="10"',
  "permessage-deflate; server_max_window_bits=15",
  "permessage-deflate; server_max_window_bits=9",
  "permessage-deflate; server_max_window_bits=9, permessage-deflate",
  "x-webkit-deflate-frame, permessage-deflate",
  "permessage-deflate; client_max_window_bits; server_no_context_takeover, permessage-deflate",
];

/** What an offer leads to where a server does not compress. */
const declined: readonly WireCase[] = [
  ...OFFERS.map((offer, n): WireCase => ({
    id: `13.0.${n + 1}`,
    what: `offers ${offer} to a server that does not compress`,
    offer,
    steps: [text("plain"), echoOf("plain")],
  })),
  {
    id: "12.0.1",
    what: "sends a compressed text to a server that does not compress",
    offer: OFFER,
    steps: [text(deflated("x"), RSV1)],
    end: 1002,
  },
];

/** Compressed messages, and what an offer leads to where a server compresses. */
const agreed: readonly WireCase[] = [
  ...SIZES.flatMap((size, n): WireCase[] => {
    const [words, bytes] = [prose(size), noise(size)];
    return [
      {
        id: `12.1.${n + 1}`,
        what: `sends a compressed text of ${size} characters`,
        offer: OFFER,
        steps: [text(deflated(words), RSV1), echoOf(words)],
      },
      {
        id: `12.2.${n + 1}`,
        what: `sends ${size} compressed bytes that hardly get smaller`,
        offer: OFFER,
        steps: [binary(deflated(bytes), RSV1), bytesBack(bytes)],
      },
    ];
  }),
  {
    id: "12.3.1",
    what: "sends a message that is not compressed where it might be",
    offer: OFFER,
    steps: [text("plain"), echoOf("plain")],
  },
  {
    id: "12.3.2",
    what: "sends a compressed message in parts, with a ping between",
    offer: OFFER,
    steps: [...inParts(deflated(prose(4096)), 3, ping("p")), pongOf("p"), echoOf(prose(4096))],
  },
  {
    id: "12.3.3",
    what: "sends an empty compressed message",
    offer: OFFER,
    steps: [text(Uint8Array.of(0), RSV1), echoOf("")],
  },
  {
    id: "12.3.4",
    what: "sends a compressed message whose last block says that it is the last",
    offer: OFFER,
    steps: [text(together(deflateRawSync(utf8("final")), Uint8Array.of(0)), RSV1), echoOf("final")],
  },
  {
    id: "12.3.5",
    what: "sends a compressed message of stored blocks",
    offer: OFFER,
    steps: [text(deflated("stored", 0), RSV1), echoOf("stored")],
  },
  {
    id: "12.3.6",
    what: "sends the same message twice, each compressed alone",
    offer: OFFER,
    steps: [
      ...[1, 2].flatMap(() => [text(deflated(prose(1000)), RSV1), echoOf(prose(1000))]),
    ],
  },
  {
    id: "12.4.1",
    what: "marks a later part as compressed",
    offer: OFFER,
    steps: [together(text("a", { fin: false }), continuation("b", RSV1))],
    end: 1002,
  },
  { id: "12.4.2", what: "marks a ping as compressed", offer: OFFER, steps: [ping("x", RSV1)], end: 1002 },
  {
    id: "12.4.3",
    what: "marks a close frame as compressed",
    offer: OFFER,
    steps: [frame(Opcode.close, Uint8Array.of(3, 232), RSV1)],
    end: 1002,
  },
  {
    id: "12.4.4",
    what: "sends rsv 2 where rsv 1 was agreed on",
    offer: OFFER,
    steps: [text("x", { rsv: 2 })],
    end: 1002,
  },
  {
    id: "12.4.5",
    what: "sends as compressed what is not",
    offer: OFFER,
    steps: [text(Uint8Array.fromHex("ffffffffffff"), RSV1)],
    end: 1007,
  },
  {
    id: "12.4.6",
    what: "compresses a text that is not UTF-8",
    offer: OFFER,
    steps: [text(deflated(Uint8Array.of(0x78, 0xff)), RSV1)],
    end: 1007,
  },
  {
    id: "12.5.1",
    what: "sends a small message that inflates to the largest there may be",
    offer: OFFER,
    server: "small",
    steps: [text(deflated("*".repeat(SMALL_BYTES - 14)), RSV1), echoOf("*".repeat(SMALL_BYTES - 14))],
  },
  {
    id: "12.5.2",
    what: "sends a small message that inflates to one that is too large",
    offer: OFFER,
    server: "small",
    steps: [text(deflated("*".repeat(SMALL_BYTES + 1)), RSV1)],
    end: 1009,
  },
  {
    id: "12.5.3",
    what: "sends a bomb of 1,000 : 1 in parts",
    offer: OFFER,
    server: "small",
    steps: inParts(deflated(new Uint8Array(4_000_000)), 4),
    end: 1009,
  },
  ...OFFERS.map((offer, n): WireCase => ({
    id: `13.1.${n + 1}`,
    what: `offers ${offer}`,
    offer,
    steps: [text(prose(65_536)), echoOf(prose(65_536))],
  })),
];

/** Both. */
export const compression: readonly WireCase[] = [
  ...declined,
  ...agreed.map((wireCase) => ({ ...wireCase, compresses: true })),
];

/** `content` as RFC 7692 sends it: without the four bytes of an empty block at its end. */
function deflated(content: string | Uint8Array, level: number = constants.Z_DEFAULT_COMPRESSION): Uint8Array {
  const bytes = deflateRawSync(content, { level, finishFlush: constants.Z_SYNC_FLUSH });
  return new Uint8Array(bytes.subarray(0, -4));
}

function inParts(payload: Uint8Array, count: number, between?: Uint8Array): Uint8Array[] {
  const size = Math.ceil(payload.length / count);
  return Array.from({ length: count }, (_, n) => payload.subarray(n * size, (n + 1) * size)).flatMap((part, n) => {
    const fin = n === count - 1;
    const sent = n === 0 ? text(part, { fin, ...RSV1 }) : continuation(part, { fin });
    return between && n === 0 ? [sent, between] : [sent];
  });
}

/** Text as people write it, more or less: it gets smaller, but not to nothing. */
function prose(length: number): string {
  const words = ["realtime ", "channels ", "for ", "everybody, ", "typed ", "and ", "fast. "];
  let [written, state] = ["", 1];
  while (written.length < length) {
    state = (state * 48_271) % 2_147_483_647;
    written += words[state % words.length];
  }
  return written.slice(0, length);
}

function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (state * 48_271) % 2_147_483_647) >> 8);
}
