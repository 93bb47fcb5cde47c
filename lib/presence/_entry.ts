/**
 * What is tracked.
 *
 * @module
 */

import type { ReplicaId } from "./replica.ts";

/** A key in a topic, with what its owner says about it. An update makes another entry; nothing in one ever changes. */
export interface Entry<M> {
  /** Where. */
  readonly topic: string;
  /** Who. */
  readonly key: string;
  /** More about it. */
  readonly meta: M;
  /** Whose process tracks it. */
  readonly replica: ReplicaId;
  /** When that replica began to, by its own count. Together with `replica` it is the entry's identity, its "dot". */
  readonly clock: number;
}
