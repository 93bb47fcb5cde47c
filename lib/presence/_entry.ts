/** The tracked entries.
 *
 * @module
 */

import type { ReplicaId } from "../cluster/replica.ts";

/** A key in a topic, with its meta. Entries are immutable: an update creates another entry. */
export interface Entry<M> {
  /** The topic. */
  readonly topic: string;
  /** The key. */
  readonly key: string;
  /** The data of the key. */
  readonly meta: M;
  /** The replica whose process tracks it. */
  readonly replica: ReplicaId;
  /** The replica's clock when the entry was added. Together with `replica` it identifies the entry (its "dot"). */
  readonly clock: number;
}
