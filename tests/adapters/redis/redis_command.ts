/**
 * Commands to a redis-server, over a connection of their own.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { createClient } from "@redis/client";

/** Sends a command, and returns its reply. */
export async function redisCommand({ url }: { readonly url: string }, ...args: (string | Buffer)[]): Promise<unknown> {
  const client = createClient({ url, maintNotifications: "disabled", socket: { reconnectStrategy: false } });
  client.on("error", () => {}); // the command rejects as well
  await client.connect();
  try {
    return await client.sendCommand(args);
  } finally {
    client.destroy();
  }
}

/** Returns the channels that somebody has subscribed. */
export async function subscribedChannels(redis: { readonly url: string }): Promise<string[]> {
  return await redisCommand(redis, "PUBSUB", "CHANNELS") as string[];
}
