/**
 * The errors that callers of processes may want to catch.
 *
 * @module
 */

import { describeExit, type ExitReason } from "./exit_reason.ts";
import type { Pid } from "./pid.ts";

/**
 * Thrown by a call whose reply is late. The server may still be at work; its late reply vanishes.
 *
 * The message says what the server is busy with. Where that is a handler that calls its own server, or one that calls
 * this one back, each waits for the other: answer later, by `from.reply`, or do the work in a `Task`.
 */
export class CallTimeoutError extends Error {
  /** How long the caller waited, in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for a call of `name` to `server`; `whyLate` says why, if that is known. */
  constructor(server: string, name: string, timeoutMs: number, whyLate?: string) {
    super(`Cannot call "${name}" of ${server}: no reply within ${timeoutMs} ms${whyLate ? `; ${whyLate}` : ""}`);
    this.name = "CallTimeoutError";
    this.timeoutMs = timeoutMs;
  }
}

/** Thrown by a call whose server ended before it replied, or had ended before it was called. */
export class CallExitError extends Error {
  /** Why the server ended; `"noproc"` if it was not there to begin with. */
  readonly reason: ExitReason;

  /** Creates the error for a call of `name` to `server`. */
  constructor(server: string, name: string, reason: ExitReason) {
    super(`Cannot call "${name}" of ${server}: it ended (${describeExit(reason)})`, { cause: reason });
    this.name = "CallExitError";
    this.reason = reason;
  }
}

/** Thrown by a call that the server's mailbox had no room for. */
export class MailboxFullError extends Error {
  /** Creates the error for a call of `name` to `server`. */
  constructor(server: string, name: string) {
    super(`Cannot call "${name}" of ${server}: its mailbox is full`);
    this.name = "MailboxFullError";
  }
}

/** Thrown where a name is taken by another process. OTP's `{:already_started, pid}`. */
export class AlreadyStartedError extends Error {
  /** Who has the name. */
  readonly pid: Pid<never>;

  /** Creates the error for `name`. */
  constructor(name: string, pid: Pid<never>) {
    super(`Cannot register "${name}": process ${pid.id} has this name`);
    this.name = "AlreadyStartedError";
    this.pid = pid;
  }
}

/** Thrown by `GenServer.start` when `init` decided not to run, threw, or took too long. */
export class StartError extends Error {
  /** Why. */
  readonly reason: ExitReason | "ignore" | "timeout";

  /** Creates the error for `server`. */
  constructor(server: string, reason: ExitReason | "ignore" | "timeout") {
    const why = reason === "ignore" || reason === "timeout" ? reason : describeExit(reason);
    super(`Cannot start ${server}: ${why}`, { cause: reason });
    this.name = "StartError";
    this.reason = reason;
  }
}
