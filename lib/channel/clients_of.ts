/**
 * The clients behind an id, on this node: closes their connections, or ends one of their channels.
 *
 * @module
 */

import type { PubSub } from "../pubsub/pubsub.ts";
import { SocketProcess } from "./socket_process.ts";

/** Closes the connections whose `Socket.id` is `id`. Returns how many there were. */
export function closeConnections(pubsub: PubSub, id: string): number {
  const processes = processesOf(pubsub, id);
  for (const process of processes) process.disconnect();
  return processes.length;
}

/** Takes the connections whose `Socket.id` is `id` out of a topic. Returns how many were in it. */
export function removeFromTopic(pubsub: PubSub, id: string, topic: string): number {
  return processesOf(pubsub, id).filter((process) => process.removeFrom(topic)).length;
}

function processesOf(pubsub: PubSub, id: string): SocketProcess[] {
  return Array.from(pubsub.subscriptionsToId(id), ({ process }) => process)
    .filter((process) => process instanceof SocketProcess);
}
