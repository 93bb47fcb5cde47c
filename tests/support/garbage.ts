/**
 * The garbage collector, for tests of what is kept.
 *
 * @module
 */

import v8 from "node:v8";
import { runInNewContext } from "node:vm";

v8.setFlagsFromString("--expose-gc");
/** Frees what nothing refers to. What a `WeakRef` was made of, or was read of, lives until its turn has ended. */
export const collectGarbage: () => void = runInNewContext("gc");
v8.setFlagsFromString("--no-expose-gc");
