/**
 * The state of a tracker: a CRDT, without a clock, a process or a network.
 *
 * It is an add-wins observed-remove set, replicated by deltas (Almeida, Shoker and Baquero: "Delta State Replicated
 * Data Types"), as is Phoenix.Tracker's. Each replica counts its changes, joins and leaves alike. An entry is
 * identified by the clock at which it joined, its dot. For each replica, the state contains its known clocks, stored as
 * ranges. A known clock without an entry belongs to one that has left: so repeated messages do not bring entries back,
 * and no tombstones are needed.
 *
 * Which replicas are up or down, and which messages are sent, is decided elsewhere.
 *
 * @module
 */

import { ClockRanges } from "./_clock_ranges.ts";
import { Delta } from "./_delta.ts";
import type { DeltaLog } from "./_delta_log.ts";
import { Diff } from "./_diff.ts";
import type { Entry } from "./_entry.ts";
import type { Fragment, FragmentEntry } from "./_fragment.ts";
import { type ReplicaClock, type ReplicaId, replicaId, type ReplicaRef } from "../cluster/replica.ts";
import { Roster } from "./roster.ts";

/** The known state of a replica. If the replica is down, the state is kept but not visible. */
interface Knowledge<M> {
  readonly replica: ReplicaRef;
  readonly heardOf: ClockRanges;
  readonly entries: Map<number, Entry<M>>;
  status: "up" | "down";
}

/** One replica's view of all replicas. */
export class TrackerState<M> {
  /** This replica. */
  readonly replica: ReplicaRef;
  /** The visible entries: those of all replicas that are up. */
  readonly roster: Roster<M> = new Roster<M>();
  readonly #id: ReplicaId;
  readonly #own: Knowledge<M>;
  readonly #replicas = new Map<ReplicaId, Knowledge<M>>();
  readonly #log: DeltaLog<M> | undefined;
  #delta: Delta<M> = new Delta<M>(0);
  #clock = 0;

  /**
   * Creates the state of a replica without entries that knows no other replicas.
   *
   * @param replica The replica.
   * @param log Stores its deltas. Without one no deltas are created, since there are no other nodes.
   */
  constructor(replica: ReplicaRef, log?: DeltaLog<M>) {
    this.replica = replica;
    this.#id = replicaId(replica);
    this.#log = log;
    this.#own = this.#know(replica);
  }

