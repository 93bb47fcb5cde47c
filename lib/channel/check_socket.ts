/**
 * What a socket declares, checked once: when it is mounted, not when the first client comes.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { assertRateLimit } from "../limits/token_bucket.ts";
import { Channel } from "./channel.ts";
import type { SocketLimits } from "./client_limits.ts";

/** What is looked at. */
export interface DeclaredSocket extends SocketLimits {
  /** See `Socket`. */
  readonly channels: Readonly<Record<string, unknown>>;
}

const RATES = ["messageRate", "joinRate", "refusalRate"] as const;
const COUNTS = ["maxChannelsPerTransport", "maxQueuedMessages", "maxQueuedBytes", "maxTopicBytes"] as const;

/**
 * Refuses a socket that no client could use.
 *
 * @throws {TypeError} If a channel is no class that extends `Channel`: an instance, or what two modules that import each
 * other have not defined yet.
 * @throws {RangeError} If a limit makes no sense.
 */
export function assertSocket(socket: DeclaredSocket): void {
  for (const [pattern, channel] of Object.entries(socket.channels)) {
    if (typeof channel === "function" && channel.prototype instanceof Channel) continue;
    const found = channel === null ? "null" : typeof channel;
    throw new TypeError(`Cannot route ${quoted(pattern)}: must be a class that extends Channel, received ${found}`);
  }
  for (const name of RATES) assertRateLimit(name, socket[name]);
  for (const name of COUNTS) {
    const count = socket[name];
    if (!(count >= 1)) throw new RangeError(`Cannot limit socket: "${name}" must be >= 1, received ${count}`);
  }
}
