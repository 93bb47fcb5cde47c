/**
 * Details of a message that a limit refuses.
 *
 * @module
 */

import type { LimitName } from "./limit_name.ts";

/** The limit that a message exceeds, and by how much. */
export interface Excess {
  /** The name of the limit. */
  readonly limit: LimitName;
  /** The value of the limit. */
  readonly max: number;
  /** The counted value, if there is one. The actual one may be higher, since counting stops at the limit. */
  readonly found?: number;
  /** The reason sent to the client. */
  readonly reason: string;
}
