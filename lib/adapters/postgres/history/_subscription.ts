/**
 * The announcements of one topic on one node, in order: what follows one whose envelope has to be read waits for it.
 *
 * @module
 */

import type { Stored } from "../../../history/engine.ts";
import { type Announcement, storedOf } from "./_rows.ts";

/** No more announcements wait. Those that are dropped are missing, which the reader notices and repairs. */
const MAX_WAITING = 1000;
/** One statement reads this many envelopes: each has 8 KB and more. */
const MAX_READ = 16;

/** Reads envelopes of messages, by their numbers. Those that are gone are missing. */
export type ReadEnvelopes = (epoch: string, numbers: readonly number[]) => Promise<ReadonlyMap<number, string>>;

/** A subscription. */
export class HistorySubscription {
  /** The topic. */
  readonly topic: string;
  readonly #live: (message: Stored) => void;
  readonly #read: ReadEnvelopes;
  #waiting: Announcement[] = [];
  #isReading = false;
  #isStopped = false;

  /** Creates a subscription that calls `live`. `read` rejects if the session is over; then what waits is dropped. */
  constructor(topic: string, live: (message: Stored) => void, read: ReadEnvelopes) {
    this.topic = topic;
    this.#live = live;
    this.#read = read;
  }

  /** Receives an announcement. Returns `false` if it is none of this topic. */
  receive(announcement: Announcement): boolean {
    if (announcement.envelope !== "" && !this.#isReading) return this.#deliver(announcement);
    this.#waiting.push(announcement);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    if (!this.#isReading) void this.#catchUp();
    return true;
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
  }

  #deliver(announcement: Announcement): boolean {
    const message = storedOf(this.topic, announcement);
    if (message && !this.#isStopped) this.#live(message);
    return message !== undefined;
  }

  async #catchUp(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#waiting.length > 0) await this.#readNext();
    } catch {
      this.#waiting = []; // the next session begins with a repair
    }
    this.#isReading = false;
  }

  /** Delivers what needs no read, and reads the next ones. */
  async #readNext(): Promise<void> {
    const next = this.#waiting[0]!;
    if (next.envelope !== "") {
      this.#waiting.shift();
      this.#deliver(next);
      return;
    }
    const { epoch } = next;
    const same = this.#waiting.findIndex((waiting) => waiting.envelope !== "" || waiting.epoch !== epoch);
    const batch = this.#waiting.splice(0, Math.min(same < 0 ? this.#waiting.length : same, MAX_READ));
    const envelopes = await this.#read(epoch, batch.map(({ offset }) => offset));
    for (const announcement of batch) {
      const envelope = envelopes.get(announcement.offset);
      if (envelope !== undefined) this.#deliver({ ...announcement, envelope });
    }
  }
}
