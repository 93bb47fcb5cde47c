/**
 * Telemetry events of keyed servers.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/**
 * No server was started for a key, because the limit of keys was reached.
 *
 * @category Servers by key
 */
export interface KeyedServersFullEvent {
  /** The name of the servers. */
  readonly name: string;
  /** The key. It may come from a client: escape it before you write it to a log. */
  readonly key: string;
  /** The maximum number of keys. */
  readonly maxKeys: number;
}

/** Emitted for each key that was refused. */
export const keyedServersFull = telemetryEvent<KeyedServersFullEvent>("urvogel:keyed:full");
