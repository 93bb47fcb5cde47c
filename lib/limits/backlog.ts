/**
 * How much of what one client sent waits for its channels, or is in the hands of their handlers.
 *
 * Messages are counted by the memory that they take, see `frameWeight`. Pure: whoever lets something wait says so, and
 * whoever is done with it.
 *
 * @module
 */

/** What waits for all channels and joins of one connection. */
export class Backlog {
  /** How much. */
  length = 0;
  /** How much may wait. */
  readonly max: number;

  /** Creates an empty backlog. */
  constructor(max: number) {
    this.max = max;
  }

  /** Whether nothing more may wait. The last message may be larger than what was left: one always has room. */
  get isFull(): boolean {
    return this.length >= this.max;
  }
}

/** What waits for one channel or join: its part of the backlog, given back as a whole when it ends. */
export class BacklogShare {
  readonly #backlog: Backlog;
  #length = 0;
  #join = 0;

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

  /** A join begins to wait, with its parameters. */
  putJoin(length: number): void {
    this.#join = length;
    this.put(length);
  }

  /** As {@linkcode handOver}, for the join. @returns Its length, for {@linkcode settle}. */
  handOverJoin(): number {
    this.handOver(this.#join);
    return this.#join;
  }

  /** A waiting message is in the hands of a handler now. It counts until {@linkcode settle}, also after {@linkcode clear}. */
  handOver(length: number): void {
    this.#length -= length;
  }

  /** A handler is done with a message that was handed over. */
  settle(length: number): void {
    this.#backlog.length -= length;
  }

  /** Nothing waits any longer. */
  clear(): void {
    this.take(this.#length);
  }
}
