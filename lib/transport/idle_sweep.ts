/**
 * Finds silent connections, with one timer for all of them and one number written per frame.
 *
 * Deno answers a client's WebSocket pings without an event, so a silent client may still be alive and only send pings.
 * So a connection gets a second period: it is closed when nothing has arrived for twice the timeout, minus up to a
 * quarter of the timeout, since time is measured in quarters. If pings are reported, it is closed when nothing has
 * arrived for the timeout and up to a quarter of it. Phoenix clients send a heartbeat every 30 seconds and are not
 * affected.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { checkPositive } from "../base/check_number.ts";

/** A connection that a sweep watches for silence. */
export interface Watched {
  /** The value of {@linkcode IdleSweep.now} when something last arrived. */
  lastSeen: number;
  /** Called when nothing has arrived for too long. */
  onSilence(): void;
}

const TICKS_PER_TIMEOUT = 4;
/** Twice the timeout. */
const TICKS_IN_DOUBT = 8;
/** At least the timeout, even if the silence began within a tick. */
const TICKS_OF_SILENCE = 5;

/** Watches connections with the same timeout. */
export class IdleSweep {
  /** The number of sweeps so far. A connection copies it to `lastSeen` when a frame arrives. */
  now = 0;
  /** How long silence is always allowed, in milliseconds. */
  readonly timeoutMs: number;
  readonly #watched = new Set<Watched>();
  readonly #periodMs: number;
  readonly #patienceTicks: number;
  readonly #alarm: Alarm = new Alarm(() => this.#sweep());

  /**
   * Creates a sweep without connections.
   *
   * @param timeoutMs How long silence is always allowed, in milliseconds. `Infinity` allows any silence.
   * @param options Whether pings are reported as signs of life; `false` by default.
   * @throws {RangeError} If `timeoutMs` is not positive.
   */
  constructor(timeoutMs: number, { seesPings = false }: { readonly seesPings?: boolean } = {}) {
    this.timeoutMs = checkPositive("watch connections", "timeoutMs", timeoutMs);
    this.#periodMs = timeoutMs / TICKS_PER_TIMEOUT;
    this.#patienceTicks = seesPings ? TICKS_OF_SILENCE : TICKS_IN_DOUBT;
  }

  /** Starts watching `connection`. */
  add(connection: Watched): void {
    connection.lastSeen = this.now;
    this.#watched.add(connection);
    if (this.#watched.size === 1) this.#alarm.set(this.#periodMs);
  }

  /** Stops watching `connection`. */
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
