/**
 * How PubSub reaches other threads and machines.
 *
 * @module
 */

import type { Broadcast, BroadcastData } from "./broadcast.ts";

/** Carries broadcasts between nodes. A node is one PubSub: a thread, usually. */
export interface PubSubAdapter {
  /** A name that no other node has. */
  readonly nodeName: string;
  /**
   * Begins to receive: calls `receive` for each broadcast of another node, as it was or as plain data of that shape.
   * Called again after {@linkcode stop} where the adapter's process was ended by force.
   */
  start(receive: (broadcast: BroadcastData) => void): void;
  /**
   * Hands `broadcast` to all other nodes.
   *
   * @throws If it cannot: the broadcast is then not delivered on this node either.
   */
  broadcast(broadcast: Broadcast): void;
  /** Hands `broadcast` to one node. */
  directBroadcast(nodeName: string, broadcast: Broadcast): void;
  /** Ends receiving. */
  stop(): void | Promise<void>;
}

/** The adapter of a program that runs as one node: there is nobody else. */
export class LocalAdapter implements PubSubAdapter {
  /** Always `"local"`. */
  readonly nodeName = "local";

  /** Does nothing: no other node ever sends. */
  start(): void {}

  /** Does nothing. */
  broadcast(): void {}

  /** Does nothing. */
  directBroadcast(): void {}

  /** Does nothing. */
  stop(): void {}
}
