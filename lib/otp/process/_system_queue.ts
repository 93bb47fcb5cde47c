/**
 * A second queue of a mailbox, for system messages. It is used where ordinary messages may be dropped and system
 * messages may not, and where a suspended server handles only system messages. In one shared queue, they would have to
 * be searched for again with each message.
 *
 * Each entry stores how many ordinary messages came before it, so that both queues can be read in the order of arrival.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";

/** A message, and the number of ordinary messages that have to be removed before it is due. */
interface Entry<M> {
  readonly message: M;
  readonly after: number;
}

/** The queue of system messages of one mailbox. */
export class SystemQueue<M> {
  /** The messages that {@linkcode takeUrgent} has checked already; all of them came before the others. */
  #seen: Deque<Entry<M>> | undefined;
  readonly #unseen: Deque<Entry<M>> = new Deque();
  /** Number of ordinary messages that were removed since the mailbox created this queue. */
  #gone = 0;

  /** Number of waiting messages. */
  get length(): number {
    return (this.#seen?.length ?? 0) + this.#unseen.length;
  }

  /** Adds `message` at the end; `ordinary` is the number of ordinary messages that wait before it. */
  push(message: M, ordinary: number): void {
    this.#unseen.push({ message, after: this.#gone + ordinary });
  }

  /** Records that the oldest ordinary message was removed. */
  ordinaryGone(): void {
    this.#gone++;
  }

  /** Records that an ordinary message was withdrawn that had `ahead` others before it. */
  ordinaryTakenBack(ahead: number): void {
    for (const queue of [this.#seen, this.#unseen]) {
      for (let left = queue?.length ?? 0; left > 0; left--) {
        const { message, after } = queue!.shift()!;
        queue!.push({ message, after: after > this.#gone + ahead ? after - 1 : after });
      }
    }
  }

  /** Removes and returns the next message, if no ordinary message comes before it. */
  takeDue(): { readonly message: M } | undefined {
    const queue = this.#seen?.length ? this.#seen : this.#unseen;
    const first = queue.first;
    return first !== undefined && first.after <= this.#gone ? queue.shift() : undefined;
  }

  /**
   * Removes and returns the first message for which `isUrgent` returns `true`. Checks each message only once, even over
   * several calls, so `isUrgent` must always return the same for a message.
   */
  takeUrgent(isUrgent: (message: M) => boolean): { readonly message: M } | undefined {
    while (this.#unseen.length > 0) {
      const entry = this.#unseen.shift()!;
      if (isUrgent(entry.message)) return entry;
      (this.#seen ??= new Deque()).push(entry);
    }
    return undefined;
  }

  /** Whether `matches` returns `true` for a message in this queue. */
  some(matches: (message: M) => boolean): boolean {
    const matching = ({ message }: Entry<M>) => matches(message);
    return (this.#seen?.some(matching) ?? false) || this.#unseen.some(matching);
  }

  /** Removes all messages for which `matches` returns `true`, and returns their number. */
  remove(matches: (message: M) => boolean): number {
    const matching = ({ message }: Entry<M>) => matches(message);
    return (this.#seen?.remove(matching) ?? 0) + this.#unseen.remove(matching);
  }
}
