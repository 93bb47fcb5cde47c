/**
 * Names: how a process is found without its address.
 *
 * A name is a string, known in this thread, or a {@linkcode ViaName}: a place in a registry, such as
 * `registry.via("room:lobby")`. Wherever a process can be given a name, both will do.
 *
 * @module
 */

import type { Few } from "../../base/few.ts";
import { AlreadyStartedError } from "./errors.ts";
import type { Pid } from "./pid.ts";
import { addOwned, OwnedBy, removeOwned } from "./owned_by.ts";
import type { Process } from "./process.ts";

/** A name that somebody else than this module keeps. OTP's `{:via, module, name}`. */
export interface ViaName {
  /** The name in words, for people. */
  readonly label: string;
  /**
   * Gives the name to `pid`, until that ends.
   *
   * @throws {AlreadyStartedError} If another process has the name.
   */
  register(pid: Pid<never>): void;
  /** Finds the live process that has the name. */
  whereis(): Pid<never> | undefined;
}

/** A name of a process. */
export type Name = string | ViaName;

const processes = new Map<string, Pid<never>>();
/** The same by process. */
const names = new OwnedBy<Few<string>>((gone) => {
  for (const name of gone ?? []) processes.delete(name);
});

/**
 * Gives `pid` a name, under which {@linkcode whereis} finds it until it ends.
 *
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
 * Takes a name back, whoever has it. OTP's `Process.unregister/1`.
 *
 * @param name The name.
 * @returns Whether anybody had it.
 */
export function unregister(name: string): boolean {
  const pid = processes.get(name);
  if (!pid) return false;
  removeOwned(names, pid, name);
  return processes.delete(name);
}

/**
 * Finds a process by its name.
 *
 * @param name The name.
 * @returns The process, or `undefined` if no live process has this name.
 */
export function whereis(name: Name): Pid<never> | undefined {
  const pid = typeof name === "string" ? processes.get(name) : name.whereis();
  return pid?.alive ? pid : undefined;
}

/**
 * The names that are taken in this thread. OTP's `Process.registered/0`.
 *
 * @returns The names, oldest first.
 */
export function registered(): string[] {
  return [...processes.keys()];
}

/** A name in words, for labels and errors. */
export function nameLabel(name: Name): string {
  return typeof name === "string" ? name : name.label;
}

/**
 * Gives a new process its name and links it to its parent; ends it where the name is taken.
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
