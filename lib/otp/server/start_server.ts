/**
 * Starts the process of a behaviour: what `start` of GenServer, Supervisor, Agent and the like have in common.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { scheduler } from "../../base/scheduler.ts";
import type { Behaviour } from "./behaviour.ts";
import { StartError } from "../process/errors.ts";
import { introduce, type Name, nameLabel } from "../process/names.ts";
import type { Process, ProcessOptions } from "../process/process.ts";
import { ServerProcess } from "./server_process.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

/** Options for starting a server of any kind. */
export interface StartOptions extends ProcessOptions {
  /** A name under which it is found. */
  readonly name?: Name;
  /**
   * How long `init` may take, in milliseconds.
   *
   * @default {Infinity}
   */
  readonly timeoutMs?: number;
}

/**
 * What follows a class in `start` and `child`: the argument of its `init`, which may be left out where `init` takes none or
 * may go without, and options `O`.
 */
export type StartArguments<A, O> = undefined extends A ? [argument?: A, options?: O] : [argument: A, options?: O];

/**
 * Starts a server and waits for its `init`.
 *
 * @param behaviour What it runs. Given the process before `init` runs, if it asks for it.
 * @param kind What it is called where it has neither label nor name.
 * @param options A name, a time limit, a process to link to.
 * @param onCreated Called with the process before anything runs.
 * @returns The running process.
 * @throws {StartError} If `init` threw, stopped, ignored, or took longer than `timeoutMs`.
 * @throws {AlreadyStartedError} If another process has the name.
 */
export function startServer<S>(
  behaviour: Behaviour<S>,
  kind: string,
  options: StartOptions = {},
  onCreated?: (process: ServerProcess<S>) => void,
): Promise<ServerProcess<S>> {
  // Not an async function: it would add a promise and two turns of microtasks to each start.
  try {
    const process = new ServerProcess<S>(behaviour, processOptionsOf(kind, options));
    onCreated?.(process);
    return startProcess(process, options);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * What a process is made with: it is called by its label, its name, or else its kind.
 *
 * @throws {RangeError} If `timeoutMs` is negative or not a number: before there is a process that would be left behind.
 */
export function processOptionsOf(kind: string, options: StartOptions): ProcessOptions {
  const { name, label, mailbox, link, timeoutMs = Infinity } = options;
  assertTimeout(`start ${kind}`, timeoutMs);
  return { label: label ?? (name === undefined ? kind : nameLabel(name)), mailbox, link };
}

/** A process that says when it has started. */
interface StartableProcess extends Process {
  start(onStarted: (error?: StartError) => void): void;
}

/**
 * The part of {@linkcode startServer} that comes after making the process, for processes of a class of their own.
 *
 * @throws {AlreadyStartedError} If another process has the name; at once, unlike everything else that goes wrong.
 */
export function startProcess<P extends StartableProcess>(process: P, options: StartOptions): Promise<P> {
  const { name, timeoutMs = Infinity } = options;
  introduce(process, name);
  return new Promise((resolve, reject) => {
    const limit = timeoutMs === Infinity ? undefined : killAfter(timeoutMs, process, reject);
    process.start((error) => {
      limit?.clear();
      // A server that has begun may never get a message: whoever starts one after the other pays here.
      if (!scheduler.spendOnStart()) scheduler.enqueue({ run: () => error ? reject(error) : resolve(process) });
      else if (error) reject(error);
      else resolve(process);
    });
  });
}

/** Ends a process that has not started in time, and reports that to `onLate`. */
function killAfter(timeoutMs: number, process: Process, onLate: (error: StartError) => void): Alarm {
  return new Alarm(() => {
    onLate(new StartError(process.label, "timeout"));
    if (process.parent) process.unlink(process.parent); // it gets the error, and not an exit signal as well
    process.end("killed");
  }).set(timeoutMs);
}
