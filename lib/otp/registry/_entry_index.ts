/**
 * How a registry finds entries by key: one for each, or any number.
 *
 * @module
 */

import type { Pid } from "../process/pid.ts";
import type { RegistryEntry } from "./entry.ts";

/** Entries by the identity of their key. */
export interface RegistryIndex<E> {
  /** The entries of a key, oldest first, of processes that live. Not to be changed, and does not change. */
  under(id: unknown): readonly E[];
  /** Adds an entry. */
  add(id: unknown, entry: E): void;
  /** Takes an entry out, if it is still there. */
  delete(id: unknown, entry: E): void;
}

type AnyEntry = RegistryEntry<unknown, unknown, Pid<never>>;

const NONE: readonly never[] = [];

/** One entry for each key. */
export class UniqueIndex<E extends AnyEntry> implements RegistryIndex<E> {
  readonly #entries: Map<unknown, E> = new Map();

  /** The entry of a key, also of a process that has just ended. */
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

/** Any number of entries for each key. */
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
 * The entries of one key. Those who look get a list that nobody changes; it is made once and kept until an entry comes
 * or goes, so that a lookup costs no copy and a registration none either.
 */
class Bag<E extends AnyEntry> {
  readonly #entries: Set<E>;
  #list: readonly E[] | undefined;

  constructor(first: E) {
    this.#entries = new Set([first]);
  }

  get living(): readonly E[] {
    const list = this.#list ??= [...this.#entries];
    // Ended, but not told to us yet: only while an end spreads.
    for (let i = 0; i < list.length; i++) if (!list[i]!.pid.alive) return list.filter(({ pid }) => pid.alive);
    return list;
  }

  add(entry: E): void {
    this.#entries.add(entry);
    this.#list = undefined;
  }

  /** Answers how many are left. */
  delete(entry: E): number {
    this.#entries.delete(entry);
    this.#list = undefined;
    return this.#entries.size;
  }
}
