/**
 * Counts what did not reach those that it was for.
 *
 * It is counted whether or not somebody listens to the events that report it: metrics and the inspector read the counts,
 * and no listener of theirs keeps an event out of the log.
 *
 * @module
 */

import { Tally } from "../base/tally.ts";
import type { LossKind } from "./loss_count.ts";

/** What was lost on this thread since the program started. */
export const losses: Tally<LossKind> = new Tally();
