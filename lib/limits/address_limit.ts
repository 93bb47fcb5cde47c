/**
 * How many connections one address may have.
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

/** Counts connections by address. Pure: knows no connection. */
export class AddressLimit {
  /** How many connections one address may have. */
  readonly max: number;
  readonly #taken = new Map<string, number>();

  /**
   * Creates a limit that nobody has come near.
   *
   * @param max How many connections one address may have. `Infinity` counts nothing.
   * @throws {RangeError} If `max` is less than 1.
   */
  constructor(max: number) {
    if (!(max >= 1)) {
      throw new RangeError(`Cannot limit connections: "maxConnectionsPerAddress" must be >= 1, received ${max}`);
    }
    this.max = max;
  }

  /** How many addresses have connections. */
  get addressCount(): number {
    return this.#taken.size;
  }

  /**
   * Takes a seat for a connection.
   *
   * @param address The client's IP address. IPv6 addresses count by their network of 64 bits, which is what one client
   * has. One that is not known is not counted.
   * @returns The seat, or `undefined` if the address has as many as it may.
   */
  take(address: string | undefined): Seat | undefined {
    if (this.max === Infinity || address === undefined) return UNCOUNTED;
    const network = networkOf(address);
    const taken = this.#taken.get(network) ?? 0;
    if (taken >= this.max) return undefined;
    this.#taken.set(network, taken + 1);
    let held = true;
    return {
      release: () => {
        if (held) this.#release(network);
        held = false;
      },
    };
  }

  #release(network: string): void {
    const taken = this.#taken.get(network)!;
    if (taken === 1) this.#taken.delete(network);
    else this.#taken.set(network, taken - 1);
  }
}

/**
 * What an address counts as: itself, or the network of an IPv6 address.
 *
 * @example Usage
 * ```ts
 * import { networkOf } from "./address_limit.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
 * assert.equal(networkOf("2001:db8::1"), networkOf("2001:db8:0:0:ffff::2"));
 * assert.equal(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
 * ```
 *
 * @param address An IP address, or any other text, which counts as itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const front = groupsOf(head);
  const back = groupsOf(tail ?? "");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill("0"), ...back].slice(0, 4).map(unpadded).join(":") + "::/64";
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

function unpadded(group: string): string {
  return group.toLowerCase().replace(/^0+(?=.)/, "");
}
