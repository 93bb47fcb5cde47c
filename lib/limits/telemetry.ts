/**
 * The event for a client that reaches a limit, and how often that happened.
 *
 * @module
 */

import { Tally } from "../base/tally.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import type { LimitName } from "./limit_name.ts";

/**
 * A client has reached a limit. `C` is the type of its connection, {@linkcode Connection} in
 * {@linkcode TelemetryEvents}.
 *
 * @category Limits
 */
export interface LimitHitEvent<C = unknown> {
  /** The name of the limit. */
  readonly limit: LimitName;
  /** The value of the limit; of a rate, the number per second. `undefined` if it is not a number. */
  readonly max: number | undefined;
  /** The counted value, if there is one. The actual one may be higher, since counting may stop at the limit. */
  readonly found: number | undefined;
  /** The connection that reached the limit; `undefined` during the handshake. */
  readonly connection: C | undefined;
  /** The client's address during the handshake, if it is known. */
  readonly address: string | undefined;
  /** The socket's id during the handshake, for `maxConnectionsPerId`. */
  readonly id: string | undefined;
  /** The topic, if there is one, as the client wrote it: untrusted text, to be escaped in logs. */
  readonly topic: unknown;
  /** The page's origin, if it was refused, as the client wrote it: untrusted text, to be escaped in logs. */
  readonly origin: string | undefined;
  /** The host that `origin` was compared with. */
  readonly host: string | undefined;
}

const limitsHit = telemetryEvent<LimitHitEvent>("urvogel:limit:hit");

/** The details of a limit that was reached. */
export interface LimitDetails {
  readonly max?: number;
  readonly found?: number;
  readonly connection?: object;
  readonly address?: string | undefined;
  readonly id?: string | undefined;
  readonly topic?: unknown;
  readonly origin?: string;
  readonly host?: string;
}

/** How often clients of this thread have reached the limits. */
export const limitCounts: Tally<LimitName> = new Tally();

/** Counts that a limit was reached, and emits `urvogel:limit:hit`. */
export function limitHit(limit: LimitName, details: LimitDetails): void {
  limitCounts.add(limit);
  const { max, found, connection, address, id, topic, origin, host } = details;
  limitsHit.emit({ limit, max, found, connection, address, id, topic, origin, host });
}
