/**
 * Presences in the format that clients receive: metas by key.
 *
 * @module
 */

import type { PresenceMeta } from "./meta.ts";
import type { Tracked, TrackerDiff } from "./tracker.ts";

/**
 * The presence of one key: all its metas, such as one for each tab or device, and the data that `fetch` added.
 *
 * @category Presence
 */
export type PresenceOf<M extends object, X = unknown> = {
  /** The metas that are tracked under the key. */
  readonly metas: readonly PresenceMeta<M>[];
} & X;

/**
 * The members of a topic, by key. This is the payload of `presence_state`. `X` is the data that `fetch` adds to each
 * key.
 *
 * @category Presence
 */
export type Presences<M extends object, X = unknown> = Readonly<Record<string, PresenceOf<M, X>>>;

/**
 * The members that joined and left. This is the payload of `presence_diff`. An updated member is in both.
 *
 * @category Presence
 */
export interface PresenceDiff<P> {
  /** The members that joined. */
  readonly joins: P;
  /** The members that left. */
  readonly leaves: P;
}

/**
 * The metas of a topic by key.
 *
 * @category Presence
 */
export type MetasByKey<M extends object> = ReadonlyMap<string, readonly PresenceMeta<M>[]>;

/** Converts the entries of a topic to presences. */
export function presencesOf<M extends object>(entries: ReadonlyMap<string, Iterable<Tracked<M>>>): Presences<M> {
  return toPresences(entries, (tracked) => Array.from(tracked, ({ meta }) => meta));
}

/** Converts a tracker's diff to a presence diff. */
export function presenceDiffOf<M extends object>({ joins, leaves }: TrackerDiff<M>): PresenceDiff<Presences<M>> {
  return { joins: grouped(joins), leaves: grouped(leaves) };
}

function grouped<M extends object>(tracked: Iterable<Tracked<M>>): Presences<M> {
  return toPresences(Map.groupBy(tracked, ({ key }) => key), (tracked) => tracked.map(({ meta }) => meta));
}

/** Creates an object with these keys as own properties, also for names such as `__proto__`. */
function toPresences<T, M extends object>(
  byKey: ReadonlyMap<string, T>,
  metasOf: (tracked: T) => PresenceMeta<M>[],
): Presences<M> {
  return Object.fromEntries(Array.from(byKey, ([key, tracked]) => [key, { metas: metasOf(tracked) }]));
}
