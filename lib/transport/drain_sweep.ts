/**
 * Looks after connections whose clients read too slowly: one timer for all of them, and none while there are none.
 *
 * Deno does not say when a WebSocket has room again, so it is asked: every ten milliseconds while somebody reads, and
 * more and more rarely while nobody does. Sockets that do say so are looked at rarely, only to see how fast they read.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";

/** Something that waits for room. */
export interface Draining {
  /**
   * Sends what there is room for.
   *
   * @param elapsedMs The time since the last look, in milliseconds. It does not count what the server itself was late by.
   * @returns Whether the client has read anything.
   */
  drain(elapsedMs: number): boolean;
}

const SHORTEST_MS = 10;
const LONGEST_MS = 640;

/** Lets connections send what waits. */
export class DrainSweep {
  readonly #draining = new Set<Draining>();
  readonly #alarm: Alarm = new Alarm(() => this.#sweep());
  readonly #shortestMs: number;
  #periodMs: number;

  /**
   * Creates a sweep that looks after nobody.
   *
   * @param options Whether it has to find out when there is room, which it has by default.
   */
  constructor({ polls = true }: { readonly polls?: boolean } = {}) {
    this.#shortestMs = polls ? SHORTEST_MS : LONGEST_MS;
    this.#periodMs = this.#shortestMs;
  }

  /** Looks after `connection` from now on. */
  add(connection: Draining): void {
    const isFirst = this.#draining.size === 0;
    this.#draining.add(connection);
    // One that looks often already goes on: a new one every few milliseconds must not put off its look for ever.
    if (!isFirst && this.#periodMs === this.#shortestMs) return;
    this.#periodMs = this.#shortestMs;
    this.#alarm.set(this.#periodMs);
  }

  /** Looks after it no longer. */
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
