/**
 * The results of `connect`, `join` and `refresh`: checks that they are valid.
 *
 * @module
 */

import { isResult } from "../otp/process/marked_result.ts";
import type { Ok, Refuse } from "../otp/server/result.ts";

/**
 * Checks the result of a callback that must return `ok(...)` or `refuse(...)`.
 *
 * @param result What it returned.
 * @param describe The error for anything else, such as `"Cannot join: join must return ok(...) or refuse(...)"`.
 * @returns The result.
 * @throws {TypeError} If it is neither `ok(...)` nor `refuse(...)`.
 */
export function okOrRefuse<R extends Ok<unknown> | Refuse>(result: R, describe: () => string): R {
  if (isResult(result) && (result.next === "ok" || result.next === "refuse")) return result;
  throw new TypeError(describe());
}
