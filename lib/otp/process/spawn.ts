/**
 * Processes that run a function.
 *
 * @module
 */

import { type Runnable, scheduler } from "../../base/scheduler.ts";
import { reportCrash } from "./crash_report.ts";
import { exitReasonOf } from "./exit_reason.ts";
import type { Mailbox } from "./mailbox.ts";
import { introduce, type Name, nameLabel } from "./names.ts";
import type { Pid, Self } from "./pid.ts";
import { Process, type ProcessOptions } from "./process.ts";

/**
 * Options for {@linkcode spawn}.
 *
 * @category Processes
 */
export interface SpawnOptions extends ProcessOptions {
  /** A name for the process, for `whereis`. */
  readonly name?: Name;
}

/**
 * The function of a spawned process. The process ends with `"normal"` when it returns, and with the error when it
 * throws.
 *
 * @category Processes
 */
export type ProcessBody<M> = (mailbox: Mailbox<M>, self: Self<M>) => void | Promise<void>;

/**
 * Starts a process: an async function that reads its mailbox.
 *
 * The loop ends when the process is ended from elsewhere. Other processes do not see what the function does after that.
 * Pass `self.signal` to whatever the function waits for, so that it can stop early.
 *
 * A process that monitors others or traps exits receives `Down` and `Exit` messages: add them to `M`.
 *
 * @category Processes
 * @example Usage
 * ```ts
 * import { spawn } from "@urvogel/realtime";
 *
 * const logger = spawn<string>(async (mailbox) => {
 *   for await (const line of mailbox) console.log(line);
 * });
 * logger.send("hello");
 * logger.exit("shutdown");
 * ```
 *
 * @param body The function. It is started soon, not within this call.
 * @param options A label and a name, the size of the mailbox, a process to link to.
 * @returns The address of the process.
 * @throws {AlreadyStartedError} If another process has the name.
 */
export function spawn<M = never>(body: ProcessBody<M>, options: SpawnOptions = {}): Pid<M> {
  const { name, label = name === undefined ? body.name || "spawn" : nameLabel(name) } = options;
  const process = new Process({ ...options, label });
  introduce(process, name);
  scheduler.enqueue(new Beginning(process, body));
  return process;
}

/** Starts the function of a process. */
class Beginning<M> implements Runnable {
  readonly #process: Process;
  readonly #body: ProcessBody<M>;

  constructor(process: Process, body: ProcessBody<M>) {
    this.#process = process;
    this.#body = body;
  }

  run(): void {
    scheduler.spendOnStart();
    void run(this.#process, this.#body);
  }
}

async function run<M>(process: Process, body: ProcessBody<M>): Promise<void> {
  if (!process.alive) return;
  try {
    await body(process.mailbox as Mailbox<M>, process);
    process.end("normal");
  } catch (thrown) {
    if (!process.alive) return; // what an ended process throws concerns nobody
    const error = exitReasonOf(thrown);
    reportCrash({ pid: process, during: "its function", error, ancestors: process.ancestors });
    process.end(error);
  }
}
