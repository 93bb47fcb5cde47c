/**
 * Metas: the data of a tracked key.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import { isNestedTooDeep, isTooDeep } from "../protocol/nesting.ts";

/**
 * How deep arrays and objects may be nested in a meta. It is less than the default of `Socket.maxNesting`, since metas
 * are sent inside lists and objects.
 */
const MAX_META_NESTING = 64;

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
 * @param given The data.
 * @param previous The meta that it replaces.
 * @throws {TypeError} If it is not an object, is nested deeper than 64 levels, or cannot be represented in JSON.
 */
export function createMeta<M extends object>(given: M, previous?: PresenceMeta<M>): PresenceMeta<M> {
  const copy = copyOf(given);
  delete copy.phx_ref_prev; // left over if an update spread the current meta
  copy.phx_ref = monotonicUlid();
  if (previous) copy.phx_ref_prev = previous.phx_ref;
  return Object.freeze(copy) as PresenceMeta<M>;
}

function copyOf(given: object): Record<string, unknown> {
  const text = textOf(given);
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
    throw new TypeError("Cannot track: JSON cannot carry the meta", { cause });
  }
  throw new TypeError(TOO_DEEP);
}

const TOO_DEEP = `Cannot track: the meta must be nested <= ${MAX_META_NESTING} levels deep, and without cycles`;

function describe(given: unknown): string {
  return Array.isArray(given) ? "an array" : given === null ? "null" : typeof given;
}
