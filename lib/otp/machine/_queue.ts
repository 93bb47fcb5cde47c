/**
 * The events that a state machine has in hand: which comes next, which are put off. Pure bookkeeping.
 *
 * @module
 */

/** What became of an event: read by {@linkcode EventQueue.conclude}. */
export interface Conclusion<E> {
  /** Whether the event is put off until the state changes. */
  readonly postponed: boolean;
  /** Whether the state changed. */
  readonly changed: boolean;
  /** Events to handle before all others, in this order. */
  readonly nextEvents: readonly E[];
}

/** Events that come before those in the mailbox, and events that wait for another state. */
export class EventQueue<E> {
  /** The next is the last: everything is added in front. */
  readonly #ready: E[] = [];
  #postponed: E[] = [];

  /** How many events wait for another state. */
  get postponedLength(): number {
    return this.#postponed.length;
  }

  /** Takes the event to handle before any message, if there is one. */
  next(): E | undefined {
    return this.#ready.pop();
  }

  /**
   * Does the bookkeeping after `event` was handled: a change of state brings the postponed events back, oldest first,
   * before those already in hand, and new events come before them all.
   *
   * @param event What was handled; `undefined` for the start of the machine.
   * @param conclusion What became of it.
   */
  conclude(event: E | undefined, { postponed, changed, nextEvents }: Conclusion<E>): void {
    if (postponed && event !== undefined) this.#postponed.push(event);
    if (changed && this.#postponed.length > 0) {
      this.#putInFront(this.#postponed);
      this.#postponed = [];
    }
    this.#putInFront(nextEvents);
  }

  #putInFront(events: readonly E[]): void {
    for (let i = events.length - 1; i >= 0; i--) this.#ready.push(events[i]!);
  }
}
