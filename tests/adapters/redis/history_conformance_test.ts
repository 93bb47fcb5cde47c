import { redisAdapter } from "@urvogel/realtime/redis";
import { historyConformance, type HistoryConformanceBus } from "@urvogel/realtime/testing";
import { engineTests } from "../../support/engines/binaries.ts";
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

engineTests("redis", "RedisHistory: ", historyConformance({ open: () => openRedis(false) }));
const durable = historyConformance({ open: () => openRedis(true) });
const outages = durable.filter(({ id }) => id === "kill" || id === "empty");
engineTests("redis", "RedisHistory of a durable server: ", outages);
