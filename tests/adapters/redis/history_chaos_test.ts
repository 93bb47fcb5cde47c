import { redisAdapter } from "@urvogel/realtime/redis";
import type { Random } from "../../soak/random.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { type ChaosPhase, runHistoryChaos } from "../../support/history_chaos/run.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { redisCommand } from "./redis_command.ts";

const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 32));

/** Three nodes on a server that is harmed, and whose connections are. */
async function chaos(isDurable: boolean, phases: (parts: Parts) => readonly ChaosPhase[]): Promise<void> {
  await using redis = await startRedis({ isDurable });
  await using proxy = await TcpProxy.start(redis);
  await runHistoryChaos({
    seed,
    createNode: () => redisAdapter({ url: `redis://127.0.0.1:${proxy.port}`, isDurable }),
    phases: phases({ redis, proxy }),
  });
}

interface Parts {
  readonly redis: Awaited<ReturnType<typeof startRedis>>;
  readonly proxy: TcpProxy;
}

/** Breaks one kind of connection, or all of them. */
async function breakConnections({ redis, proxy }: Parts, random: Random): Promise<void> {
  switch (random.pick(["pubsub", "normal", "all", "fin"])) {
    case "pubsub":
      return void await redisCommand(redis, "CLIENT", "KILL", "TYPE", "pubsub");
    case "normal":
      return void await redisCommand(redis, "CLIENT", "KILL", "TYPE", "normal");
    case "all":
      return proxy.reset();
    default:
      return proxy.cut();
  }
}

engineTest("redis", "RedisHistory survives chaos: nothing is missing, twice, or lost without being told", async () => {
  await chaos(false, (parts) => [
    { name: "members come and go", harms: 0, harm: () => {}, told: "never" },
    {
      name: "connections break",
      harms: 10,
      harm: (random) => breakConnections(parts, random),
      told: "never",
      lastsMs: 3000,
    },
    { name: "killed, and back with its data", harms: 2, harm: () => parts.redis.restart(), told: "must" },
    { name: "killed, and back empty", harms: 2, harm: () => parts.redis.restart({ empty: true }), told: "must" },
  ]);
});

engineTest("redis", "RedisHistory of a durable server survives kill -9, and nobody is told of a loss", async () => {
  await chaos(true, ({ redis }) => [
    { name: "killed, and back with its data", harms: 3, harm: () => redis.restart(), told: "never" },
    { name: "killed, and back empty", harms: 1, harm: () => redis.restart({ empty: true }), told: "must" },
  ]);
});
