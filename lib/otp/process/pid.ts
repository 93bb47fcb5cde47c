/**
 * The two interfaces of a process: `Pid` for other code, and `Self` for the process itself.
 *
 * @module
 */

import type { Alias, AliasOptions } from "./alias.ts";
import type { ExitReason } from "./exit_reason.ts";
import type { SendOptions, SendResult } from "./mailbox.ts";

/**
 * The address of a process that receives messages `M`. It may be kept after the process has ended.
 *
 * @category Processes
 */
export interface Pid<in M = never> {
  /** A number that is unique in this thread, and never used again. */
  readonly id: number;
  /** A description of the process for logs and errors: a class, a topic, a name. */
  readonly label: string;
  /** Whether the process runs. `false` as soon as it has ended, even if its last handler still waits for a promise. */
  readonly alive: boolean;
  /**
   * Adds `message` to the mailbox of the process. Does nothing if the process has ended.
   *
   * @returns The result of the send; always `"sent"` for an unbounded mailbox of a live process.
   */
  send(message: M): SendResult;
  /**
   * As {@linkcode Pid.send | send}, but waits for room if the mailbox's overflow policy is `"wait"`: back-pressure.
   *
   * @param message The message.
   * @param options A signal that ends the wait.
   * @returns The result of the send: `"sent"`, or `"closed"` if the process ended first.
   * @throws The signal's reason if it is aborted first; the message is then not delivered.
   */
  deliver(message: M, options?: SendOptions): Promise<SendResult>;
  /**
   * Sends the process an exit signal, as OTP's `Process.exit/2`: it ends with `reason`, or receives an `Exit` message
   * if it traps exits. `"normal"` has an effect only on a process that traps exits; `"kill"` cannot be trapped.
   *
   * @param reason Why the process should end.
   * @param from The sender, for a process that traps exits; none by default. A signal from its parent ends a server
   * even if the server traps exits, see `GenServer`.
   */
  exit(reason: ExitReason, from?: Pid<never>): void;
}

/**
 * Identifies one monitor, as returned by `monitor`.
 *
 * @category Processes
 */
export interface MonitorRef {
  /** The monitored process. */
  readonly pid: Pid<never>;
}

/**
 * Options for {@linkcode Self.demonitor}.
 *
 * @category Processes
 */
export interface DemonitorOptions {
  /**
   * Whether a `Down` of this monitor that already waits is removed from the mailbox.
   *
   * @default {false}
   */
  readonly flush?: boolean;
}

/**
 * The interface of a process for its own code, with what only the process itself may do.
 *
 * @category Processes
 */
export interface Self<in M = never> extends Pid<M> {
  /** A description of the process for logs and errors; may be changed. */
  label: string;
  /**
   * Aborted when this process ends. Pass it to `fetch` and similar functions, so that work nobody needs any more stops.
   * The signal of a channel is aborted earlier: as soon as its client has left or its connection has closed.
   */
  readonly signal: AbortSignal;
  /**
   * Whether exit signals become `Exit` messages instead of ending this process.
   *
   * @default {false}
   */
  trapExit: boolean;
  /**
   * Links this process and `pid`: when one ends, the other gets an exit signal with the same reason.
   *
   * @throws {TypeError} If this process has ended. A handler that still runs then cannot start anything new.
   */
  link(pid: Pid<never>): void;
  /** Removes the link to `pid`. */
  unlink(pid: Pid<never>): void;
  /**
   * Monitors `pid`: this process gets a `Down` message when `pid` ends, or now, with `"noproc"`, if it has already
   * ended.
   *
   * @throws {TypeError} If this process has ended.
   */
  monitor(pid: Pid<never>): MonitorRef;
  /** Removes a monitor. A `Down` that already waits in the mailbox stays there, unless the option `flush` is set. */
  demonitor(ref: MonitorRef, options?: DemonitorOptions): void;
  /** Creates an address that can be deactivated; messages sent to it later are discarded. OTP's `Process.alias/1`. */
  alias(options?: AliasOptions): Alias<M>;
}
