import { redisAdapter } from "@urvogel/realtime/redis";
import { startRedis } from "../../support/engines/redis.ts";
import { ownerSuite } from "../../support/owner_suite.ts";

ownerSuite("redis", "redisAdapter().owners", {
  start: () => startRedis(),
  createNode: (url) => redisAdapter({ url }),
});

ownerSuite("redis", "redisAdapter({ isDurable: true }).owners", {
  start: () => startRedis({ isDurable: true }),
  createNode: (url) => redisAdapter({ url, isDurable: true }),
  only: ["kill", "empty"],
});
