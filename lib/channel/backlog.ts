/**
 * How much of what one client sent waits for its channels.
 *
 * Messages are counted by the length of the frames they came in. Pure: whoever lets something wait says so, and whoever
 * takes it.
 *
 * @module
 */

/** What waits for all channels and joins of one connection. */
export class Backlog {
  /** How much. */
  length = 0;
  readonly #max: number;

  /** Creates an empty backlog that is full from `max` on. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Whether nothing more may wait. The last message may be larger than what was left: one always has room. */
  get isFull(): boolean {
    return this.length >= this.#max;
  }
}

/** What waits for one channel: its part of the backlog, given back as a whole when it ends. */
export class BacklogShare {
  readonly #backlog: Backlog;
  #length = 0;

  /** Creates a share without anything in it. */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** A message begins to wait. */
  put(length: number): void {
    this.#length += length;
    this.#backlog.length += length;
  }

  /** A message waits no longer. */
  take(length: number): void {
    this.#length -= length;
    this.#backlog.length -= length;
  }

  /** The channel has ended: nothing waits for it. */
  clear(): void {
    this.take(this.#length);
  }
}
