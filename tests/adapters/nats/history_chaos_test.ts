import { natsAdapter } from "@urvogel/realtime/nats";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { enginePhases } from "../../support/history_chaos/engine_phases.ts";
import { Proxies } from "../../support/history_chaos/proxies.ts";
import { chaosSeed, runHistoryChaos } from "../../support/history_chaos/run.ts";

engineTest(
  "nats",
  "natsAdapter().history survives chaos: nothing is missing, twice, or lost without being told",
  async () => {
    await using engine = await startNats();
    await using proxies = await Proxies.start(engine);
    await runHistoryChaos({
      seed: chaosSeed(),
      createNode: (n) => natsAdapter({ servers: `nats://127.0.0.1:${proxies.portOf(n)}` }),
      phases: enginePhases({ engine, proxies, keepsEpoch: true }),
    });
  },
);
