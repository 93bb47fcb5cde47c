/**
 * Names: a process can be found by its name instead of its address.
 *
 * A name is a string, valid in this thread, or a {@linkcode ViaName}: a key in a registry, such as
 * `registry.via("room:lobby")`. Both can be used wherever a process can be given a name.
 *
 * @module
 */

import type { Few } from "../../base/few.ts";
import { AlreadyStartedError } from "./errors.ts";
import type { Pid } from "./pid.ts";
import { addOwned, OwnedBy, removeOwned } from "./owned_by.ts";
import type { Process } from "./process.ts";

/**
 * A name that is kept outside this module, such as in a registry. OTP's `{:via, module, name}`.
 *
 * @category Processes
 */
export interface ViaName {
  /** The name as text, for labels and errors. */
  readonly label: string;
  /**
   * Registers `pid` under this name, until the process ends.
   *
   * @throws {AlreadyStartedError} If another process has the name.
   */
  register(pid: Pid<never>): void;
  /** Returns the live process that has the name, if there is one. */
  whereis(): Pid<never> | undefined;
}

/**
 * The name of a process: a text, or a {@linkcode ViaName}.
 *
 * @category Processes
 */
export type Name = string | ViaName;

const processes = new Map<string, Pid<never>>();
/** The names of each process. */
const names = new OwnedBy<Few<string>>((gone) => {
  for (const name of gone ?? []) processes.delete(name);
});

/**
 * Registers `pid` under a name. {@linkcode whereis} returns it for this name until it ends.
 *
 * @category Processes
 * @param name The name.
 * @param pid A live process.
 * @throws {AlreadyStartedError} If another process has the name.
 * @throws {TypeError} If `pid` has ended.
 */
export function register(name: Name, pid: Pid<never>): void {
  if (typeof name !== "string") return name.register(pid);
  const owner = whereis(name);
  if (owner) throw new AlreadyStartedError(name, owner);
  if (!pid.alive) throw new TypeError(`Cannot register "${name}": process ${pid.id} has ended`);
  unregister(name); // of one that has ended, and is about to be forgotten
  addOwned(names, pid, name);
  processes.set(name, pid);
}

/**
 * Removes a name from the process that has it. OTP's `Process.unregister/1`.
 *
 * @category Processes
 * @param name The name.
 * @returns Whether a process had the name.
 */
export function unregister(name: string): boolean {
  const pid = processes.get(name);
  if (!pid) return false;
  removeOwned(names, pid, name);
  return processes.delete(name);
}

/**
 * Returns the process with this name.
 *
 * @category Processes
 * @param name The name.
 * @returns The process, or `undefined` if no live process has this name.
 */
export function whereis(name: Name): Pid<never> | undefined {
  const pid = typeof name === "string" ? processes.get(name) : name.whereis();
  return pid?.alive ? pid : undefined;
}

/**
 * Returns the registered names of this thread. OTP's `Process.registered/0`.
 *
 * @category Processes
 * @returns The names, oldest first.
 */
export function registered(): string[] {
  return [...processes.keys()];
}

/** Returns a name as text, for labels and errors. */
export function nameLabel(name: Name): string {
  return typeof name === "string" ? name : name.label;
}

/**
 * Registers a new process under its name and links it to its parent. Ends the process if the name is taken.
 *
 * @throws {AlreadyStartedError} If another process has the name.
 */
export function introduce(process: Process, name: Name | undefined): void {
  try {
    if (name !== undefined) register(name, process);
  } catch (error) {
    process.end("normal");
    throw error;
  }
  if (process.alive && process.parent) process.link(process.parent);
}
