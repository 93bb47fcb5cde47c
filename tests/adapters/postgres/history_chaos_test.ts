import { postgresAdapter } from "@urvogel/realtime/postgres";
import type { Random } from "../../soak/random.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { enginePhases } from "../../support/history_chaos/engine_phases.ts";
import { Proxies } from "../../support/history_chaos/proxies.ts";
import { type ChaosPhase, chaosSeed, runHistoryChaos } from "../../support/history_chaos/run.ts";
import { sql } from "./test_node.ts";

/** PostgreSQL closes the connections that listen, or those that publish. */
function halves(url: string): ChaosPhase {
  const harm = async (random: Random) => {
    const isListener = random.pick(["like", "not like"]);
    await sql(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'urvogel' and query ${isListener} 'listen%'`,
    );
  };
  return { name: "one of two connections breaks", harms: 4, harm, told: "never" };
}

/** A server that waits for its disk takes seconds to come back. */
function once(phase: ChaosPhase): ChaosPhase {
  return phase.name.startsWith("killed") ? { ...phase, harms: 1 } : phase;
}

engineTest(
  "postgres",
  "PostgresHistory survives chaos: nothing is missing, twice, or lost without being told",
  async () => {
    await using engine = await startPostgres({ isDurable: true });
    await using proxies = await Proxies.start(engine);
    const phases = enginePhases({ engine, proxies, keepsEpoch: true }).slice(1).map(once);
    await runHistoryChaos({
      seed: chaosSeed(),
      createNode: (n) => postgresAdapter({ servers: `postgres://postgres@127.0.0.1:${proxies.portOf(n)}/postgres` }),
      phases: [halves(engine.url), ...phases],
    });
  },
);
