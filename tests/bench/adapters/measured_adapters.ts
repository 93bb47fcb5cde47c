/**
 * The adapters that the bench measures: a new one is a file beside this one, and a line here.
 *
 * @module
 */

import type { MeasuredAdapter } from "./line.ts";
import { nats } from "./nats.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { threads } from "./threads.ts";

/** By name. */
export const MEASURED_ADAPTERS: Readonly<Record<string, MeasuredAdapter>> = { nats, postgres, redis, threads };
