/**
 * A limit on the number of connections from one address.
 *
 * @module
 */

import { type Seat, SeatLimit, UNCOUNTED } from "./seat.ts";

/** Counts connections by address. It is pure: it has no reference to connections. */
export class AddressLimit {
  readonly #seats: SeatLimit;

  /**
   * Creates a limit without connections.
   *
   * @param max Maximum number of connections for one address. `Infinity` disables counting.
   * @throws {RangeError} If `max` is less than 1.
   */
  constructor(max: number) {
    this.#seats = new SeatLimit("maxConnectionsPerAddress", max);
  }

  /** Maximum number of connections for one address. */
  get max(): number {
    return this.#seats.max;
  }

  /** Number of addresses that have connections. */
  get addressCount(): number {
    return this.#seats.keyCount;
  }

  /**
   * Reserves a seat for a connection.
   *
   * @param address The client's IP address. IPv6 addresses are counted by their 64-bit network, since one client has a
   * whole one. An unknown address is not counted.
   * @returns The seat, or `undefined` if the address has reached its limit.
   */
  take(address: string | undefined): Seat | undefined {
    if (this.max === Infinity || address === undefined) return UNCOUNTED;
    return this.#seats.take(networkOf(address));
  }
}

/**
 * Returns the key under which an address is counted: itself, or the network of an IPv6 address.
 *
 * @example Usage
 * ```ts
 * import { networkOf } from "./address_limit.ts";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * assertEquals(networkOf("192.0.2.1"), "192.0.2.1");
 * assertStrictEquals(networkOf("2001:db8::1"), networkOf("2001:db8:0:0:ffff::2"));
 * assertEquals(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
 * ```
 *
 * @param address An IP address, or any other text, which counts as itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const groups = groupsOf(address.split("%")[0]!);
  return mappedIpv4(groups) ?? `${groups.slice(0, 4).join(":")}::/64`;
}

/** Returns the eight groups of an IPv6 address, also of one whose end is written as IPv4. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, hexGroups).split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill("0"), ...back].map(unpadded);
}

function hexGroups(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** Returns the IPv4 address of one in `::ffff:0:0/96`: a socket for both kinds reports it in that form. */
function mappedIpv4(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 6).join(":") !== "0:0:0:0:0:ffff") return undefined;
  const bytes = groups.slice(6).flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
  return bytes.join(".");
}

function unpadded(group: string): string {
  return group.toLowerCase().replace(/^0+(?=.)/, "");
}
