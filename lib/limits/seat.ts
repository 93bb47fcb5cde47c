/**
 * The right to a connection, where there is only so much room.
 *
 * @module
 */

/** The right to one connection. */
export interface Seat {
  /** Gives it back. Only the first call counts. */
  release(): void;
}

/** The seat of a connection that nobody counts. */
export const UNCOUNTED: Seat = { release() {} };

/**
 * Counts connections, those of each key apart: of an address, of a socket's id, or of all clients under one key.
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
  /** How many connections one key may have. */
  readonly max: number;
  readonly #taken = new Map<string, number>();

  /**
   * Creates a limit that nobody has come near.
   *
   * @param name What the error calls it.
   * @param max How many connections one key may have. `Infinity` counts nothing.
   * @throws {RangeError} If `max` is less than 1.
   */
  constructor(name: string, max: number) {
    if (!(max >= 1)) throw new RangeError(`Cannot limit connections: "${name}" must be >= 1, received ${max}`);
    this.max = max;
  }

  /** How many keys have connections. */
  get keyCount(): number {
    return this.#taken.size;
  }

  /** Takes a seat for a connection of `key`. Answers `undefined` if that has as many as it may. */
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

/** One seat that stands for two. */
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
