/**
 * What was sent over one connection, and what of it the server has confirmed. NATS confirms nothing unless it is asked.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";

/** The bytes after which the server is asked at the latest. */
const ASK_AFTER_BYTES = 1_048_576;
/** It is asked at the end of the turn of a broadcast, and not again for so long: little is unconfirmed at any time. */
const ASK_EVERY_MS = 50;

/** What had been sent at some time. */
export interface SentSoFar {
  /** The bytes. */
  readonly bytes: number;
  /** The number of broadcasts, without those that are sent again. */
  readonly broadcasts: number;
}

/** Counts what was sent, and asks for confirmation. */
export class Sent {
  readonly #ask: () => void;
  readonly #askAfterBytes: number;
  readonly #pause = new Alarm(() => this.#endPause());
  #isPausing = false;
  #bytes = 0;
  #broadcasts = 0;
  #confirmed: SentSoFar = { bytes: 0, broadcasts: 0 };
  #askedBytes = 0;

  /**
   * Creates the count of a connection.
   *
   * @param maxUnconfirmedBytes How much may be unconfirmed. The server is asked to confirm half of that.
   * @param ask Asks the server.
   */
  constructor(maxUnconfirmedBytes: number, ask: () => void) {
    this.#askAfterBytes = Math.min(ASK_AFTER_BYTES, maxUnconfirmedBytes / 2);
    this.#ask = ask;
  }

  /** What was sent until now. */
  get soFar(): SentSoFar {
    return { bytes: this.#bytes, broadcasts: this.#broadcasts };
  }

  /** The size of what was sent and not confirmed. */
  get unconfirmedBytes(): number {
    return this.#bytes - this.#confirmed.bytes;
  }

  /** How many broadcasts were sent and not confirmed, without those that are sent again. */
  get unconfirmed(): number {
    return this.#broadcasts - this.#confirmed.broadcasts;
  }

  /**
   * Counts a message.
   *
   * @param isRepeated Whether another one is sent if it does not arrive.
   */
  add(bytes: number, isRepeated: boolean): void {
    this.#bytes += bytes;
    if (!isRepeated) this.#broadcasts++;
    if (this.#bytes - this.#askedBytes >= this.#askAfterBytes) this.#askNow();
    else if (!isRepeated && !this.#isPausing) this.#askSoon();
  }

  /** Notes what the server has received. Its replies come in the order in which it was asked. */
  confirm(sent: SentSoFar): void {
    this.#confirmed = sent;
  }

  /** Asks no more. */
  end(): void {
    this.#pause.clear();
  }

  #askSoon(): void {
    this.#isPausing = true;
    this.#pause.set(ASK_EVERY_MS);
    queueMicrotask(() => this.#askNow()); // once for all of this turn
  }

  #endPause(): void {
    this.#isPausing = false;
    if (this.#bytes > this.#askedBytes) this.#askSoon();
  }

  #askNow(): void {
    this.#askedBytes = this.#bytes;
    this.#ask();
  }
}
