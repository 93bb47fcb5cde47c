/**
 * Noticing that a server has not been used for some time.
 *
 * A timer that starts anew at each message would cost more than the message. So a server is looked at now and then, and
 * what counts is how often in a row it was found as it was left the time before.
 *
 * @module
 */

import { Timer, timers } from "../base/timer_wheel.ts";

/** What is watched: a server's process. */
export interface Watched {
  /** How many calls and casts it was sent. */
  readonly requestCount: number;
  /** Whether it has nothing to do. */
  readonly isIdle: boolean;
}

/** How often a server is looked at within `idleMs`. */
const LOOKS = 4;

/** Calls a function when a server was not used for `idleMs`, and at the latest a quarter of that later. */
export class IdleWatch extends Timer {
  readonly #server: Watched;
  readonly #everyMs: number;
  readonly #onIdle: () => void;
  #seen: number;
  #quiet = 0;

  /**
   * Begins to watch.
   *
   * @param server What to watch.
   * @param idleMs For how long it must not be used.
   * @param onIdle Called each time that it was not used for so long.
   */
  constructor(server: Watched, idleMs: number, onIdle: () => void) {
    super();
    this.#server = server;
    this.#everyMs = idleMs / LOOKS;
    this.#onIdle = onIdle;
    this.#seen = server.requestCount;
    timers.add(this, this.#everyMs);
  }

  /** Counts as use: somebody is about to send something. */
  touch(): void {
    this.#quiet = -1; // the next look, which may be soon, does not count
  }

  /** Stops watching. */
  stop(): void {
    timers.cancel(this);
  }

  /** Looks at the server. */
  override onTimeout(): void {
    const { requestCount, isIdle } = this.#server;
    const isUsed = !isIdle || requestCount !== this.#seen;
    this.#seen = requestCount;
    this.#quiet = isUsed ? 0 : this.#quiet + 1;
    timers.add(this, this.#everyMs);
    if (this.#quiet < LOOKS) return;
    this.#quiet = 0;
    this.#onIdle();
  }
}
