/**
 * The engines by name, for tests that run with each of them.
 *
 * @module
 */

import type { AccessOptions } from "./access.ts";
import type { EngineName } from "./binaries.ts";
import type { EngineProcess } from "./engine_process.ts";
import { startNats } from "./nats.ts";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";

const STARTS: Readonly<Record<EngineName, (options?: AccessOptions) => Promise<EngineProcess>>> = {
  nats: startNats,
  redis: startRedis,
  postgres: startPostgres,
};

/** All engines. */
export const ENGINES = Object.keys(STARTS) as readonly EngineName[];

/** Starts an engine. */
export async function startEngine(engine: EngineName, options: AccessOptions = {}): Promise<EngineProcess> {
  return await STARTS[engine](options);
}
