/**
 * The system messages `Down` and `Exit`.
 *
 * @module
 */

import type { ExitReason } from "./exit_reason.ts";
import type { MonitorRef, Pid } from "./pid.ts";

/**
 * The message that a monitored process has ended. OTP's `{:DOWN, ref, :process, pid, reason}`.
 *
 * @category Processes
 */
export class Down {
  /** The reference that `monitor` returned. */
  readonly ref: MonitorRef;
  /** The process that ended. */
  readonly pid: Pid<never>;
  /** Why it ended; `"noproc"` if it had ended before it was monitored. */
  readonly reason: ExitReason;

  /** Creates the message. */
  constructor(ref: MonitorRef, pid: Pid<never>, reason: ExitReason) {
    this.ref = ref;
    this.pid = pid;
    this.reason = reason;
  }
}

/**
 * The message for an exit signal that was trapped. OTP's `{:EXIT, pid, reason}`.
 *
 * @category Processes
 */
export class Exit {
  /** The sender: usually the linked process that ended; `undefined` if the signal came from outside any process. */
  readonly pid: Pid<never> | undefined;
  /** The reason of the signal. */
  readonly reason: ExitReason;

  /** Creates the message. */
  constructor(pid: Pid<never> | undefined, reason: ExitReason) {
    this.pid = pid;
    this.reason = reason;
  }
}
