/**
 * Metas: what is said about a tracked key.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";

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
 * @throws {TypeError} If it is no object, or JSON cannot carry it.
 */
export function createMeta<M extends object>(given: M, previous?: PresenceMeta<M>): PresenceMeta<M> {
  const copy = copyOf(given);
  delete copy.phx_ref_prev; // from the current meta, where an update spread it
  copy.phx_ref = monotonicUlid();
  if (previous) copy.phx_ref_prev = previous.phx_ref;
  return Object.freeze(copy) as PresenceMeta<M>;
}

function copyOf(given: object): Record<string, unknown> {
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(given) ?? "null");
  } catch (cause) {
    throw new TypeError("Cannot track: JSON cannot carry the meta", { cause });
  }
  if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
    throw new TypeError(`Cannot track: the meta must be an object, received ${describe(given)}`);
  }
  return copy as Record<string, unknown>;
}

function describe(given: unknown): string {
  return Array.isArray(given) ? "an array" : given === null ? "null" : typeof given;
}
