import { postgresAdapter } from "@urvogel/realtime/postgres";
import { historyConformance, type HistoryConformanceBus } from "@urvogel/realtime/testing";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";

/** A server of its own for each case. */
async function open(): Promise<HistoryConformanceBus> {
  const engine = await startPostgres();
  return {
    engine,
    createNode: () => postgresAdapter({ servers: engine.url }),
    close: () => engine[Symbol.asyncDispose](),
  };
}

for (const { name, fn } of historyConformance({ open })) engineTest("postgres", `PostgresHistory: ${name}`, fn);
