/**
 * What a node does while its bus cannot be reached.
 *
 * @module
 */

import { checkPositive } from "../base/check_number.ts";
import { quoted } from "../base/printable.ts";

/**
 * Options of the bus. Without an adapter they have no effect.
 *
 * @category PubSub
 */
export interface BusOptions {
  /**
   * Whether the program needs the bus to start. If so, `ready` of the PubSub rejects if there is no connection within
   * `connectTimeoutMs`; if nothing awaits it, that ends the program, as any unhandled rejection does. If not, the node
   * serves alone until the bus is there, and `ready` resolves after `connectTimeoutMs`.
   *
   * @default {true}
   */
  readonly requireBus?: boolean | undefined;
  /**
   * How long `ready` waits for the first connection, and a join for the subscription of its topic, in milliseconds.
   * More than 0.
   *
   * @default {10_000}
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * What `broadcast` does while the bus is down: `"throw"` a `BusDownError` and deliver nothing, or deliver on this node
   * only (`"local"`), so that the members of a topic on other nodes miss the message.
   *
   * @default {"throw"}
   */
  readonly whenBusIsDown?: "throw" | "local" | undefined;
}

/** The options with their defaults. */
export interface BusSettings {
  readonly requireBus: boolean;
  readonly connectTimeoutMs: number;
  readonly whenBusIsDown: "throw" | "local";
}

/**
 * Returns the options with their defaults.
 *
 * @throws {RangeError} If a time is out of range.
 * @throws {TypeError} If `whenBusIsDown` is neither `"throw"` nor `"local"`, or `requireBus` is no boolean.
 */
export function busSettings(
  { requireBus = true, connectTimeoutMs = 10_000, whenBusIsDown = "throw" }: BusOptions,
): BusSettings {
  if (typeof requireBus !== "boolean") throw wrongType("requireBus", "true or false", requireBus);
  if (whenBusIsDown !== "throw" && whenBusIsDown !== "local") {
    throw wrongType("whenBusIsDown", '"throw" or "local"', whenBusIsDown);
  }
  checkPositive("create PubSub", "connectTimeoutMs", connectTimeoutMs);
  return { requireBus, connectTimeoutMs, whenBusIsDown };
}

function wrongType(name: string, expected: string, found: unknown): TypeError {
  return new TypeError(`Cannot create PubSub: "${name}" must be ${expected}, received ${quoted(found)}`);
}
