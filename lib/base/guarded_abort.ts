/**
 * Aborting a signal whose listeners may throw.
 *
 * @module
 */

/** The part of the global object that receives what listeners throw; Node has none. */
interface ErrorTarget {
  addEventListener?(type: "error", listener: (event: ErrorEvent) => void): void;
}

/** One listener for the whole run of the program: adding one for each abort would take as long as the abort. */
class Guard {
  static #listens = false;
  static #onFailure: ((thrown: unknown) => void) | undefined; // of the abort that runs, the innermost

  static abort(controller: AbortController, reason: unknown, onFailure: (thrown: unknown) => void): void {
    if (!Guard.#listens) Guard.#listen();
    const outer = Guard.#onFailure;
    Guard.#onFailure = onFailure;
    try {
      controller.abort(reason); // the listeners run, and their errors are reported, before this returns
    } finally {
      Guard.#onFailure = outer;
    }
  }

  static #listen(): void {
    Guard.#listens = true;
    const global: ErrorTarget = globalThis;
    global.addEventListener?.("error", (event) => {
      if (!Guard.#onFailure) return;
      event.preventDefault();
      Guard.#onFailure(event.error);
    });
  }
}

/**
 * Aborts a signal. Whatever its listeners throw, or those of signals that depend on it, is passed to `onFailure`: the
 * platform would report it as an uncaught error and end the program.
 *
 * @example Usage
 * ```ts
 * import { abortGuarded } from "./guarded_abort.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const controller = new AbortController();
 * controller.signal.addEventListener("abort", () => {
 *   throw new Error("no");
 * });
 * const thrown: unknown[] = [];
 * abortGuarded(controller, "done", (error) => thrown.push(error));
 * assertEquals(thrown.length, 1);
 * ```
 *
 * @param controller The controller of the signal.
 * @param reason The reason of the abort.
 * @param onFailure Receives what a listener throws.
 */
export function abortGuarded(
  controller: AbortController,
  reason: unknown,
  onFailure: (thrown: unknown) => void,
): void {
  Guard.abort(controller, reason, onFailure);
}