  /** Adds an entry of this replica. */
  join(topic: string, key: string, meta: M): Entry<M> {
    const clock = this.#tick();
    const entry: Entry<M> = { topic, key, meta, replica: this.#id, clock };
    this.#own.entries.set(clock, entry);
    this.roster.add(entry);
    if (this.#log) this.#delta.join(entry);
    return entry;
  }

  /** Removes an entry of this replica. */
  leave(entry: Entry<M>): void {
    if (entry.replica !== this.#id || !this.#own.entries.delete(entry.clock)) return;
    this.roster.delete(entry);
    const clock = this.#tick();
    if (this.#log) this.#delta.leave(entry.clock, clock);
  }

  /** The changes of this replica since {@linkcode commitDelta}, for all nodes; `undefined` if there are none. */
  get delta(): Fragment<M> | undefined {
    return this.#delta.isEmpty ? undefined : this.#delta.toFragment(this.replica);
  }

  /** Starts the next delta after the last one has been sent. */
  commitDelta(): void {
    if (!this.#delta.isEmpty) this.#log?.push(this.#delta);
    this.#delta = new Delta(this.#clock);
  }

  /** How far each replica is known without a gap. For this one: how far its deltas have been sent. */
  get clocks(): ReplicaClock[] {
    return Array.from(this.#replicas.values(), ({ replica, heardOf }) => {
      const clock = replica === this.replica ? this.#delta.from : heardOf.prefix;
      return [replica.name, replica.vsn, clock] as const;
    });
  }

  /** Returns the replicas for which these clocks are ahead of this state, among those that are up. */
  behind(clocks: readonly ReplicaClock[]): ReplicaRef[] {
    const ahead: ReplicaRef[] = [];
    for (const [name, vsn, clock] of clocks) {
      const known = this.#replicas.get(replicaId({ name, vsn }));
      if (known && known !== this.#own && known.status === "up" && known.heardOf.prefix < clock) {
        ahead.push(known.replica);
      }
    }
    return ahead;
  }

  /**
   * Returns the changes that are known here but not to a node with these `clocks`.
   *
   * @param clocks The clocks of the other node. Replicas that are not in it are skipped.
   * @returns A fragment for each replica about which more is known here.
   */
  extract(clocks: readonly ReplicaClock[]): Fragment<M>[] {
    const fragments: Fragment<M>[] = [];
    for (const [name, vsn, clock] of clocks) {
      const known = this.#replicas.get(replicaId({ name, vsn }));
      if (!known) continue;
      const fragment = known === this.#own ? this.#extractOwn(clock) : extractOther(known, clock);
      if (fragment) fragments.push(fragment);
    }
    return fragments;
  }

  /**
   * Merges a fragment of another replica. Fragments may arrive repeatedly and in any order: only new changes have an
   * effect.
   *
   * Fragments about unknown replicas, or about this one, are ignored.
   *
   * @param fragment The changes.
   * @param diff Collects the changes of visible entries.
   * @returns `diff`.
   */
  merge(fragment: Fragment<M>, diff: Diff<M> = new Diff()): Diff<M> {
    const known = this.#replicas.get(replicaId(fragment.replica));
    if (!known || known === this.#own) return diff;
    // The sender assumes entries that were discarded here meanwhile: the fragment would be incomplete.
    if (fragment.known.some((clock) => !known.heardOf.has(clock))) return diff;

    const present = new Set(fragment.known);
    for (const [clock] of fragment.entries) present.add(clock);
    for (const entry of entriesWithin(known.entries, fragment.ranges)) {
      if (!present.has(entry.clock)) this.#remove(known, entry, diff);
    }
    for (const entry of fragment.entries) {
      if (!known.heardOf.has(entry[0])) this.#add(known, entry, diff);
    }
    for (const [first, last] of fragment.ranges) known.heardOf.add(first, last);
    return diff;
  }

  /** Marks a replica as up, for the first time or again: its known entries become visible. */
  replicaUp(replica: ReplicaRef, diff: Diff<M> = new Diff()): Diff<M> {
    const known = this.#replicas.get(replicaId(replica)) ?? this.#know(replica);
    if (known.status === "up") return diff;
    known.status = "up";
    for (const entry of known.entries.values()) this.#show(entry, diff);
    return diff;
  }

  /** Marks a replica as down: its entries are kept but not visible. */
  replicaDown(replica: ReplicaRef, diff: Diff<M> = new Diff()): Diff<M> {
    const known = this.#replicas.get(replicaId(replica));
    if (!known || known === this.#own || known.status === "down") return diff;
    known.status = "down";
    for (const entry of known.entries.values()) this.#hide(entry, diff);
    return diff;
  }

  /** Marks a replica as permanently down: its state is discarded. */
  replicaPermdown(replica: ReplicaRef, diff: Diff<M> = new Diff()): Diff<M> {
    this.replicaDown(replica, diff);
    if (replicaId(replica) !== this.#id) this.#replicas.delete(replicaId(replica));
    return diff;
  }

  /** The other replicas that are known. */
  get others(): ReplicaRef[] {
    return Array.from(this.#replicas.values(), ({ replica }) => replica).filter((replica) => replica !== this.replica);
  }

  #tick(): number {
    const clock = ++this.#clock;
    this.#own.heardOf.add(clock, clock);
    return clock;
  }

  #know(replica: ReplicaRef): Knowledge<M> {
    const known: Knowledge<M> = { replica, heardOf: new ClockRanges(), entries: new Map(), status: "up" };
    this.#replicas.set(replicaId(replica), known);
    return known;
  }

  /** Extracts changes of this replica. Those not yet sent to all nodes are left to the next delta. */
  #extractOwn(clock: number): Fragment<M> | undefined {
    if (clock >= this.#delta.from) return undefined;
    return this.#log?.since(clock)?.toFragment(this.replica) ?? extractAll(this.#own, clock);
  }

  #add(known: Knowledge<M>, [clock, topic, key, meta]: FragmentEntry<M>, diff: Diff<M>): void {
    const entry: Entry<M> = { topic, key, meta, replica: replicaId(known.replica), clock };
    known.entries.set(clock, entry);
    if (known.status === "up") this.#show(entry, diff);
  }

  #remove(known: Knowledge<M>, entry: Entry<M>, diff: Diff<M>): void {
    known.entries.delete(entry.clock);
    if (known.status === "up") this.#hide(entry, diff);
  }

  #show(entry: Entry<M>, diff: Diff<M>): void {
    this.roster.add(entry);
    diff.join(entry);
  }

  #hide(entry: Entry<M>, diff: Diff<M>): void {
    this.roster.delete(entry);
    diff.leave(entry);
  }
}

function extractOther<M>(known: Knowledge<M>, clock: number): Fragment<M> | undefined {
  return clock < known.heardOf.prefix ? extractAll(known, clock) : undefined;
}

/** Returns the whole state of a replica, in which entries up to `clock` are represented by their clocks only. */
function extractAll<M>({ replica, heardOf, entries }: Knowledge<M>, clock: number): Fragment<M> {
  const known: number[] = [];
  const unknown: FragmentEntry<M>[] = [];
  for (const entry of entries.values()) {
    if (entry.clock <= clock) known.push(entry.clock);
    else unknown.push([entry.clock, entry.topic, entry.key, entry.meta]);
  }
  return { replica, ranges: heardOf.toArray(), entries: unknown, known };
}

/** Returns the entries that joined at clocks in `ranges`, using the cheaper of two searches. */
function entriesWithin<M>(entries: ReadonlyMap<number, Entry<M>>, ranges: Fragment<M>["ranges"]): Entry<M>[] {
  const span = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (span > entries.size) {
    const within = new ClockRanges(ranges);
    return [...entries.values()].filter(({ clock }) => within.has(clock));
  }
  const found: Entry<M>[] = [];
  for (const [first, last] of ranges) {
    for (let clock = first; clock <= last; clock++) {
      const entry = entries.get(clock);
      if (entry) found.push(entry);
    }
  }
  return found;
}
