/**
 * Goes round the topics that this node uses, so that their numbers do not expire at Redis while nobody publishes.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";

/** Time between two steps, in milliseconds. */
const STEP_MS = 10_000;

/** Steps in which all topics are visited: 20 minutes, a third of the time after which numbers expire. */
const STEPS = 120;

/** Visits each entry of a map once in 20 minutes, a few at a time. */
export class RefreshRound<K, V> {
  readonly #entries: ReadonlyMap<K, V>;
  readonly #visit: (key: K, value: V) => void;
  readonly #alarm = new Alarm(() => this.#step());
  #isGoing = false;
  #round: Iterator<[K, V]> | undefined;

  /** Creates a round that does not go yet. */
  constructor(entries: ReadonlyMap<K, V>, visit: (key: K, value: V) => void) {
    this.#entries = entries;
    this.#visit = visit;
  }

  /** Goes on, if it does not already. */
  start(): void {
    if (this.#isGoing) return;
    this.#isGoing = true;
    this.#alarm.set(STEP_MS);
  }

  /** Pauses. */
  stop(): void {
    this.#isGoing = false;
    this.#alarm.clear();
  }

  #step(): void {
    this.#alarm.set(STEP_MS);
    const round = this.#round ??= this.#entries.entries();
    for (let left = Math.ceil(this.#entries.size / STEPS); left > 0; left--) {
      const next = round.next();
      if (next.done) return void (this.#round = undefined);
      this.#visit(...next.value);
    }
  }
}
