/**
 * Messages of the system that wait beside a mailbox's queue, not in it: where ordinary messages are dropped and these are
 * not, and where a suspended server handles these and not the others. In a long queue they would have to be looked for,
 * again with each message.
 *
 * Each remembers how many ordinary messages came before it, which is all it takes to read both in the order in which
 * they came.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";

/** A message, and how many ordinary messages have to be gone before it is its turn. */
interface Entry<M> {
  readonly message: M;
  readonly after: number;
}

/** The messages of the system in one mailbox. */
export class SystemQueue<M> {
  /** Those that {@linkcode takeUrgent} has looked at; all of them came before the others. */
  #seen: Deque<Entry<M>> | undefined;
  readonly #unseen: Deque<Entry<M>> = new Deque();
  /** How many ordinary messages have gone since the mailbox has had this queue. */
  #gone = 0;

  /** How many wait. */
  get length(): number {
    return (this.#seen?.length ?? 0) + this.#unseen.length;
  }

  /** Adds `message` behind all that wait, `ordinary` of which are ordinary ones. */
  push(message: M, ordinary: number): void {
    this.#unseen.push({ message, after: this.#gone + ordinary });
  }

  /** Notes that the ordinary message that waited longest has gone. */
  ordinaryGone(): void {
    this.#gone++;
  }

  /** Notes that an ordinary message has been taken back before which `ahead` others waited. */
  ordinaryTakenBack(ahead: number): void {
    for (const queue of [this.#seen, this.#unseen]) {
      for (let left = queue?.length ?? 0; left > 0; left--) {
        const { message, after } = queue!.shift()!;
        queue!.push({ message, after: after > this.#gone + ahead ? after - 1 : after });
      }
    }
  }

  /** Takes the next message if no ordinary one comes before it. */
  takeDue(): { readonly message: M } | undefined {
    const queue = this.#seen?.length ? this.#seen : this.#unseen;
    const first = queue.first;
    return first !== undefined && first.after <= this.#gone ? queue.shift() : undefined;
  }

  /**
   * Takes the first message that `isUrgent`. Looks at each message once, however often it is asked, so the answer for a
   * message must always be the same.
   */
  takeUrgent(isUrgent: (message: M) => boolean): { readonly message: M } | undefined {
    while (this.#unseen.length > 0) {
      const entry = this.#unseen.shift()!;
      if (isUrgent(entry.message)) return entry;
      (this.#seen ??= new Deque()).push(entry);
    }
    return undefined;
  }

  /** Whether `message` waits. */
  includes(message: M): boolean {
    const isIt = (entry: Entry<M>) => entry.message === message;
    return (this.#seen?.some(isIt) ?? false) || this.#unseen.some(isIt);
  }

  /** Forgets all messages that `matches`, and returns how many there were. */
  remove(matches: (message: M) => boolean): number {
    const matching = ({ message }: Entry<M>) => matches(message);
    return (this.#seen?.remove(matching) ?? 0) + this.#unseen.remove(matching);
  }
}
