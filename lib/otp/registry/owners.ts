/**
 * Which entries of a registry belong to which process.
 *
 * @module
 */

import { type Process, processOf } from "../process/process.ts";
import type { Pid } from "../process/pid.ts";

const NONE: ReadonlyMap<unknown, readonly never[]> = new Map();

/** The entries of one process, by the identity of their key. */
class Owner<E> {
  readonly entries: Map<unknown, E[]> = new Map();
  readonly onExit: () => void;

  constructor(onExit: () => void) {
    this.onExit = onExit;
  }
}

/** Entries by process; listens for the end of each process that has any, and no longer. */
export class RegistryOwners<E> {
  readonly #owners: Map<Process, Owner<E>> = new Map();
  readonly #onGone: (process: Process) => void;
  #size = 0;

  /** Creates an empty table; `onGone` is called with a process that has ended and still has entries. */
  constructor(onGone: (process: Process) => void) {
    this.#onGone = onGone;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** The processes that have entries. */
  get processes(): Process[] {
    return [...this.#owners.keys()];
  }

  /** The entries of a process, those of one key together. */
  of(pid: Pid<never>): E[] {
    const owner = this.#owners.get(pid as Process);
    return owner ? [...owner.entries.values()].flat() : [];
  }

  /** The entries of a process under one key, oldest first. */
  under(id: unknown, pid: Pid<never>): readonly E[] {
    return this.#owners.get(pid as Process)?.entries.get(id) ?? [];
  }

  /** All entries. */
  *[Symbol.iterator](): Generator<E, void, void> {
    for (const { entries } of this.#owners.values()) for (const some of entries.values()) yield* some;
  }

  /** Adds an entry of a live process. */
  add(id: unknown, pid: Pid<never>, entry: E): void {
    const process = processOf(pid);
    let owner = this.#owners.get(process);
    if (!owner) {
      owner = new Owner(() => this.#onGone(process));
      this.#owners.set(process, owner);
      process.onExit(owner.onExit);
    }
    const under = owner.entries.get(id);
    if (under) under.push(entry);
    else owner.entries.set(id, [entry]);
    this.#size++;
  }

  /** Puts `entry` in the place of `old`. */
  replace(id: unknown, pid: Pid<never>, old: E, entry: E): void {
    const under = this.#owners.get(pid as Process)?.entries.get(id);
    if (under) under[under.indexOf(old)] = entry;
  }

  /** Takes out the entries of a process under one key, as far as they match, and answers which they were. */
  take(id: unknown, pid: Pid<never>, matches: (entry: E) => boolean): E[] {
    const owner = this.#owners.get(pid as Process);
    const under = owner?.entries.get(id);
    if (!owner || !under) return [];
    const taken = under.filter(matches);
    const gone = new Set(taken);
    if (taken.length === under.length) owner.entries.delete(id);
    else owner.entries.set(id, under.filter((entry) => !gone.has(entry)));
    this.#size -= taken.length;
    if (owner.entries.size === 0) this.takeAll(pid);
    return taken;
  }

  /**
   * Takes out all entries of a process.
   *
   * @returns Which they were, by the identity that their key had when they were added: a key may have changed since.
   */
  takeAll(pid: Pid<never>): ReadonlyMap<unknown, readonly E[]> {
    const process = pid as Process;
    const owner = this.#owners.get(process);
    if (!owner) return NONE;
    process.offExit(owner.onExit);
    this.#owners.delete(process);
    for (const some of owner.entries.values()) this.#size -= some.length;
    return owner.entries;
  }
}
