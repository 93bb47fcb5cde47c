/**
 * Notices a server that no longer replies, though the connection is there: it hangs, or the network is gone.
 *
 * `socketTimeout` of the client does not: it counts what is sent as a sign of life, so a busy publisher never notices.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";

/** Time between two looks, in milliseconds. */
const BEAT_MS = 1000;

/** After so many looks without a sign of life the server is considered gone: 4 s after the last one at most. */
const MAX_SILENT_BEATS = 3;

/** Pings a server, and counts whatever arrives from it as a reply: its reply may have to wait behind messages. */
export class SilenceWatch {
  readonly #ping: () => Promise<unknown>;
  readonly #arrivals: () => number;
  readonly #onSilence: (error: Error) => void;
  readonly #alarm = new Alarm(() => this.#beat());
  #isPinged = false;
  #seen = 0;
  #silentBeats = 0;

  /**
   * Begins to watch.
   *
   * @param ping Sends a ping, and settles with its reply.
   * @param arrivals Returns how many messages and replies have arrived so far.
   * @param onSilence Called once.
   */
  constructor(ping: () => Promise<unknown>, arrivals: () => number, onSilence: (error: Error) => void) {
    this.#ping = ping;
    this.#arrivals = arrivals;
    this.#onSilence = onSilence;
    this.#beat();
  }

  /** Ends watching. */
  stop(): void {
    this.#alarm.clear();
  }

  /** Counts looks and not time: when this program was busy for long, what arrived meanwhile is read after one look. */
  #beat(): void {
    const arrived = this.#arrivals();
    this.#silentBeats = this.#isPinged && arrived === this.#seen ? this.#silentBeats + 1 : 0;
    this.#seen = arrived;
    if (this.#silentBeats >= MAX_SILENT_BEATS) {
      return this.#onSilence(new Error(`no reply for ${MAX_SILENT_BEATS * BEAT_MS} ms`));
    }
    if (!this.#isPinged) this.#send();
    this.#alarm.set(BEAT_MS);
  }

  #send(): void {
    this.#isPinged = true;
    const settled = () => void (this.#isPinged = false); // a failure is an error of the connection, which reports it
    this.#ping().then(settled, settled);
  }
}
