/**
 * Counts things of few kinds, and remembers when the last of each kind came.
 *
 * @module
 */

/** How many of one kind there were. */
export interface Tallied<Kind> {
  /** The kind. */
  readonly kind: Kind;
  /** How many. */
  readonly count: number;
  /** When the last one came. */
  readonly latest: Date;
}

/** Counts by kind. Kinds are words of the library, never a client's, so that it stays small. */
export class Tally<Kind extends string> {
  readonly #counts = new Map<Kind, { count: number; latestMs: number }>();

  /** Counts some more of a kind. */
  add(kind: Kind, count = 1): void {
    let entry = this.#counts.get(kind);
    if (!entry) this.#counts.set(kind, entry = { count: 0, latestMs: 0 });
    entry.count += count;
    entry.latestMs = Date.now();
  }

  /** The kinds of which there were any, the one that came last first. */
  get list(): Tallied<Kind>[] {
    const counts = Array.from(
      this.#counts,
      ([kind, { count, latestMs }]) => ({ kind, count, latest: new Date(latestMs) }),
    );
    return counts.sort((a, b) => b.latest.getTime() - a.latest.getTime());
  }
}
