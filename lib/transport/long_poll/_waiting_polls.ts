/**
 * The polls of one client that wait for messages.
 *
 * There is one as a rule. There are more if the client has given up polls, which the server does not notice: only the
 * newest gets messages, and the others wait for the end of their window.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import type { PollDelivery } from "./_poll_delivery.ts";

/** A waiting poll. */
interface WaitingPoll {
  /** What it is answered with if nothing comes. Each has its own, as a delivery is that of one response. */
  readonly nothing: PollDelivery;
  readonly patience: Alarm;
  readonly answer: (delivery: PollDelivery | undefined) => void;
}

/** The waiting polls of a session. */
export class WaitingPolls {
  /** The oldest first. */
  readonly #polls = new Set<WaitingPoll>();
  #newest: WaitingPoll | undefined;

  /** How many wait. */
  get size(): number {
    return this.#polls.size;
  }

  /** Whether the newest one still waits, which gets the next messages. */
  get hasNewest(): boolean {
    return this.#newest !== undefined;
  }

  /** Adds the newest one. Returns what it is answered with: with `nothing` if nothing else comes within its window. */
  add(windowMs: number, nothing: PollDelivery): Promise<PollDelivery | undefined> {
    const { promise, resolve } = Promise.withResolvers<PollDelivery | undefined>();
    const patience = new Alarm(() => this.#answer(poll, nothing)).set(windowMs);
    const poll: WaitingPoll = { nothing, patience, answer: resolve };
    this.#polls.add(poll);
    this.#newest = poll;
    return promise;
  }

  /** Responds to the newest one, if it still waits. */
  answerNewest(delivery: PollDelivery): void {
    if (this.#newest) this.#answer(this.#newest, delivery);
  }

  /** Responds to the oldest one with `undefined`: too many others came after it. */
  giveUpOldest(): void {
    const [oldest] = this.#polls;
    if (oldest) this.#answer(oldest, undefined);
  }

  /** Responds to all of them, with nothing. */
  answerAll(): void {
    for (const poll of [...this.#polls]) this.#answer(poll, poll.nothing);
  }

  #answer(poll: WaitingPoll, delivery: PollDelivery | undefined): void {
    poll.patience.clear();
    this.#polls.delete(poll);
    if (poll === this.#newest) this.#newest = undefined;
    poll.answer(delivery);
  }
}
