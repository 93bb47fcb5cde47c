/**
 * What is known of a message that a limit refuses.
 *
 * @module
 */

import type { LimitName } from "./telemetry.ts";

/** A limit that a message is over. */
export interface Excess {
  /** Its name. */
  readonly limit: LimitName;
  /** What it says. */
  readonly max: number;
  /** What was found, where that was counted: at least that much, for counting stops at the limit. */
  readonly found?: number;
  /** What the client is told. */
  readonly reason: string;
}
