/**
 * The program itself, in Deno and in Node: its signals and its end.
 *
 * @module
 */

import process from "node:process";

/** A signal that asks a program to end. */
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGBREAK";

const IS_DENO = typeof Deno !== "undefined";

/** Whether the system is Windows, which has signals of its own. */
export const IS_WINDOWS: boolean = process.platform === "win32";

/** Ends the program. */
export function exitProgram(code: number): never {
  return IS_DENO ? Deno.exit(code) : process.exit(code);
}

/**
 * Calls `listener` for a signal, instead of ending the program.
 *
 * @returns Takes it back when disposed of.
 */
export function onSignal(signal: EndSignal, listener: () => void): Disposable {
  if (IS_DENO) {
    Deno.addSignalListener(signal, listener);
    return { [Symbol.dispose]: () => Deno.removeSignalListener(signal, listener) };
  }
  process.on(signal, listener);
  return { [Symbol.dispose]: () => void process.off(signal, listener) };
}
