/**
 * Detects that a server has not been used for some time.
 *
 * Restarting a timer at each message would cost more than the message. So a server is checked a few times within the
 * idle time, and it is idle when several checks in a row find it unchanged.
 *
 * @module
 */

import { Timer, timers } from "../base/timer_wheel.ts";

/** The process of a server that is watched. */
export interface Watched {
  /** Number of calls and casts sent to it. */
  readonly requestCount: number;
  /** Whether it has nothing to do for others. */
  readonly isIdle: boolean;
}

/** How often a server is checked within `idleMs`. */
const LOOKS = 4;

/** Calls a function when a server was not used for `idleMs`, and at the latest a quarter of that later. */
export class IdleWatch extends Timer {
  readonly #server: Watched;
  readonly #everyMs: number;
  readonly #onIdle: () => void;
  #seen: number;
  #quiet = 0;

  /**
   * Starts watching a server.
   *
   * @param server The process to watch.
   * @param idleMs How long the server must be unused, in milliseconds.
   * @param onIdle Called each time that the server was unused for `idleMs`.
   */
  constructor(server: Watched, idleMs: number, onIdle: () => void) {
    super();
    this.#server = server;
    this.#everyMs = idleMs / LOOKS;
    this.#onIdle = onIdle;
    this.#seen = server.requestCount;
    timers.add(this, this.#everyMs);
  }

  /** Marks the server as used: a message is about to be sent. */
  touch(): void {
    this.#quiet = -1; // the next look, which may be soon, does not count
  }

  /** Stops watching. */
  stop(): void {
    timers.cancel(this);
  }

  /** Checks the server. */
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
