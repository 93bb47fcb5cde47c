/**
 * Checks connections whose clients read too slowly, with one timer for all of them, and none while there are none.
 *
 * Deno does not report when a WebSocket has room again, so it is polled: every ten milliseconds while any client reads,
 * and less and less often while none does. Sockets that report it are checked rarely, only to measure how fast their
 * clients read.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";

/** A connection with frames that wait for room. */
export interface Draining {
  /**
   * Sends as much as there is room for.
   *
   * @param elapsedMs The time since the last check, in milliseconds, without delays of the server itself.
   * @returns Whether the client has read anything.
   */
  drain(elapsedMs: number): boolean;
}

const SHORTEST_MS = 10;
const LONGEST_MS = 640;

/** Lets connections send their waiting frames. */
export class DrainSweep {
  readonly #draining = new Set<Draining>();
  readonly #alarm: Alarm = new Alarm(() => this.#sweep());
  readonly #shortestMs: number;
  #periodMs: number;

  /**
   * Creates a sweep without connections.
   *
   * @param options Whether it has to poll for room; `true` by default.
   */
  constructor({ polls = true }: { readonly polls?: boolean } = {}) {
    this.#shortestMs = polls ? SHORTEST_MS : LONGEST_MS;
    this.#periodMs = this.#shortestMs;
  }

  /** Starts checking `connection`. */
  add(connection: Draining): void {
    const isFirst = this.#draining.size === 0;
    this.#draining.add(connection);
    // A frequent timer keeps running: a new connection every few milliseconds must not postpone its check for ever.
    if (!isFirst && this.#periodMs === this.#shortestMs) return;
    this.#periodMs = this.#shortestMs;
    this.#alarm.set(this.#periodMs);
  }

  /** Stops checking `connection`. */
  delete(connection: Draining): void {
    if (this.#draining.delete(connection) && this.#draining.size === 0) this.#alarm.clear();
  }

  #sweep(): void {
    let moved = false;
    for (const connection of this.#draining) moved = connection.drain(this.#periodMs) || moved;
    if (this.#draining.size === 0) return;
    this.#periodMs = moved ? this.#shortestMs : Math.min(2 * this.#periodMs, LONGEST_MS);
    this.#alarm.set(this.#periodMs);
  }
}
