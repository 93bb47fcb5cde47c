/**
 * The adapter of a program without other nodes.
 *
 * @module
 */

import type { PubSubAdapter } from "./adapter.ts";

/**
 * The adapter of a program that runs as a single node.
 *
 * @category PubSub
 */
export class LocalAdapter implements PubSubAdapter {
  /** Always `"local"`. */
  readonly nodeName = "local";
  /** Always: there is nothing that could be down. */
  readonly isConnected = true;

  /** Does nothing: no other node ever sends. */
  start(): void {}

  /** Does nothing. */
  broadcast(): void {}

  /** Does nothing. */
  directBroadcast(): void {}

  /** Does nothing. */
  stop(): void {}
}
