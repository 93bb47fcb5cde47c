import { redisAdapter } from "@urvogel/realtime/redis";
import { historyConformance, type HistoryConformanceBus } from "@urvogel/realtime/testing";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";

async function openRedis(isDurable: boolean): Promise<HistoryConformanceBus> {
  const redis = await startRedis({ isDurable });
  return {
    createNode: () => redisAdapter({ url: redis.url, isDurable }),
    engine: {
      kill: () => redis.kill(),
      restart: (options) => redis.restart(options),
      pause: () => redis.pause(),
      resume: () => redis.resume(),
    },
    close: () => redis[Symbol.asyncDispose](),
  };
}

for (const { name, fn } of historyConformance({ open: () => openRedis(false) })) {
  engineTest("redis", `RedisHistory: ${name}`, fn);
}
for (const { id, name, fn } of historyConformance({ open: () => openRedis(true) })) {
  if (id === "kill" || id === "empty") engineTest("redis", `RedisHistory of a durable server: ${name}`, fn);
}
