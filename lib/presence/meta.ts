/**
 * Metas: the data of a tracked key.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import { quoted } from "../base/printable.ts";
import { utf8Length } from "../base/utf8_length.ts";
import { jsonBytes } from "../protocol/json_bytes.ts";
import { isNestedTooDeep, isTooDeep } from "../protocol/nesting.ts";

/**
 * How deep arrays and objects may be nested in a meta. It is less than the default of `Socket.maxNesting`, since metas
 * are sent inside lists and objects.
 */
const MAX_META_NESTING = 64;

/** How many bytes an entry may have as JSON: topic, key and meta. It must fit into one message between nodes. */
const MAX_ENTRY_BYTES = 65_536;
/** A character has at most so many bytes as JSON. */
const MAX_BYTES_PER_CHARACTER = 6;

/**
 * A meta as it is listed and sent to clients: the given data and a reference.
 *
 * @category Presence
 */
export type PresenceMeta<M extends object = object> = Readonly<M> & {
  /** Identifies the meta. Each update creates a new one. */
  readonly phx_ref: string;
  /** After an update, the previous reference. */
  readonly phx_ref_prev?: string;
};

/**
 * A new meta, or a function that computes it from the current one.
 *
 * @category Presence
 */
export type MetaUpdate<M extends object> = M | ((current: PresenceMeta<M>) => M);

/**
 * Creates a meta from the given data: a copy, as it will arrive on other nodes and clients.
 *
 * @param topic The topic in which it will be listed.
 * @param key The key that it will have there.
 * @param given The data.
 * @param previous The meta that it replaces.
 * @throws {RangeError} If topic, key and data have more than 65,536 bytes as JSON.
 * @throws {TypeError} If it is not an object, is nested deeper than 64 levels, or cannot be represented in JSON.
 */
export function createMeta<M extends object>(
  topic: string,
  key: string,
  given: M,
  previous?: PresenceMeta<M>,
): PresenceMeta<M> {
  const text = textOf(given);
  assertFits(topic, key, text);
  const copy = copyOf(given, text);
  delete copy.phx_ref_prev; // left over if an update spread the current meta
  copy.phx_ref = monotonicUlid();
  if (previous) copy.phx_ref_prev = previous.phx_ref;
  return Object.freeze(copy) as PresenceMeta<M>;
}

function assertFits(topic: string, key: string, text: string): void {
  if ((topic.length + key.length + text.length) * MAX_BYTES_PER_CHARACTER <= MAX_ENTRY_BYTES) return;
  const bytes = jsonBytes([topic, key]) + utf8Length(text);
  if (bytes <= MAX_ENTRY_BYTES) return;
  throw new RangeError(
    `Cannot track ${quoted(key)} in ${
      quoted(topic)
    }: topic, key and meta must have <= ${MAX_ENTRY_BYTES} bytes as JSON, ` +
      `received ${bytes}`,
  );
}

function copyOf(given: object, text: string): Record<string, unknown> {
  if (isTooDeep(text, MAX_META_NESTING)) throw new TypeError(TOO_DEEP); // also checks the output of `toJSON`
  const copy: unknown = JSON.parse(text);
  if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
    throw new TypeError(`Cannot track: the meta must be an object, received ${describe(given)}`);
  }
  return copy as Record<string, unknown>;
}

/**
 * Encodes a meta as JSON. One that cannot be encoded, or only outside of a list, would make every report that contains
 * it fail.
 */
function textOf(given: object): string {
  try {
    if (!isNestedTooDeep(given, MAX_META_NESTING)) return JSON.stringify(given) ?? "null";
  } catch (cause) {
    throw new TypeError("Cannot track: the meta must be a value that JSON can carry", { cause });
  }
  throw new TypeError(TOO_DEEP);
}

const TOO_DEEP = `Cannot track: the meta must be nested <= ${MAX_META_NESTING} levels deep, and without cycles`;

function describe(given: unknown): string {
  return Array.isArray(given) ? "an array" : given === null ? "null" : typeof given;
}
