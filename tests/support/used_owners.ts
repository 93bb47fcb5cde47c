/**
 * Owner engines that have been used for a while: a new one gives no keys before a session's time has passed.
 *
 * @module
 */

import type { BusNode, OwnerEngine } from "@urvogel/realtime";

/** An adapter with owners. */
export interface OwnerNode {
  /** The engine. */
  readonly owners: OwnerEngine;
  /** Connects. */
  start(node: BusNode): PromiseLike<void> | void;
  /** Disconnects. */
  stop(): PromiseLike<void> | void;
}

const FIRST_TTL_MS = 100;

/** A bus that does nothing. */
export const NO_BUS: BusNode = { receive() {}, receiveEnvelope() {}, changed() {} };

/** Uses an engine for the first time, with short sessions, so that it gives keys soon. */
export async function useOwners(node: OwnerNode): Promise<void> {
  await node.start(NO_BUS);
  try {
    for (let isUsable = false; !isUsable;) {
      const session = await node.owners.open("first", FIRST_TTL_MS);
      isUsable = await session.claim("first").then(({ isOwn }) => isOwn, () => false); // it ends while it waits
      await session.close();
    }
  } finally {
    await node.stop();
  }
}
