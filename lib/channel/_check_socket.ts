/**
 * Checks a socket's declarations once, when it is mounted, not when the first client connects.
 *
 * @module
 */

import { checkAtLeast } from "../base/check_number.ts";
import { quoted } from "../base/printable.ts";
import { type SocketLimits, withDefaults } from "../limits/limit_set.ts";
import { assertRateLimit } from "../limits/token_bucket.ts";
import { CONTROL_PREFIX } from "../pubsub/adapter.ts";
import { Channel } from "./channel.ts";

/** The declarations that are checked. */
export interface DeclaredSocket extends Partial<SocketLimits> {
  readonly channels: Readonly<Record<string, unknown>>;
}

const RESERVED = `topics that begin with "${CONTROL_PREFIX}" are the library's own, and clients cannot join them`;

const RATES = ["messageRate", "byteRate", "joinRate", "refusalRate"] as const;
const COUNTS = [
  "maxConnectionsPerId",
  "maxChannelsPerTransport",
  "maxQueuedMessages",
  "maxQueuedBytes",
  "maxTopicBytes",
  "maxNesting",
] as const;

/**
 * Throws if a socket's declarations are invalid.
 *
 * @throws {TypeError} If a channel is not a class that extends `Channel`, such as an instance, or a class that is still
 * undefined because of a circular import; or if a pattern begins with `urvogel:`.
 */
export function assertSocket(socket: DeclaredSocket): void {
  for (const [pattern, channel] of Object.entries(socket.channels)) {
    if (pattern.startsWith(CONTROL_PREFIX)) throw new TypeError(`Cannot route ${quoted(pattern)}: ${RESERVED}`);
    if (typeof channel === "function" && channel.prototype instanceof Channel) continue;
    const found = channel === null ? "null" : typeof channel;
    throw new TypeError(`Cannot route ${quoted(pattern)}: must be a class that extends Channel, received ${found}`);
  }
}

/**
 * Returns the limits of a socket: those that it declares, and `defaults` for the others.
 *
 * @throws {RangeError} If one of them is invalid.
 */
export function limitsOf(socket: Partial<SocketLimits>, defaults: SocketLimits): SocketLimits {
  const limits = withDefaults(socket, defaults);
  for (const name of RATES) assertRateLimit(name, limits[name]);
  for (const name of COUNTS) checkAtLeast("limit socket", name, limits[name], 1);
  return limits;
}
