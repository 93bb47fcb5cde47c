/**
 * Limits on the number of connections, and reserved connection slots.
 *
 * @module
 */

import { checkAtLeast } from "../base/check_number.ts";

/**
 * A reserved connection slot.
 *
 * @category Limits
 */
export interface Seat {
  /** Releases the slot. Only the first call has an effect. */
  release(): void;
}

/** The seat of a connection that is not counted. */
export const UNCOUNTED: Seat = { release() {} };

/**
 * Counts connections for each key: an address, a socket's id, or one key for all clients.
 *
 * @example Usage
 * ```ts
 * import { SeatLimit } from "./seat.ts";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const limit = new SeatLimit("maxConnectionsPerId", 1);
 * const seat = limit.take("user:7");
 * assertEquals(limit.take("user:7"), undefined);
 * seat?.release();
 * assert(limit.take("user:7"));
 * ```
 */
export class SeatLimit {
  /** Maximum number of connections for one key. */
  readonly max: number;
  readonly #taken = new Map<string, number>();

  /**
   * Creates a limit without connections.
   *
   * @param name The name used in the error.
   * @param max Maximum number of connections for one key. `Infinity` disables counting.
   * @throws {RangeError} If `max` is less than 1.
   */
  constructor(name: string, max: number) {
    this.max = checkAtLeast("limit connections", name, max, 1);
  }

  /** Number of keys that have connections. */
  get keyCount(): number {
    return this.#taken.size;
  }

  /** Reserves a seat for a connection of `key`. Returns `undefined` if the key has reached its limit. */
  take(key: string): Seat | undefined {
    if (this.max === Infinity) return UNCOUNTED;
    const taken = this.#taken.get(key) ?? 0;
    if (taken >= this.max) return undefined;
    this.#taken.set(key, taken + 1);
    let held = true;
    return {
      release: () => {
        if (held) this.#release(key);
        held = false;
      },
    };
  }

  #release(key: string): void {
    const taken = this.#taken.get(key)!;
    if (taken === 1) this.#taken.delete(key);
    else this.#taken.set(key, taken - 1);
  }
}

/** Combines two seats into one. */
export function bothSeats(one: Seat, other: Seat): Seat {
  if (one === UNCOUNTED) return other;
  if (other === UNCOUNTED) return one;
  return {
    release() {
      one.release();
      other.release();
    },
  };
}
