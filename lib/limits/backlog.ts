/**
 * The messages of one client that wait for its channels, or are being handled.
 *
 * Messages are counted by the memory that they take; see `frameWeight`. This module is pure: callers report when a
 * message begins to wait and when it is done.
 *
 * @module
 */

/** Counts the messages that wait for all channels and joins of one connection. */
export class Backlog {
  /** The memory that is in use. */
  length = 0;
  /** The limit. */
  readonly max: number;

  /** Creates an empty backlog. */
  constructor(max: number) {
    this.max = max;
  }

  /** Whether the backlog is full. The last message may exceed the limit, so there is always room for one. */
  get isFull(): boolean {
    return this.length >= this.max;
  }
}

/** The part of a backlog that belongs to one channel or join; it is released as a whole when that ends. */
export class BacklogShare {
  readonly #backlog: Backlog;
  #length = 0;
  #join = 0;

  /** Creates an empty share. */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** Adds a message that begins to wait. */
  put(length: number): void {
    this.#length += length;
    this.#backlog.length += length;
  }

  /** Removes a message that no longer waits. */
  take(length: number): void {
    this.#length -= length;
    this.#backlog.length -= length;
  }

  /** Adds a join that begins to wait, with its parameters. */
  putJoin(length: number): void {
    this.#join = length;
    this.put(length);
  }

  /** Like {@linkcode handOver}, for the join. @returns Its length, for {@linkcode settle}. */
  handOverJoin(): number {
    this.handOver(this.#join);
    return this.#join;
  }

  /** Marks a message as being handled. It counts until {@linkcode settle}, even after {@linkcode clear}. */
  handOver(length: number): void {
    this.#length -= length;
  }

  /** Removes a message that a handler has finished. */
  settle(length: number): void {
    this.#backlog.length -= length;
  }

  /** Removes all waiting messages. */
  clear(): void {
    this.take(this.#length);
  }
}
