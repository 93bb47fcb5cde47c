/**
 * Signals and exit of the program, in Deno and in Node.
 *
 * @module
 */

import process from "node:process";

/** A signal that asks a program to end. */
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGBREAK";

const IS_DENO = typeof Deno !== "undefined";

/** Whether the system is Windows, which has different signals. */
export const IS_WINDOWS: boolean = process.platform === "win32";

/**
 * Returns the URL or path of the module with which this thread has begun: the same in all threads of `deno serve
 * --parallel`, and in all Workers of one module.
 */
export function threadModule(): string {
  if (!IS_DENO) return process.argv[1] ?? "";
  return Deno.mainModule ?? globalThis.location?.href ?? ""; // a Worker has no main module
}

/** Ends the program. */
export function exitProgram(code: number): never {
  return IS_DENO ? Deno.exit(code) : process.exit(code);
}

/**
 * Calls `listener` when the program receives a signal, instead of ending the program.
 *
 * @returns An object that removes the listener when it is disposed.
 */
export function onSignal(signal: EndSignal, listener: () => void): Disposable {
  if (IS_DENO) {
    Deno.addSignalListener(signal, listener);
    return { [Symbol.dispose]: () => Deno.removeSignalListener(signal, listener) };
  }
  process.on(signal, listener);
  return { [Symbol.dispose]: () => void process.off(signal, listener) };
}
