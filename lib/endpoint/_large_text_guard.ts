/**
 * Keeps the program alive when a client sends a text of more than 512 MiB in fragments.
 *
 * Deno 2.9 assembles a message without a limit and then fails to turn it into a string. The error is an unhandled
 * rejection, which ends the program. The socket reads nothing more afterwards; `timeoutMs` closes it as silent.
 *
 * @module
 */

import { consoleLog, type Report } from "../base/log.ts";
import { limitHit } from "../limits/telemetry.ts";

const MESSAGE = "failed to allocate string";
const SOURCE = "ext:deno_websocket/";

/**
 * Marks exactly that error as handled, reports it as `urvogel:limit:hit` of `maxFrameBytes`, and logs it.
 *
 * @returns Ends the guard when disposed of.
 */
export function guardLargeTexts(): Disposable {
  const listener = (event: PromiseRejectionEvent) => {
    if (!isLargeText(event.reason)) return;
    event.preventDefault();
    limitHit("maxFrameBytes", {});
    consoleLog.write("error", undefined, LARGE_TEXT);
  };
  if (typeof addEventListener !== "function") return { [Symbol.dispose]() {} }; // Node, which has no such fault
  addEventListener("unhandledrejection", listener);
  return { [Symbol.dispose]: () => removeEventListener("unhandledrejection", listener) };
}

const LARGE_TEXT: Report<undefined> = {
  kind: "large text",
  describe: () => ({ message: "a client sent a text of more than 512 MiB: nothing more of it will be read" }),
};

/** Returns whether `reason` is that error of Deno. No other error may be marked as handled. */
function isLargeText(reason: unknown): boolean {
  try {
    return reason instanceof TypeError && reason.message.startsWith(MESSAGE) &&
      reason.stack?.includes(SOURCE) === true;
  } catch {
    return false; // what is thrown may be anything, such as a revoked proxy
  }
}
