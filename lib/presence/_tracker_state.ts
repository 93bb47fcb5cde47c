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
import { cutFragment, type Piece, type TransferNeed } from "./_cut_fragment.ts";
import type { Fragment, FragmentEntry } from "./_fragment.ts";
import { type ReplicaClock, type ReplicaId, replicaId, type ReplicaRef } from "../cluster/replica.ts";
import { entriesWithin, type Knowledge, wholeOf } from "./_knowledge.ts";
import { Roster } from "./roster.ts";

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

  /**
   * The changes of this replica since {@linkcode commitDelta}, for all nodes; `undefined` if there are none.
   *
   * @param maxBytes How many bytes of JSON they may have. Of more, it returns the first ones.
   */
  delta(maxBytes: number = Infinity): Fragment<M> | undefined {
    if (this.#delta.isEmpty) return undefined;
    const upTo = maxBytes === Infinity ? Infinity : this.#delta.reach(maxBytes);
    return this.#delta.split(upTo)[0].toFragment(this.replica);
  }

  /** Whether there are changes that have not been sent. */
  get hasDelta(): boolean {
    return !this.#delta.isEmpty;
  }

  /** Starts the next delta after this one, or the changes up to a clock, has been sent. */
  commitDelta(upTo: number = this.#clock): void {
    if (this.#delta.isEmpty) return;
    const [sent, rest] = this.#delta.split(upTo);
    this.#log?.push(sent);
    this.#delta = rest;
  }

  /** How far the changes of this replica have been sent. */
  get ownClock(): ReplicaClock {
    return [this.replica.name, this.replica.vsn, this.#delta.from];
  }

  /** How far each replica is known without a gap. For this one: how far its deltas have been sent. */
  get clocks(): ReplicaClock[] {
    return Array.from(this.#replicas.values(), ({ replica, heardOf }) => {
      return replica === this.replica ? this.ownClock : [replica.name, replica.vsn, heardOf.prefix] as const;
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

  /** How far a replica is known without a gap. */
  clockOf(replica: ReplicaRef): number {
    return this.#replicas.get(replicaId(replica))?.heardOf.prefix ?? 0;
  }

  /**
   * Returns the next piece of what is known here about a replica, but not to another node.
   *
   * @returns The piece; `undefined` if nothing more is known here.
   */
  extract({ replica, clock, rest, maxBytes }: TransferNeed): Piece<M> | undefined {
    const known = this.#replicas.get(replicaId(replica));
    if (!known) return undefined;
    const isOwn = known === this.#own;
    // What was not yet sent to all nodes is left to the next delta.
    const [after, upTo] = rest ?? [0, isOwn ? this.#delta.from : known.heardOf.prefix];
    if (clock >= upTo || after >= upTo) return undefined;
    const source = (isOwn ? this.#log?.since(clock) : undefined) ?? wholeOf(known);
    const { ranges, entries } = source;
    return cutFragment({ replica: known.replica, ranges, entries }, { rest: [after, upTo], clock, maxBytes });
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
    if (!known || !this.accepts(fragment)) return diff;
    const present = new Set(fragment.known);
    for (const [clock] of fragment.entries) present.add(clock);
    for (const entry of entriesWithin(known.entries, fragment.ranges)) {
      if (!present.has(entry.clock)) this.#remove(known, entry, diff);
    }
    for (const entry of fragment.entries) {
      if (!known.heardOf.has(entry[0]) && !known.entries.has(entry[0])) this.#add(known, entry, diff);
    }
    for (const [first, last] of fragment.ranges) known.heardOf.add(first, last);
    return diff;
  }

  /**
   * Returns whether {@linkcode merge} does not ignore a fragment: it is about a known replica, and its sender does not
   * assume entries that were discarded here meanwhile, without which it would be incomplete.
   */
  accepts(fragment: Fragment<M>): boolean {
    const known = this.#replicas.get(replicaId(fragment.replica));
    return known !== undefined && known !== this.#own && fragment.known.every((clock) => known.heardOf.has(clock));
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
