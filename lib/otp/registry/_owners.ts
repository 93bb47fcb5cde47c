/**
 * The entries of a registry by process.
 *
 * @module
 */

import { OwnedBy } from "../process/owned_by.ts";
import type { Process } from "../process/process.ts";
import type { Pid } from "../process/pid.ts";

const NONE: EntriesByKey<never> = new Map();

/**
 * The entries of one process, by the identity that their key had when they were added. The key may have changed since.
 */
export type EntriesByKey<E> = ReadonlyMap<unknown, readonly E[]>;

/** An index of entries by process and by the identity of their key. */
export class RegistryOwners<E> {
  readonly #owned: OwnedBy<Map<unknown, E[]>>;
  #size = 0;

  /** Creates an empty index; `onGone` is called with the entries of a process that has ended. */
  constructor(onGone: (entries: EntriesByKey<E>) => void) {
    this.#owned = new OwnedBy((entries) => onGone(this.#uncounted(entries)));
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** The processes that have entries. */
  get processes(): Process[] {
    return [...this.#owned.owners];
  }

  /** Returns the entries of a process, grouped by key. */
  of(pid: Pid<never>): E[] {
    return [...this.#owned.get(pid)?.values() ?? []].flat();
  }

  /** Returns the entries of a process under one key, oldest first. */
  under(id: unknown, pid: Pid<never>): readonly E[] {
    return this.#owned.get(pid)?.get(id) ?? [];
  }

  /** Iterates over all entries. */
  *[Symbol.iterator](): Generator<E, void, void> {
    for (const entries of this.#owned.values) for (const some of entries.values()) yield* some;
  }

  /** Adds an entry of a live process. */
  add(id: unknown, pid: Pid<never>, entry: E): void {
    const entries = this.#owned.get(pid);
    const under = entries?.get(id);
    if (!entries) this.#owned.set(pid, new Map([[id, [entry]]]));
    else if (under) under.push(entry);
    else entries.set(id, [entry]);
    this.#size++;
  }

  /** Replaces `old` by `entry`. */
  replace(id: unknown, pid: Pid<never>, old: E, entry: E): void {
    const under = this.#owned.get(pid)?.get(id);
    if (under) under[under.indexOf(old)] = entry;
  }

  /** Removes the entries of a process under one key for which `matches` returns `true`, and returns them. */
  take(id: unknown, pid: Pid<never>, matches: (entry: E) => boolean): E[] {
    const entries = this.#owned.get(pid);
    const under = entries?.get(id);
    if (!entries || !under) return [];
    const taken = under.filter(matches);
    const gone = new Set(taken);
    if (taken.length === under.length) entries.delete(id);
    else entries.set(id, under.filter((entry) => !gone.has(entry)));
    this.#size -= taken.length;
    if (entries.size === 0) this.#owned.delete(pid);
    return taken;
  }

  /** Removes all entries of a process, and returns them. */
  takeAll(pid: Pid<never>): EntriesByKey<E> {
    const entries = this.#owned.delete(pid);
    return entries ? this.#uncounted(entries) : NONE;
  }

  #uncounted(entries: EntriesByKey<E>): EntriesByKey<E> {
    for (const some of entries.values()) this.#size -= some.length;
    return entries;
  }
}
