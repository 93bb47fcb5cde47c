/**
 * Which replicas are up, by when they were last heard from. Pure: callers pass the time.
 *
 * @module
 */

import { type ReplicaId, replicaId, type ReplicaRef } from "./replica.ts";

/** How long a replica may be silent. */
export interface ReplicaPeriods {
  /** A replica that is silent for longer is considered down. */
  readonly downPeriodMs: number;
  /** A replica that is silent for longer is considered permdown. */
  readonly permdownPeriodMs: number;
}

/** What a message reveals about the status of its sender. */
export type Heard =
  /** It is up, as before. */
  | { readonly news: "none" }
  /**
   * It came up; `replaces` are earlier runs of the same node, which have ended. `isBack` says that this run or one of
   * those was down.
   */
  | { readonly news: "up"; readonly replaces: readonly ReplicaRef[]; readonly isBack: boolean }
  /** It has ended: the message arrived late. */
  | { readonly news: "stale" };

/** The replicas that have been silent for too long. */
export interface Silent {
  /** Replicas that are down and may come back. */
  readonly down: readonly ReplicaRef[];
  /** Replicas that are considered gone for good. */
  readonly permdown: readonly ReplicaRef[];
}

interface Presumed {
  readonly replica: ReplicaRef;
  status: "up" | "down";
  heardAtMs: number;
}

/** How many ended replicas are remembered. The oldest are forgotten first: a peer must not make a node keep endless ones. */
const MAX_OVER = 4096;

const NO_NEWS: Heard = { news: "none" };
const STALE: Heard = { news: "stale" };

/** Keeps track of which other replicas are up. */
export class ReplicaTable {
  readonly #periods: ReplicaPeriods;
  readonly #replicas = new Map<ReplicaId, Presumed>();
  /** The replicas that have ended, with the time, so that a late message does not bring them back. */
  readonly #over = new Map<ReplicaId, number>();

  /** Creates a table without replicas. */
  constructor(periods: ReplicaPeriods) {
    this.#periods = periods;
  }

  /** Records a message from `replica`. */
  heard(replica: ReplicaRef, nowMs: number): Heard {
    const id = replicaId(replica);
    if (this.#over.has(id)) return STALE;
    const presumed = this.#replicas.get(id);
    if (presumed?.status === "up") {
      presumed.heardAtMs = nowMs;
      return NO_NEWS;
    }
    const runs = [...this.#replicas.values()].filter((other) => other.replica.name === replica.name);
    const isBack = runs.some(({ status }) => status === "down");
    const replaces = runs.map((other) => other.replica).filter(({ vsn }) => vsn !== replica.vsn);
    for (const other of replaces) this.retire(other, nowMs);
    this.#replicas.set(id, { replica, status: "up", heardAtMs: nowMs });
    return { news: "up", replaces, isBack };
  }

  /**
   * Marks `replica` as ended: it said so, or its node has restarted.
   *
   * @returns Whether it was up or down until now.
   */
  retire(replica: ReplicaRef, nowMs: number): boolean {
    const id = replicaId(replica);
    this.#over.delete(id); // so that it is the latest
    this.#over.set(id, nowMs);
    for (const oldest of this.#over.keys()) {
      if (this.#over.size <= MAX_OVER) break;
      this.#over.delete(oldest);
    }
    return this.#replicas.delete(id);
  }

  /** Whether `replica` is up or down. */
  has(replica: ReplicaRef): boolean {
    return this.#replicas.has(replicaId(replica));
  }

  /** The replicas that are up or down. */
  *[Symbol.iterator](): Generator<{ readonly replica: ReplicaRef; readonly status: "up" | "down" }> {
    yield* this.#replicas.values();
  }

  /** How many there are, up or down. */
  get size(): number {
    return this.#replicas.size;
  }

  /** Returns the replicas that have been silent for too long. */
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
