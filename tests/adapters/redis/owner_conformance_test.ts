import { redisAdapter } from "@urvogel/realtime/redis";
import { ownerConformance, type OwnerConformanceBus } from "@urvogel/realtime/testing";
import { engineTests } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { useOwners } from "../../support/used_owners.ts";

async function openRedis(isDurable: boolean): Promise<OwnerConformanceBus> {
  const redis = await startRedis({ isDurable });
  const createNode = () => redisAdapter({ url: redis.url, isDurable });
  await useOwners(createNode());
  return { createNode, engine: redis, close: () => redis[Symbol.asyncDispose]() };
}

engineTests("redis", "RedisOwners: ", ownerConformance({ open: () => openRedis(false) }));
const durable = ownerConformance({ open: () => openRedis(true) });
engineTests("redis", "RedisOwners of a durable server: ", durable.filter(({ id }) => id === "kill" || id === "empty"));
