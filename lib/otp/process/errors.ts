/**
 * The errors that callers of processes may want to catch.
 *
 * @module
 */

import { describeExit, type ExitReason } from "./exit_reason.ts";
import type { Pid } from "./pid.ts";

/**
 * Thrown by a call that got no reply in time. The server may still handle the request; its late reply is discarded.
 *
 * The error message describes what the server is busy with. If that is a handler that calls its own server, or a server
 * that waits for this call, both wait for each other. To avoid this, reply later with `from.reply`, or do the work in a
 * `Task`.
 *
 * @category Processes
 */
export class CallTimeoutError extends Error {
  /** How long the caller waited, in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for the call `name` to `server`; `whyLate` is the cause, if it is known. */
  constructor(server: string, name: string, timeoutMs: number, whyLate?: string) {
    super(`Cannot call "${name}" of ${server}: no reply within ${timeoutMs} ms${whyLate ? `; ${whyLate}` : ""}`);
    this.name = "CallTimeoutError";
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Thrown by a call to a server that ended before it replied, or that had already ended.
 *
 * @category Processes
 */
export class CallExitError extends Error {
  /** Why the server ended; `"noproc"` if it had ended before the call. */
  readonly reason: ExitReason;

  /** Creates the error for the call `name` to `server`. */
  constructor(server: string, name: string, reason: ExitReason) {
    super(`Cannot call "${name}" of ${server}: it ended (${describeExit(reason)})`, { cause: reason });
    this.name = "CallExitError";
    this.reason = reason;
  }
}

/**
 * Thrown by a call when the server's mailbox is full.
 *
 * @category Processes
 */
export class MailboxFullError extends Error {
  /** Creates the error for the call `name` to `server`. */
  constructor(server: string, name: string) {
    super(`Cannot call "${name}" of ${server}: its mailbox is full`);
    this.name = "MailboxFullError";
  }
}

/**
 * Thrown when a name or key is already registered for another process. OTP's `{:already_started, pid}`.
 *
 * @category Processes
 */
export class AlreadyStartedError extends Error {
  /** The process that has the name. */
  readonly pid: Pid<never>;

  /** Creates the error for `name`. */
  constructor(name: string, pid: Pid<never>) {
    super(`Cannot register "${name}": process ${pid.id} has this name`);
    this.name = "AlreadyStartedError";
    this.pid = pid;
  }
}

/**
 * Thrown by `GenServer.start` when `init` threw, returned `stop` or `ignore`, or took too long.
 *
 * @category Processes
 */
export class StartError extends Error {
  /** Why the server did not start. */
  readonly reason: ExitReason | "ignore" | "timeout";

  /** Creates the error for `server`. */
  constructor(server: string, reason: ExitReason | "ignore" | "timeout") {
    const why = reason === "ignore" || reason === "timeout" ? reason : describeExit(reason);
    super(`Cannot start ${server}: ${why}`, { cause: reason });
    this.name = "StartError";
    this.reason = reason;
  }
}
