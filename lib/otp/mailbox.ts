/**
 * Mailboxes: where the messages of a process wait, the only place where they do.
 *
 * A mailbox is read with `for await`, one message at a time. Behaviours such as GenServer read the same queue without
 * a promise for each message: they are called when there is something to take.
 *
 * @module
 */

import { Deque } from "../base/deque.ts";
import { type Runnable, scheduler } from "../base/scheduler.ts";

/** What became of a message that was sent. A full mailbox is an answer, not an exception. */
export type SendResult = "sent" | "full" | "dropped" | "closed";

/**
 * What a full mailbox does with one message more:
 *
 * - `"refuse"` it, and tell the sender `"full"`,
 * - `"dropNewest"`: lose it, and tell the sender `"dropped"`,
 * - `"dropOldest"`: lose the one that waited longest to make room, and tell the sender `"sent"`.
 */
export type Overflow = "refuse" | "dropNewest" | "dropOldest";

/** Options for {@linkcode Mailbox}. */
export interface MailboxOptions {
  /**
   * How many messages may wait. At least 1.
   *
   * @default {Infinity}
   */
  readonly capacity?: number;
  /**
   * What happens to messages beyond `capacity`.
   *
   * @default {"refuse"}
   */
  readonly overflow?: Overflow;
}

/**
 * A queue of messages with one reader.
 *
 * @example Usage
 * ```ts
 * import { Mailbox } from "@urvogel/realtime";
 * import assert from "node:assert/strict";
 *
 * using mailbox = new Mailbox<string>({ capacity: 1 });
 * assert.equal(mailbox.post("a"), "sent");
 * assert.equal(mailbox.post("b"), "full");
 * mailbox.close();
 * assert.deepEqual(await Array.fromAsync(mailbox), ["a"]);
 * ```
 */
export class Mailbox<M> implements AsyncIterable<M>, Disposable {
  readonly #capacity: number;
  readonly #overflow: Overflow;
  readonly #queue: Deque<M> = new Deque();
  #reader: Runnable | undefined;
  #readerWaits = false;
  #closed = false;
  #highWaterMark = 0;

  /**
   * Creates an open, empty mailbox.
   *
   * @param options How much it holds; by default as much as comes.
   * @throws {RangeError} If `capacity` is less than 1.
   */
  constructor(options: MailboxOptions = {}) {
    const { capacity = Infinity, overflow = "refuse" } = options;
    if (!(capacity >= 1)) {
      throw new RangeError(`Cannot create mailbox: "capacity" must be >= 1, received ${capacity}`);
    }
    this.#capacity = capacity;
    this.#overflow = overflow;
  }

  /** How many messages wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** The largest number of messages that ever waited at once. */
  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  /** Whether new messages are turned away because the mailbox was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Adds `message`. Never waits, never throws.
   *
   * @param message The message.
   * @returns What became of it.
   */
  post(message: M): SendResult {
    if (this.#closed) return "closed";
    const queue = this.#queue;
    if (queue.length >= this.#capacity) {
      if (this.#overflow !== "dropOldest") return this.#overflow === "refuse" ? "full" : "dropped";
      queue.shift();
    }
    this.#add(message);
    return "sent";
  }

  /** Adds a message of the system, such as `Down`, for which there is always room. */
  postSystem(message: M): void {
    if (!this.#closed) this.#add(message);
  }

  /** Takes the message that has waited longest. Ask {@linkcode length} first: `undefined` may be a message. */
  take(): M | undefined {
    return this.#queue.shift();
  }

  /**
   * Runs `reader` once, as soon as there is something to take or the mailbox is closed: at once if that is now.
   *
   * @param reader What reads this mailbox, the same at each call.
   * @throws {TypeError} If somebody else reads this mailbox.
   */
  wait(reader: Runnable): void {
    if (this.#reader !== reader) {
      if (this.#reader) throw new TypeError("Cannot read mailbox: it has another reader");
      this.#reader = reader;
    }
    this.#readerWaits = true;
    if (this.#queue.length > 0 || this.#closed) this.#wakeReader();
  }

  /** Refuses new messages. Those that wait are still delivered. */
  close(): void {
    this.#closed = true;
    if (this.#readerWaits) this.#wakeReader();
  }

  /** Refuses new messages and forgets those that wait. */
  [Symbol.dispose](): void {
    this.#queue.clear();
    this.close();
  }

  /**
   * Yields messages, oldest first, until closed and empty. Leaving the loop early leaves the rest in the mailbox.
   *
   * @returns The iterator. There is only one at a time.
   * @throws {TypeError} If somebody else reads this mailbox.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<M, undefined> {
    if (this.#reader) throw new TypeError("Cannot read mailbox: it has another reader");
    return new MailboxIterator(this, (reader) => {
      if (this.#reader === reader) {
        this.#reader = undefined;
        this.#readerWaits = false;
      }
    });
  }

  #add(message: M): void {
    const queue = this.#queue;
    queue.push(message);
    if (queue.length > this.#highWaterMark) this.#highWaterMark = queue.length;
    if (this.#readerWaits) this.#wakeReader();
  }

  #wakeReader(): void {
    this.#readerWaits = false;
    scheduler.enqueue(this.#reader!);
  }
}

/** Reads a mailbox by promises. An async generator costs twice as much for each message. */
class MailboxIterator<M> implements AsyncIterableIterator<M, undefined>, Runnable {
  readonly #mailbox: Mailbox<M>;
  readonly #release: (reader: Runnable) => void;
  #resolve: ((result: IteratorResult<M, undefined>) => void) | undefined;

  constructor(mailbox: Mailbox<M>, release: (reader: Runnable) => void) {
    this.#mailbox = mailbox;
    this.#release = release;
  }

  next(): Promise<IteratorResult<M, undefined>> {
    if (this.#mailbox.length > 0 && scheduler.spend()) return Promise.resolve(this.#take());
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#mailbox.wait(this);
    });
  }

  run(): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    scheduler.spend();
    resolve?.(this.#take());
  }

  return(): Promise<IteratorResult<M, undefined>> {
    this.#release(this);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): IteratorResult<M, undefined> {
    if (this.#mailbox.length > 0) return { done: false, value: this.#mailbox.take() as M };
    this.#release(this);
    return { done: true, value: undefined };
  }
}
