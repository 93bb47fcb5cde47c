/**
 * The queue of a state machine's own events: which comes next, which are postponed. Pure.
 *
 * @module
 */

/** The outcome of handling an event, for {@linkcode EventQueue.conclude}. */
export interface Conclusion<E> {
  /** Whether the event is postponed until the state changes. */
  readonly postponed: boolean;
  /** Whether the state changed. */
  readonly changed: boolean;
  /** Events to handle before all others, in this order. */
  readonly nextEvents: readonly E[];
}

/** The events to handle before those in the mailbox, and the postponed events, which wait for another state. */
export class EventQueue<E> {
  /** In reverse order: the next event is the last element. */
  readonly #ready: E[] = [];
  #postponed: E[] = [];

  /** Number of postponed events. */
  get postponedLength(): number {
    return this.#postponed.length;
  }

  /** Removes and returns the next event to handle before any message, if there is one. */
  next(): E | undefined {
    return this.#ready.pop();
  }

  /**
   * Updates the queue after `event` was handled: a change of state puts the postponed events, oldest first, before
   * those already in the queue; new events come before all others.
   *
   * @param event The event that was handled; `undefined` for the start of the machine.
   * @param conclusion The outcome.
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
