/**
 * The engines by name, for tests that run with each of them.
 *
 * @module
 */

import type { EngineName } from "./binaries.ts";
import type { EngineProcess } from "./engine_process.ts";
import { startNats } from "./nats.ts";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";

const STARTS: Readonly<Record<EngineName, () => Promise<EngineProcess>>> = {
  nats: startNats,
  redis: startRedis,
  postgres: startPostgres,
};

/** All engines. */
export const ENGINES = Object.keys(STARTS) as readonly EngineName[];

/** Starts an engine without credentials. */
export async function startEngine(engine: EngineName): Promise<EngineProcess> {
  return await STARTS[engine]();
}
