/**
 * Limits for the fields that a reply repeats: refs and topic are sent back to the client unchanged, so their length is
 * bounded.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import { MalformedFrameError } from "./errors.ts";
import { jsonBytes } from "./json_bytes.ts";
import type { ClientMessage } from "./message.ts";

/**
 * The longest ref, in bytes of UTF-8: the maximum in a binary frame. A join's ref is part of every push to the channel,
 * so a long one would make each push long.
 */
export const MAX_REF_BYTES = 255;

/**
 * Throws if a ref is too long to be repeated, or a topic is not a string and too long.
 *
 * A topic that is a string may be long: only a join stores it, and has its own limit.
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
