/**
 * How often something may be done that costs much.
 *
 * @module
 */

/** The part of the time that it may take. */
const SHARE = 1 / 200;

/**
 * Does something with each turn of a timer, as long as it takes half a percent of the time at most; with more work it
 * leaves out turns.
 */
export class Pace {
  readonly #budgetMs: number;
  readonly #now: () => number;
  #tookMs = 0;
  #turnsToSkip = 0;

  /**
   * Creates a pace whose first turn is not left out.
   *
   * @param turnMs The time between two turns, in milliseconds.
   * @param now Returns the time in milliseconds.
   */
  constructor(turnMs: number, now: () => number = () => performance.now()) {
    this.#budgetMs = turnMs * SHARE;
    this.#now = now;
  }

  /** Takes a turn: does the work, or leaves it out. */
  turn(work: () => void): void {
    if (this.#turnsToSkip > 0) return void this.#turnsToSkip--;
    const from = this.#now();
    work();
    const tookMs = this.#now() - from;
    const usualMs = Math.min(tookMs, this.#tookMs); // not what the first run or a busy machine took once
    this.#tookMs = tookMs;
    this.#turnsToSkip = Math.floor(usualMs / this.#budgetMs);
  }
}
