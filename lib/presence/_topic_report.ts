/**
 * A diff that waits for `fetch` before it is published to the members of a topic.
 *
 * @module
 */

import { isThenable } from "../base/thenable.ts";
import { type PresenceDiff, presenceDiffOf, type Presences } from "./presences.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { TrackerDiff } from "./tracker.ts";

/** A pending report of the changes in one topic. */
export class TopicReport<M extends object, P> {
  readonly topic: string;
  readonly changes: TrackerDiff<M>;
  readonly diff: MaybePromise<PresenceDiff<P>>;

  /** Creates the report. */
  constructor(topic: string, changes: TrackerDiff<M>, diff: MaybePromise<PresenceDiff<P>>) {
    this.topic = topic;
    this.changes = changes;
    this.diff = diff;
  }
}

const NOBODY = {};

/** Returns an empty diff, for publishers that do not use diffs. */
export function nothing<P>(): PresenceDiff<P> {
  return { joins: NOBODY, leaves: NOBODY } as PresenceDiff<P>;
}

/**
 * Adds the data from `fetch` to the keys of a diff.
 *
 * @param changes The diff.
 * @param fetch Adds to the metas by key.
 * @param report Called if `fetch` fails; the diff is then returned without added data.
 */
export function fetchDiff<M extends object, P>(
  changes: TrackerDiff<M>,
  fetch: (presences: Presences<M>) => MaybePromise<P>,
  report: (thrown: unknown) => void,
): MaybePromise<PresenceDiff<P>> {
  const raw = presenceDiffOf(changes);
  const withoutMore = (thrown: unknown) => {
    report(thrown);
    return raw as unknown as PresenceDiff<P>;
  };
  try {
    const joins = changes.joins.size > 0 ? fetch(raw.joins) : NOBODY;
    const leaves = changes.leaves.size > 0 ? fetch(raw.leaves) : NOBODY;
    if (!isThenable(joins) && !isThenable(leaves)) return { joins, leaves } as PresenceDiff<P>;
    return Promise.all([joins, leaves]).then(([joins, leaves]) => ({ joins, leaves }) as PresenceDiff<P>, withoutMore);
  } catch (thrown) {
    return withoutMore(thrown);
  }
}
