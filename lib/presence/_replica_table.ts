/**
 * Which replicas are there: by when they were heard last. Pure: it is told the time.
 *
 * @module
 */

import { type ReplicaId, replicaId, type ReplicaRef } from "./replica.ts";

/** How long a silent replica is believed to be there. */
export interface ReplicaPeriods {
  /** Silent for longer, it is down. */
  readonly downPeriodMs: number;
  /** Silent for longer, it is permdown. */
  readonly permdownPeriodMs: number;
}

/** What a message says about its sender. */
export type Heard =
  /** It is there, as it was. */
  | { readonly news: "none" }
  /** It is there, and was not before; `replaces` are earlier runs of the same node, which are over. */
  | { readonly news: "up"; readonly replaces: readonly ReplicaRef[] }
  /** It is over: the message took a long way. */
  | { readonly news: "stale" };

/** Who has been silent for too long. */
export interface Silent {
  /** May come back. */
  readonly down: readonly ReplicaRef[];
  /** Will not, as far as anybody can tell. */
  readonly permdown: readonly ReplicaRef[];
}

interface Presumed {
  readonly replica: ReplicaRef;
  status: "up" | "down";
  heardAtMs: number;
}

const NO_NEWS: Heard = { news: "none" };
const STALE: Heard = { news: "stale" };

/** The other replicas. */
export class ReplicaTable {
  readonly #periods: ReplicaPeriods;
  readonly #replicas = new Map<ReplicaId, Presumed>();
  /** Those that are over for sure, so that a late message does not bring them back, and since when. */
  readonly #over = new Map<ReplicaId, number>();

  /** Creates a table without replicas. */
  constructor(periods: ReplicaPeriods) {
    this.#periods = periods;
  }

  /** `replica` has been heard. */
  heard(replica: ReplicaRef, nowMs: number): Heard {
    const id = replicaId(replica);
    if (this.#over.has(id)) return STALE;
    const presumed = this.#replicas.get(id);
    if (presumed?.status === "up") {
      presumed.heardAtMs = nowMs;
      return NO_NEWS;
    }
    const others = [...this.#replicas.values()].map((other) => other.replica);
    const replaces = others.filter(({ name, vsn }) => name === replica.name && vsn !== replica.vsn);
    for (const other of replaces) this.retire(other, nowMs);
    this.#replicas.set(id, { replica, status: "up", heardAtMs: nowMs });
    return { news: "up", replaces };
  }

  /** `replica` is over: it said so, or its node runs anew. */
  retire(replica: ReplicaRef, nowMs: number): void {
    this.#replicas.delete(replicaId(replica));
    this.#over.set(replicaId(replica), nowMs);
  }

  /** Finds those who have been silent for too long. */
  sweep(nowMs: number): Silent {
    const { downPeriodMs, permdownPeriodMs } = this.#periods;
    const down: ReplicaRef[] = [];
    const permdown: ReplicaRef[] = [];
    for (const [id, presumed] of this.#replicas) {
      const silentMs = nowMs - presumed.heardAtMs;
      if (silentMs > permdownPeriodMs) {
        permdown.push(presumed.replica);
        this.#replicas.delete(id);
      } else if (presumed.status === "up" && silentMs > downPeriodMs) {
        presumed.status = "down";
        down.push(presumed.replica);
      }
    }
    for (const [id, sinceMs] of this.#over) if (nowMs - sinceMs > permdownPeriodMs) this.#over.delete(id);
    return { down, permdown };
  }
}
