/**
 * The state of a tracker: a CRDT, without a clock, a process or a network.
 *
 * It is an add-wins observed-remove set, replicated by deltas (Almeida, Shoker and Baquero: "Delta State Replicated Data
 * Types"), as is Phoenix.Tracker's. Each replica counts what it does, joins and leaves alike. An entry is known by the
 * clock at which it came, its dot; and of each replica it is known which of its clocks have been heard of, as few
 * ranges. A clock that has been heard of and has no entry stands for one that is gone: so nothing comes back when
 * messages do, and no tombstones are kept.
 *
 * Only what is needed for that is here. When replicas are up or down, and who sends what to whom, is decided elsewhere.
 *
 * @module
 */

import { ClockRanges } from "./_clock_ranges.ts";
import { Delta } from "./_delta.ts";
import type { DeltaLog } from "./_delta_log.ts";
import { Diff } from "./_diff.ts";
import type { Entry } from "./_entry.ts";
import type { Fragment, FragmentEntry } from "./_fragment.ts";
import { type ReplicaClock, type ReplicaId, replicaId, type ReplicaRef } from "./replica.ts";
import { Roster } from "./roster.ts";

/** What is known of a replica. What is known of one that is down is kept, but not visible. */
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
  /** What is visible: the entries of all replicas that are up. */
  readonly roster: Roster<M> = new Roster<M>();
  readonly #id: ReplicaId;
  readonly #own: Knowledge<M>;
  readonly #replicas = new Map<ReplicaId, Knowledge<M>>();
  readonly #log: DeltaLog<M> | undefined;
  #delta: Delta<M> = new Delta<M>(0);
  #clock = 0;

  /**
   * Creates the state of a replica that has done nothing and knows of nobody.
   *
   * @param replica Itself.
   * @param log Keeps its deltas. Without one there are none: nobody else is to be told.
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

  /** What this replica did since {@linkcode commitDelta}, for everybody; `undefined` if it did nothing. */
  get delta(): Fragment<M> | undefined {
    return this.#delta.isEmpty ? undefined : this.#delta.toFragment(this.replica);
  }

  /** Begins the next delta: the last one has been sent. */
  commitDelta(): void {
    if (!this.#delta.isEmpty) this.#log?.push(this.#delta);
    this.#delta = new Delta(this.#clock);
  }

  /** How far each replica is known without a gap, this one included: as far as its deltas have been sent. */
  get clocks(): ReplicaClock[] {
    return Array.from(this.#replicas.values(), ({ replica, heardOf }) => {
      const clock = replica === this.replica ? this.#delta.from : heardOf.prefix;
      return [replica.name, replica.vsn, clock] as const;
    });
  }

  /** Which of these clocks go beyond what is known here, of replicas that are up. */
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
   * What is known here and not to somebody who knows as far as `clocks`.
   *
   * @param clocks What somebody knows. What is not in it is not of interest to them.
   * @returns A fragment for each replica of which more is known here.
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
   * Takes in what another replica did. Any number of times, in any order: only what is new has an effect.
   *
   * What is said of a replica that is unknown here, or of this one, is not taken in.
   *
   * @param fragment What it did.
   * @param diff Gets what that changes for those who look.
   * @returns `diff`.
   */
  merge(fragment: Fragment<M>, diff: Diff<M> = new Diff()): Diff<M> {
    const known = this.#replicas.get(replicaId(fragment.replica));
    if (!known || known === this.#own) return diff;
    // Said to be known here, but has been forgotten meanwhile: the rest would pass for all there is.
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

  /** A replica is there, for the first time or again: what is known of it becomes visible. */
  replicaUp(replica: ReplicaRef, diff: Diff<M> = new Diff()): Diff<M> {
    const known = this.#replicas.get(replicaId(replica)) ?? this.#know(replica);
    if (known.status === "up") return diff;
    known.status = "up";
    for (const entry of known.entries.values()) this.#show(entry, diff);
    return diff;
  }

  /** A replica cannot be heard: what is known of it is kept, but not visible. */
  replicaDown(replica: ReplicaRef, diff: Diff<M> = new Diff()): Diff<M> {
    const known = this.#replicas.get(replicaId(replica));
    if (!known || known === this.#own || known.status === "down") return diff;
    known.status = "down";
    for (const entry of known.entries.values()) this.#hide(entry, diff);
    return diff;
  }

  /** A replica will not be heard again: nothing is known of it any more. */
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

  /** What has not been sent to everybody yet is left to the next delta. */
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

/** Everything that is known, with the entries up to `clock` by their clocks only. */
function extractAll<M>({ replica, heardOf, entries }: Knowledge<M>, clock: number): Fragment<M> {
  const known: number[] = [];
  const unknown: FragmentEntry<M>[] = [];
  for (const entry of entries.values()) {
    if (entry.clock <= clock) known.push(entry.clock);
    else unknown.push([entry.clock, entry.topic, entry.key, entry.meta]);
  }
  return { replica, ranges: heardOf.toArray(), entries: unknown, known };
}

/** The entries that came at clocks in `ranges`, found by whatever is less work. */
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
