/**
 * Metas: what is said about a tracked key.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import { isNestedTooDeep, isTooDeep } from "../protocol/nesting.ts";

/**
 * How deep arrays and objects may be nested in a meta. It is less than `Socket.maxNesting` is by default, for metas travel
 * in lists and objects of their own.
 */
const MAX_META_NESTING = 64;

/** A meta as everybody sees it: what was given, and its reference. */
export type PresenceMeta<M extends object = object> = Readonly<M> & {
  /** Identifies it: another one after each update. */
  readonly phx_ref: string;
  /** After an update, the reference before it. */
  readonly phx_ref_prev?: string;
};

/** A new meta, or what makes it out of the current one. */
export type MetaUpdate<M extends object> = M | ((current: PresenceMeta<M>) => M);

/**
 * Makes a meta out of what was given: a copy, as it will arrive elsewhere.
 *
 * @param given What was given.
 * @param previous The meta that it replaces.
 * @throws {TypeError} If it is no object, nested deeper than 64 levels, or JSON cannot carry it.
 */
export function createMeta<M extends object>(given: M, previous?: PresenceMeta<M>): PresenceMeta<M> {
  const copy = copyOf(given);
  delete copy.phx_ref_prev; // from the current meta, where an update spread it
  copy.phx_ref = monotonicUlid();
  if (previous) copy.phx_ref_prev = previous.phx_ref;
  return Object.freeze(copy) as PresenceMeta<M>;
}

function copyOf(given: object): Record<string, unknown> {
  const text = textOf(given);
  if (isTooDeep(text, MAX_META_NESTING)) throw new TypeError(TOO_DEEP); // what `toJSON` made of it
  const copy: unknown = JSON.parse(text);
  if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
    throw new TypeError(`Cannot track: the meta must be an object, received ${describe(given)}`);
  }
  return copy as Record<string, unknown>;
}

/** One that cannot be written, or only alone and not in a list, would fail for everybody who is told of it. */
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
