/**
 * Redis, for the bench.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createClient } from "@redis/client";
import { redisAdapter } from "@urvogel/realtime/redis";
import { hasEngine } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { type Line, type MeasuredAdapter, MESSAGE_BYTES } from "./line.ts";

/** Redis, its client and our adapter. */
export const redis: MeasuredAdapter = {
  title: "Redis",
  missing: () => hasEngine("redis") ? undefined : "no redis-server",
  startEngine: () => startRedis(),
  hasHistory: true,
  storage: {
    unit: "of used_memory",
    async bytes(url) {
      const client = await openClient(url);
      const [, bytes] = /^used_memory:(\d+)/m.exec(await client.info("memory")) ?? [];
      client.destroy();
      return Number(bytes);
    },
  },
  createAdapter: (url) => redisAdapter({ url }),
  async openBare(url) {
    const [from, to] = [await openClient(url), await openClient(url)];
    const bytes = Buffer.alloc(MESSAGE_BYTES);
    const line: Line = {
      onMessage: () => {},
      send: () => void from.publish("bench.room", bytes),
      close: () => {
        from.destroy();
        to.destroy();
        return Promise.resolve();
      },
    };
    await to.subscribe("bench.room", () => line.onMessage(), true);
    return line;
  },
};

/** Connects without a timer for each command, as the adapter does. */
export async function openClient(url: string) {
  const client = createClient({ url, maintNotifications: "disabled", commandOptions: { timeout: 0 } });
  return await client.connect();
}
