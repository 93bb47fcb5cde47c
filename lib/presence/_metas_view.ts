/**
 * The members of each topic according to the published diffs, for `handleMetas`.
 *
 * @module
 */

import type { PresenceMeta } from "./meta.ts";
import type { MetasByKey } from "./presences.ts";
import type { TrackerDiff } from "./tracker.ts";

/** The metas by topic and key after the published diffs. The tracker may be ahead of them. */
export class MetasView<M extends object> {
  readonly #topics = new Map<string, Map<string, PresenceMeta<M>[]>>();

  /**
   * Applies a diff.
   *
   * @returns The topic after the diff. It changes with the next one.
   */
  apply(topic: string, { joins, leaves }: TrackerDiff<M>): MetasByKey<M> {
    const keys = this.#topics.get(topic) ?? new Map<string, PresenceMeta<M>[]>();
    for (const { key, meta } of leaves) {
      const metas = (keys.get(key) ?? []).filter(({ phx_ref }) => phx_ref !== meta.phx_ref);
      if (metas.length > 0) keys.set(key, metas);
      else keys.delete(key);
    }
    for (const { key, meta } of joins) {
      const metas = keys.get(key);
      if (metas) metas.push(meta);
      else keys.set(key, [meta]);
    }
    if (keys.size > 0) this.#topics.set(topic, keys);
    else this.#topics.delete(topic);
    return keys;
  }
}
