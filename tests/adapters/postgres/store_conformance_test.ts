import { type PostgresAdapter, postgresAdapter } from "@urvogel/realtime/postgres";
import { storeConformance, type StoreConformanceCaseId, type StoreConformanceSite } from "@urvogel/realtime/testing";
import { engineTests } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { NO_BUS } from "../../support/owner_suite.ts";

async function open(id: StoreConformanceCaseId): Promise<StoreConformanceSite> {
  const engine = await startPostgres({ isDurable: id === "kill" });
  const adapters: PostgresAdapter[] = [];
  return {
    engine,
    connect: async () => {
      const adapter = postgresAdapter({ servers: engine.url });
      adapters.push(adapter);
      await adapter.start(NO_BUS);
      return adapter.store;
    },
    close: async () => {
      for (const adapter of adapters) await adapter.stop();
      await engine[Symbol.asyncDispose]();
    },
  };
}

engineTests("postgres", "postgresAdapter().store: ", storeConformance({ open }));
