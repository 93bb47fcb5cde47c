/**
 * The messages that the system itself puts into mailboxes.
 *
 * @module
 */

import type { ExitReason } from "./exit_reason.ts";
import type { MonitorRef, Pid } from "./pid.ts";

/** A monitored process has ended. OTP's `{:DOWN, ref, :process, pid, reason}`. */
export class Down {
  /** What `monitor` returned. */
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

/** An exit signal that was trapped. OTP's `{:EXIT, pid, reason}`. */
export class Exit {
  /** Who sent it: the linked process that ended; `undefined` if it came from outside any process. */
  readonly pid: Pid<never> | undefined;
  /** Why. */
  readonly reason: ExitReason;

  /** Creates the message. */
  constructor(pid: Pid<never> | undefined, reason: ExitReason) {
    this.pid = pid;
    this.reason = reason;
  }
}
