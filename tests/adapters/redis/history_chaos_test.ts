import { redisAdapter } from "@urvogel/realtime/redis";
import type { Random } from "../../soak/random.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { enginePhases } from "../../support/history_chaos/engine_phases.ts";
import { type ChaosPhase, chaosSeed, runHistoryChaos } from "../../support/history_chaos/run.ts";
import { Proxies } from "../../support/history_chaos/proxies.ts";
import { redisCommand } from "./redis_command.ts";

/** Redis closes one kind of connection: the nodes publish and receive nothing, or receive and cannot publish. */
function halves(redis: { readonly url: string }): ChaosPhase {
  const harm = async (random: Random) => {
    await redisCommand(redis, "CLIENT", "KILL", "TYPE", random.pick(["pubsub", "normal"]));
  };
  return { name: "one of two connections breaks", harms: 4, harm, told: "never" };
}

engineTest("redis", "RedisHistory survives chaos: nothing is missing, twice, or lost without being told", async () => {
  await using redis = await startRedis();
  await using proxies = await Proxies.start(redis);
  await runHistoryChaos({
    seed: chaosSeed(),
    createNode: (n) => redisAdapter({ url: `redis://127.0.0.1:${proxies.portOf(n)}` }),
    phases: [halves(redis), ...enginePhases({ engine: redis, proxies, keepsEpoch: false })],
  });
});

engineTest("redis", "RedisHistory of a durable server survives kill -9, and nobody is told of a loss", async () => {
  await using redis = await startRedis({ isDurable: true });
  await using proxies = await Proxies.start(redis);
  await runHistoryChaos({
    seed: chaosSeed(),
    createNode: (n) => redisAdapter({ url: `redis://127.0.0.1:${proxies.portOf(n)}`, isDurable: true }),
    phases: enginePhases({ engine: redis, proxies, keepsEpoch: true }).slice(2),
  });
});
