/**
 * The replica of a tracker on each other node. Pure.
 *
 * Which nodes are up is the membership's knowledge. A node has one replica of a tracker at a time: if the tracker is
 * created again in the same run of the node, its replica has a higher index.
 *
 * @module
 */

import { nodeOf, partIndex, type ReplicaId, replicaId, type ReplicaRef } from "../cluster/replica.ts";

/** What a message reveals about its sender. */
export type PeerNews =
  /** It is known. */
  | { readonly news: "none" }
  /** It is new; `replaces` is the one that its node had before. */
  | { readonly news: "new"; readonly replaces: ReplicaRef | undefined }
  /** It has ended: the message arrived late. */
  | { readonly news: "stale" };

interface Peer {
  readonly replica: ReplicaRef;
  /** Whether it has ended, while its node has not. */
  readonly isOver: boolean;
}

const NO_NEWS: PeerNews = { news: "none" };
const STALE: PeerNews = { news: "stale" };

/** Keeps one replica per node, so its size is bounded by the number of nodes. */
export class Peers {
  readonly #byNode = new Map<ReplicaId, Peer>();

  /** Records a message from `replica`, whose node is up. */
  heard(replica: ReplicaRef): PeerNews {
    const node = replicaId(nodeOf(replica));
    const known = this.#byNode.get(node);
    const age = known ? partIndex(replica) - partIndex(known.replica) : 1;
    if (age < 0 || (age === 0 && known!.isOver)) return STALE;
    if (age === 0) return NO_NEWS;
    this.#byNode.set(node, { replica, isOver: false });
    return { news: "new", replaces: known?.isOver ? undefined : known?.replica };
  }

  /** Returns the replica of a node; `undefined` if there is none, or none any more. */
  of(node: ReplicaRef): ReplicaRef | undefined {
    const peer = this.#byNode.get(replicaId(node));
    return peer?.isOver ? undefined : peer?.replica;
  }

  /** Marks a replica as ended, which {@linkcode heard} has just accepted. */
  retire(replica: ReplicaRef): void {
    this.#byNode.set(replicaId(nodeOf(replica)), { replica, isOver: true });
  }

  /** Forgets a node that is gone: the membership ignores its late messages. */
  delete(node: ReplicaRef): void {
    this.#byNode.delete(replicaId(node));
  }
}
