import { postgresAdapter } from "@urvogel/realtime/postgres";
import { ownerConformance, type OwnerConformanceBus } from "@urvogel/realtime/testing";
import { engineTests } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { useOwners } from "../../support/used_owners.ts";

async function openPostgres(isDurable: boolean): Promise<OwnerConformanceBus> {
  const engine = await startPostgres({ isDurable });
  const createNode = () => postgresAdapter({ servers: engine.url });
  await useOwners(createNode());
  return { createNode, engine, close: () => engine[Symbol.asyncDispose]() };
}

engineTests("postgres", "PostgresOwners: ", ownerConformance({ open: () => openPostgres(false) }));
const durable = ownerConformance({ open: () => openPostgres(true) });
engineTests("postgres", "PostgresOwners of a durable server: ", durable.filter(({ id }) => id === "kill"));
