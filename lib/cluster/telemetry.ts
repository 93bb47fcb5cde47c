/**
 * The events of this room.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/** A key was refused a server, because there were as many as there may be. */
export interface KeyedServersFullEvent {
  /** What the servers are called. */
  readonly name: string;
  /** The key. May come from a client: escape it before it goes into a log. */
  readonly key: string;
  /** How many keys there may be. */
  readonly maxKeys: number;
}

/** Emitted for each key that was refused. */
export const keyedServersFull = telemetryEvent<KeyedServersFullEvent>("urvogel:keyed:full");
