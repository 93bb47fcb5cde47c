/**
 * What an answer repeats: refs and topic go back to the client as they came, so they are bounded.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import { MalformedFrameError } from "./errors.ts";
import { jsonBytes } from "./json_bytes.ts";
import type { ClientMessage } from "./message.ts";

/**
 * The longest ref, in bytes of UTF-8: what a binary frame has room for. A join's ref comes with everything that is
 * pushed to the channel, so a long one would make each of those long.
 */
export const MAX_REF_BYTES = 255;

/**
 * Refuses refs that are too long to be repeated, and topics that are neither texts nor short.
 *
 * A topic that is a text may be long: it is only kept by a join, which has a limit of its own.
 *
 * @example Usage
 * ```ts
 * import { assertRepeatable } from "./repeatable.ts";
 * import { assertThrows } from "@std/assert";
 *
 * const message = { joinRef: "1", ref: "2", topic: "room:a", event: "say", payload: {} };
 * assertRepeatable(message);
 * assertThrows(() => assertRepeatable({ ...message, ref: "2".repeat(256) }));
 * ```
 *
 * @param message A client's message.
 * @throws {MalformedFrameError} If one of them takes more than {@linkcode MAX_REF_BYTES}.
 */
export function assertRepeatable({ joinRef, ref, topic }: ClientMessage): void {
  assertShort(joinRef, "join_ref");
  assertShort(ref, "ref");
  if (typeof topic !== "string") assertShort(topic, "topic");
}

function assertShort(value: unknown, name: string): void {
  if (typeof value === "string" && value.length * 3 <= MAX_REF_BYTES) return; // nearly always: no need to count
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) return;
  const isShort = typeof value === "string" ? isShortText(value) : jsonBytes(value, MAX_REF_BYTES) <= MAX_REF_BYTES;
  if (!isShort) throw new MalformedFrameError(`"${name}" must be <= ${MAX_REF_BYTES} bytes, received more`);
}

function isShortText(text: string): boolean {
  return text.length <= MAX_REF_BYTES && utf8Length(text) <= MAX_REF_BYTES;
}
