/**
 * The contracts that an endpoint serves.
 *
 * @module
 */

import type { Contract } from "../contract/contract.ts";

/**
 * The contract of a channel, and where clients find it.
 *
 * @category Contracts
 */
export interface MountedContract {
  /** The path of the socket, such as `"/socket"`. */
  readonly path: string;
  /** The topics, such as `"room:*"`. */
  readonly pattern: string;
  /** The contract. */
  readonly contract: Contract;
}

/** Lists the contracts of a socket's channels. They are read from the classes: there are no channels yet. */
export function contractsOf(path: string, channels: Readonly<Record<string, unknown>>): MountedContract[] {
  return Object.entries(channels).flatMap(([pattern, channel]) => {
    const { contract } = (channel as { readonly prototype: { readonly contract?: Contract } }).prototype;
    return contract ? [{ path, pattern, contract }] : [];
  });
}
