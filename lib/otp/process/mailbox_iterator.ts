/**
 * Reading a mailbox with `for await`.
 *
 * @module
 */

import { type Runnable, scheduler } from "../../base/scheduler.ts";
import type { Mailbox } from "./mailbox.ts";

type Result<M> = IteratorResult<M, undefined>;

/** The iterator of a mailbox. An async generator would cost twice as much for each message. */
export class MailboxIterator<M> implements AsyncIterableIterator<M, undefined>, Runnable {
  readonly #mailbox: Mailbox<M>;
  readonly #release: (reader: Runnable) => void;
  /** Resolves the promise of the pending `next`, if there is one. */
  #resolve: ((result: Result<M>) => void) | undefined;
  #left = false;

  /** Creates a reader of `mailbox` that calls `release` when it stops reading. */
  constructor(mailbox: Mailbox<M>, release: (reader: Runnable) => void) {
    this.#mailbox = mailbox;
    this.#release = release;
  }

  /** Returns the next message, or waits for it. Only one call may wait at a time, since there is one reader. */
  next(): Promise<Result<M>> {
    if (this.#left) return Promise.resolve({ done: true, value: undefined });
    if (this.#resolve) return Promise.reject(new TypeError("Cannot read mailbox: the last message is still awaited"));
    if (this.#mailbox.length > 0 && scheduler.spend()) return Promise.resolve(this.#take());
    return new Promise((resolve) => {
      this.#mailbox.wait(this);
      this.#resolve = resolve;
    });
  }

  /** Passes a message to the pending `next`. Called by the scheduler. */
  run(): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    const mailbox = this.#mailbox;
    if (mailbox.length === 0 && !mailbox.closed) return mailbox.wait(this); // what woke it has been taken back
    this.#resolve = undefined;
    scheduler.spend();
    resolve(this.#take());
  }

  /** Stops reading. The remaining messages are left to the next reader. */
  return(): Promise<Result<M>> {
    this.#left = true;
    this.#release(this);
    this.#resolve?.({ done: true, value: undefined });
    this.#resolve = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Returns itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Result<M> {
    if (this.#mailbox.length > 0) return { done: false, value: this.#mailbox.take() as M };
    this.#release(this);
    return { done: true, value: undefined };
  }
}
