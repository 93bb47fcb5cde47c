/**
 * What others see of a process, and what a process sees of itself.
 *
 * @module
 */

import type { ExitReason } from "./exit_reason.ts";
import type { SendResult } from "./mailbox.ts";

/** The address of a process that takes messages `M`. Anybody may hold it, also after the process has ended. */
export interface Pid<in M = never> {
  /** A number that no other process of this thread ever had. */
  readonly id: number;
  /** What kind of process it is, for people: a class, a topic, a name. */
  readonly label: string;
  /** Whether it runs. An ended process is gone at once, even if its last handler still waits for something. */
  readonly alive: boolean;
  /**
   * Puts `message` into its mailbox. Sending to an ended process does nothing.
   *
   * @returns What became of it; always `"sent"` for an unbounded mailbox of a live process.
   */
  send(message: M): SendResult;
  /**
   * Sends it an exit signal, as OTP's `Process.exit/2`: it ends with `reason`, or finds an `Exit` among its messages if
   * it traps exits. `"normal"` is only for those who trap, `"kill"` cannot be trapped.
   */
  exit(reason: ExitReason): void;
}

/** Stands for one call of `monitor`. */
export interface MonitorRef {
  /** The process that is watched. */
  readonly pid: Pid<never>;
}

/** A process as it sees itself: what only it may do. */
export interface Self<in M = never> extends Pid<M> {
  /** Aborted when this process ends: hand it to `fetch` and the like, so that work for nobody stops. */
  readonly signal: AbortSignal;
  /**
   * Whether exit signals become `Exit` messages instead of ending this process.
   *
   * @default {false}
   */
  trapExit: boolean;
  /** Ties this process and `pid` together: when one ends, the other gets an exit signal with the same reason. */
  link(pid: Pid<never>): void;
  /** Undoes {@linkcode link}. */
  unlink(pid: Pid<never>): void;
  /** Asks for a `Down` message when `pid` ends: at once, with `"noproc"`, if it has already. */
  monitor(pid: Pid<never>): MonitorRef;
  /** Takes {@linkcode monitor} back. A `Down` that already waits in the mailbox stays there. */
  demonitor(ref: MonitorRef): void;
}
