/**
 * Finds connections that have gone silent: one timer for all of them, and one number written per frame.
 *
 * Deno answers a client's WebSocket pings without telling anybody, so silence may still mean a live client that only
 * pings. Such a client gets the benefit of the doubt for a second period: a connection is closed when nothing has
 * arrived for twice the timeout, less up to a quarter of it, since it is only known in which quarter something arrived.
 * Where pings are seen, it is closed when nothing has arrived for the timeout and up to a quarter of it.
 * Phoenix clients send a heartbeat every 30 seconds and never notice.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";

/** Something that may be silent for too long. */
export interface Watched {
  /** The sweep's {@linkcode IdleSweep.now} when something last arrived. */
  lastSeen: number;
  /** Called when nothing has arrived for too long. */
  onSilence(): void;
}

const TICKS_PER_TIMEOUT = 4;
/** Twice the timeout. */
const TICKS_IN_DOUBT = 8;
/** No less than the timeout, although it began within a tick. */
const TICKS_OF_SILENCE = 5;

/** Watches over connections with the same timeout. */
export class IdleSweep {
  /** The number of sweeps so far: what a connection notes when a frame arrives. */
  now = 0;
  /** How long silence is fine for certain. */
  readonly timeoutMs: number;
  readonly #watched = new Set<Watched>();
  readonly #periodMs: number;
  readonly #patienceTicks: number;
  readonly #alarm: Alarm = new Alarm(() => this.#sweep());

  /**
   * Creates a sweep that watches nobody.
   *
   * @param timeoutMs How long silence is fine for certain. `Infinity` is fine with any.
   * @param options Whether clients that only ping are seen, which they are not by default.
   * @throws {RangeError} If `timeoutMs` is not positive.
   */
  constructor(timeoutMs: number, { seesPings = false }: { readonly seesPings?: boolean } = {}) {
    if (!(timeoutMs > 0)) {
      throw new RangeError(`Cannot watch connections: "timeoutMs" must be > 0, received ${timeoutMs}`);
    }
    this.timeoutMs = timeoutMs;
    this.#periodMs = timeoutMs / TICKS_PER_TIMEOUT;
    this.#patienceTicks = seesPings ? TICKS_OF_SILENCE : TICKS_IN_DOUBT;
  }

  /** Watches `connection` from now on. */
  add(connection: Watched): void {
    connection.lastSeen = this.now;
    this.#watched.add(connection);
    if (this.#watched.size === 1) this.#alarm.set(this.#periodMs);
  }

  /** Watches it no longer. */
  delete(connection: Watched): void {
    if (this.#watched.delete(connection) && this.#watched.size === 0) this.#alarm.clear();
  }

  #sweep(): void {
    this.now++;
    const longAgo = this.now - this.#patienceTicks;
    for (const connection of this.#watched) {
      if (connection.lastSeen <= longAgo) connection.onSilence();
    }
    if (this.#watched.size > 0) this.#alarm.set(this.#periodMs);
  }
}
