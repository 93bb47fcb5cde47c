/**
 * What a client is sent, in a few words that can be compared and read.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Incoming } from "../../support/raw_client.ts";

const SHORT = 40;

/** Describes what came. Long contents stand as their length and a digest. */
export function described(incoming: Incoming): string {
  switch (incoming.kind) {
    case "text":
      return `text ${textInShort(incoming.text)}`;
    case "binary":
    case "ping":
    case "pong":
      return `${incoming.kind} ${bytesInShort(incoming.data)}`;
    case "close":
      return `close ${incoming.code ?? "without a code"}`;
    case "other":
      return `frame ${incoming.frame.opcode} rsv ${incoming.frame.rsv} ${bytesInShort(incoming.frame.payload)}`;
    case "eof":
      return "dropped";
  }
}

function textInShort(text: string): string {
  return text.length <= SHORT ? JSON.stringify(text) : `of ${text.length} characters, ${digest(text)}`;
}

function bytesInShort(bytes: Uint8Array): string {
  return bytes.length <= SHORT ? `[${bytes.toHex()}]` : `of ${bytes.length} bytes, ${digest(bytes)}`;
}

function digest(content: string | Uint8Array): string {
  return createHash("sha1").update(content).digest("hex").slice(0, 8);
}
