/**
 * The index of a registry, entries by key: one entry for each key, or any number.
 *
 * @module
 */

import type { Pid } from "../process/pid.ts";
import type { RegistryEntry } from "./entry.ts";

/** An index of entries by the identity of their key. */
export interface RegistryIndex<E> {
  /**
   * Returns the entries of a key that belong to live processes, oldest first. The list never changes; do not modify it.
   */
  under(id: unknown): readonly E[];
  /** Adds an entry. */
  add(id: unknown, entry: E): void;
  /** Removes an entry, if it is still there. */
  delete(id: unknown, entry: E): void;
}

type AnyEntry = RegistryEntry<unknown, unknown, Pid<never>>;

const NONE: readonly never[] = [];

/** An index with one entry for each key. */
export class UniqueIndex<E extends AnyEntry> implements RegistryIndex<E> {
  readonly #entries: Map<unknown, E> = new Map();

  /** Returns the entry of a key, even if its process has just ended. */
  get(id: unknown): E | undefined {
    return this.#entries.get(id);
  }

  under(id: unknown): readonly E[] {
    const entry = this.#entries.get(id);
    return entry?.pid.alive ? [entry] : NONE;
  }

  add(id: unknown, entry: E): void {
    this.#entries.set(id, entry);
  }

  delete(id: unknown, entry: E): void {
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
  }
}

/** An index with any number of entries for each key. */
export class DuplicateIndex<E extends AnyEntry> implements RegistryIndex<E> {
  readonly #bags: Map<unknown, Bag<E>> = new Map();

  under(id: unknown): readonly E[] {
    return this.#bags.get(id)?.living ?? NONE;
  }

  add(id: unknown, entry: E): void {
    const bag = this.#bags.get(id);
    if (bag) bag.add(entry);
    else this.#bags.set(id, new Bag(entry));
  }

  delete(id: unknown, entry: E): void {
    if (this.#bags.get(id)?.delete(entry) === 0) this.#bags.delete(id);
  }
}

/**
 * The entries of one key. A lookup returns a list that never changes. The list is created once and kept until an entry
 * is added or removed, so neither a lookup nor a registration copies it.
 */
class Bag<E extends AnyEntry> {
  readonly #entries: Set<E>;
  #list: readonly E[] | undefined;

  constructor(first: E) {
    this.#entries = new Set([first]);
  }

  get living(): readonly E[] {
    const list = this.#list ??= [...this.#entries];
    // Ended, but its exit listener was not called yet: only while the end is being reported.
    for (let i = 0; i < list.length; i++) if (!list[i]!.pid.alive) return list.filter(({ pid }) => pid.alive);
    return list;
  }

  add(entry: E): void {
    this.#entries.add(entry);
    this.#list = undefined;
  }

  /** Removes an entry, and returns how many are left. */
  delete(entry: E): number {
    this.#entries.delete(entry);
    this.#list = undefined;
    return this.#entries.size;
  }
}
