/**
 * Adapters, which connect a PubSub with other threads and machines.
 *
 * @module
 */

import type { Broadcast, BroadcastData } from "./broadcast.ts";

/**
 * Carries broadcasts between nodes. A node is one PubSub, usually one per thread.
 *
 * @category PubSub
 */
export interface PubSubAdapter {
  /** The name of this node, which must be unique. */
  readonly nodeName: string;
  /**
   * Starts receiving: calls `receive` for each broadcast of another node, with a {@linkcode Broadcast} or plain data of
   * the same shape. Called again after {@linkcode stop} if the adapter's process was ended by force.
   */
  start(receive: (broadcast: BroadcastData) => void): void;
  /**
   * Sends `broadcast` to all other nodes.
   *
   * @throws If it cannot be sent. The broadcast is then not delivered on this node either.
   */
  broadcast(broadcast: Broadcast): void;
  /** Sends `broadcast` to one node. */
  directBroadcast(nodeName: string, broadcast: Broadcast): void;
  /** Stops receiving. */
  stop(): void | Promise<void>;
}

/**
 * The adapter of a program that runs as a single node.
 *
 * @category PubSub
 */
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
