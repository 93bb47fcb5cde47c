/**
 * Starts the process of a behaviour: the common part of `start` of GenServer, Supervisor, Agent and similar classes.
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

/**
 * Options for starting a server of any kind.
 *
 * @category Servers
 */
export interface StartOptions extends ProcessOptions {
  /** A name for the server, for `whereis`. */
  readonly name?: Name;
  /**
   * How long `init` may take, in milliseconds.
   *
   * @default {Infinity}
   */
  readonly timeoutMs?: number;
}

/**
 * The arguments of `start` and `child` after the class: the argument of its `init`, which is optional if `init` takes
 * none or an optional one, and options `O`. `A` is what the class says (`NoInfer`), so that options in the place of the
 * argument do not compile.
 *
 * @category Servers
 */
export type StartArguments<A, O> = undefined extends A ? [argument?: A, options?: O] : [argument: A, options?: O];

/**
 * Starts a server and waits for its `init`.
 *
 * @param behaviour The callbacks that the server runs.
 * @param kind The label of a server that has neither a label nor a name.
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
  // Not an async function, since that would add a promise and two turns of microtasks to each start.
  try {
    const process = new ServerProcess<S>(behaviour, processOptionsOf(kind, options));
    onCreated?.(process);
    return startProcess(process, options);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Returns the options for the process of a server. Its label is the option `label`, or its name, or its kind.
 *
 * @throws {RangeError} If `timeoutMs` is negative or not a number; checked before a process is created.
 */
export function processOptionsOf(kind: string, options: StartOptions): ProcessOptions {
  const { name, label, mailbox, link, timeoutMs = Infinity } = options;
  assertTimeout(`start ${kind}`, timeoutMs);
  return { label: label ?? (name === undefined ? kind : nameLabel(name)), mailbox, link };
}

/** A process that reports when it has started. */
interface StartableProcess extends Process {
  start(onStarted: (error?: StartError) => void): void;
}

/**
 * Starts a process that was already created, for processes with a class of their own. The second part of
 * {@linkcode startServer}.
 *
 * @throws {AlreadyStartedError} If another process has the name; thrown synchronously, unlike all other errors.
 */
export function startProcess<P extends StartableProcess>(process: P, options: StartOptions): Promise<P> {
  const { name, timeoutMs = Infinity } = options;
  introduce(process, name);
  return new Promise((resolve, reject) => {
    const limit = timeoutMs === Infinity ? undefined : killAfter(timeoutMs, process, reject);
    process.start((error) => {
      limit?.clear();
      // A new server may never get a message, so its start is counted here, for code that starts many in a row.
      if (!scheduler.spendOnStart()) scheduler.enqueue({ run: () => error ? reject(error) : resolve(process) });
      else if (error) reject(error);
      else resolve(process);
    });
  });
}

/** Ends a process that has not started in time, and calls `onLate` with the error. */
function killAfter(timeoutMs: number, process: Process, onLate: (error: StartError) => void): Alarm {
  return new Alarm(() => {
    onLate(new StartError(process.label, "timeout"));
    if (process.parent) process.unlink(process.parent); // it gets the error, and not an exit signal as well
    process.end("killed");
  }).set(timeoutMs);
}
