/**
 * Names of processes in this thread.
 *
 * @module
 */

import { AlreadyStartedError } from "./errors.ts";
import type { Pid } from "./pid.ts";
import { processOf } from "./process.ts";

const names = new Map<string, Pid<never>>();

/**
 * Gives `pid` a name, under which {@linkcode whereis} finds it until it ends.
 *
 * @param name The name.
 * @param pid A live process.
 * @throws {AlreadyStartedError} If another process has the name.
 * @throws {TypeError} If `pid` has ended.
 */
export function register(name: string, pid: Pid<never>): void {
  const owner = whereis(name);
  if (owner) throw new AlreadyStartedError(name, owner);
  if (!pid.alive) throw new TypeError(`Cannot register "${name}": process ${pid.id} has ended`);
  names.set(name, pid);
  processOf(pid).onExit(() => {
    if (names.get(name) === pid) names.delete(name);
  });
}

/**
 * Finds a process by its name.
 *
 * @param name The name.
 * @returns The process, or `undefined` if no live process has this name.
 */
export function whereis(name: string): Pid<never> | undefined {
  const pid = names.get(name);
  return pid?.alive ? pid : undefined;
}
