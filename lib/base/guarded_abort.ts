/**
 * Aborting a signal that others listen to.
 *
 * @module
 */

/** The part of the global object that hears what listeners throw; Node has none. */
interface ErrorTarget {
  addEventListener?(type: "error", listener: (event: ErrorEvent) => void): void;
  removeEventListener?(type: "error", listener: (event: ErrorEvent) => void): void;
}

/**
 * Aborts a signal. What its listeners throw, and those of signals that follow it, goes to `onFailure`: the platform would
 * report it as an error of the whole program, and end that.
 *
 * @example Usage
 * ```ts
 * import { abortGuarded } from "./guarded_abort.ts";
 * import assert from "node:assert/strict";
 *
 * const controller = new AbortController();
 * controller.signal.addEventListener("abort", () => {
 *   throw new Error("no");
 * });
 * const thrown: unknown[] = [];
 * abortGuarded(controller, "done", (error) => thrown.push(error));
 * assert.equal(thrown.length, 1);
 * ```
 *
 * @param controller The controller of the signal.
 * @param reason Why.
 * @param onFailure Receives what a listener throws.
 */
export function abortGuarded(
  controller: AbortController,
  reason: unknown,
  onFailure: (thrown: unknown) => void,
): void {
  if (controller.signal.aborted) return;
  const global: ErrorTarget = globalThis;
  const onError = (event: ErrorEvent) => {
    if (event.defaultPrevented) return; // the guard of an abort around this one has it
    event.preventDefault();
    onFailure(event.error);
  };
  global.addEventListener?.("error", onError);
  try {
    controller.abort(reason); // the listeners run, and their errors are reported, before this returns
  } finally {
    global.removeEventListener?.("error", onError);
  }
}
