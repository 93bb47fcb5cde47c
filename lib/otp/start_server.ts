/**
 * Starts the process of a behaviour: what `start` of GenServer, Supervisor, Agent and the like have in common.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import type { Behaviour } from "./behaviour.ts";
import { StartError } from "./errors.ts";
import { introduce, type Name, nameLabel } from "./names.ts";
import type { ProcessOptions } from "./process.ts";
import { ServerProcess } from "./server_process.ts";

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
export async function startServer<S>(
  behaviour: Behaviour<S>,
  kind: string,
  options: StartOptions = {},
  onCreated?: (process: ServerProcess<S>) => void,
): Promise<ServerProcess<S>> {
  const { name, timeoutMs = Infinity, label = name === undefined ? kind : nameLabel(name), mailbox, link } = options;
  const process = new ServerProcess<S>(behaviour, { label, mailbox, link });
  onCreated?.(process);
  introduce(process, name);
  const { promise, resolve, reject } = Promise.withResolvers<ServerProcess<S>>();
  const limit = new Alarm(() => {
    reject(new StartError(label, "timeout"));
    process.end("killed");
  }).set(timeoutMs);
  process.start((error) => {
    limit.clear();
    if (error) reject(error);
    else resolve(process);
  });
  return await promise;
}
