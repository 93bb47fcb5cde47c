/**
 * Presences as clients get them: metas by key.
 *
 * @module
 */

import type { PresenceMeta } from "./meta.ts";
import type { Tracked, TrackerDiff } from "./tracker.ts";

/** One key: all its metas, one for each tab and device, and what `fetch` added. */
export type PresenceOf<M extends object, X = unknown> = {
  /** What was tracked under the key. */
  readonly metas: readonly PresenceMeta<M>[];
} & X;

/** Who is in a topic, by key. What `presence_state` carries. `X` is what `fetch` adds to each key. */
export type Presences<M extends object, X = unknown> = Readonly<Record<string, PresenceOf<M, X>>>;

/** Who came and who left. What `presence_diff` carries. An update is both. */
export interface PresenceDiff<P> {
  /** Who came. */
  readonly joins: P;
  /** Who left. */
  readonly leaves: P;
}

/** The metas of a topic by key. */
export type MetasByKey<M extends object> = ReadonlyMap<string, readonly PresenceMeta<M>[]>;

/** Everything of a topic, by key. */
export function presencesOf<M extends object>(entries: ReadonlyMap<string, Iterable<Tracked<M>>>): Presences<M> {
  return toPresences(entries, (tracked) => Array.from(tracked, ({ meta }) => meta));
}

/** A diff, by key. */
export function presenceDiffOf<M extends object>({ joins, leaves }: TrackerDiff<M>): PresenceDiff<Presences<M>> {
  return { joins: grouped(joins), leaves: grouped(leaves) };
}

function grouped<M extends object>(tracked: Iterable<Tracked<M>>): Presences<M> {
  return toPresences(Map.groupBy(tracked, ({ key }) => key), (tracked) => tracked.map(({ meta }) => meta));
}

/** An object with these keys as its own, whatever they are called. */
function toPresences<T, M extends object>(
  byKey: ReadonlyMap<string, T>,
  metasOf: (tracked: T) => PresenceMeta<M>[],
): Presences<M> {
  return Object.fromEntries(Array.from(byKey, ([key, tracked]) => [key, { metas: metasOf(tracked) }]));
}
