/**
 * What others see of a process, and what a process sees of itself.
 *
 * @module
 */

import type { Alias, AliasOptions } from "./alias.ts";
import type { ExitReason } from "./exit_reason.ts";
import type { SendOptions, SendResult } from "./mailbox.ts";

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
   * As {@linkcode send}, but waits for room where the mailbox's policy is `"wait"`: back-pressure.
   *
   * @param message The message.
   * @param options A signal that ends the wait.
   * @returns What became of it: `"sent"`, or `"closed"` if the process ended first.
   * @throws The signal's reason if it is aborted first; the message is then not delivered.
   */
  deliver(message: M, options?: SendOptions): Promise<SendResult>;
  /**
   * Sends it an exit signal, as OTP's `Process.exit/2`: it ends with `reason`, or finds an `Exit` among its messages if
   * it traps exits. `"normal"` is only for those who trap, `"kill"` cannot be trapped.
   *
   * @param reason Why it should end.
   * @param from Who asks, for those who trap; nobody by default. A parent's wish is a server's command, see `GenServer`.
   */
  exit(reason: ExitReason, from?: Pid<never>): void;
}

/** Stands for one call of `monitor`. */
export interface MonitorRef {
  /** The process that is watched. */
  readonly pid: Pid<never>;
}

/** Options for {@linkcode Self.demonitor}. */
export interface DemonitorOptions {
  /**
   * Takes a `Down` of this monitor that already waits out of the mailbox.
   *
   * @default {false}
   */
  readonly flush?: boolean;
}

/** A process as it sees itself: what only it may do. */
export interface Self<in M = never> extends Pid<M> {
  /** What kind of process it is, for people; may be changed. */
  label: string;
  /**
   * Aborted when this process ends: hand it to `fetch` and the like, so that work for nobody stops. That of a channel is
   * aborted before, as soon as its client has left or its connection is gone.
   */
  readonly signal: AbortSignal;
  /**
   * Whether exit signals become `Exit` messages instead of ending this process.
   *
   * @default {false}
   */
  trapExit: boolean;
  /**
   * Ties this process and `pid` together: when one ends, the other gets an exit signal with the same reason.
   *
   * @throws {TypeError} If this process has ended: a handler that still runs then begins nothing new.
   */
  link(pid: Pid<never>): void;
  /** Undoes {@linkcode link}. */
  unlink(pid: Pid<never>): void;
  /**
   * Asks for a `Down` message when `pid` ends: at once, with `"noproc"`, if it has already.
   *
   * @throws {TypeError} If this process has ended.
   */
  monitor(pid: Pid<never>): MonitorRef;
  /** Takes {@linkcode monitor} back. A `Down` that already waits in the mailbox stays there, unless it is flushed. */
  demonitor(ref: MonitorRef, options?: DemonitorOptions): void;
  /** Makes an address that can be taken back: what is sent to it later vanishes. OTP's `Process.alias/1`. */
  alias(options?: AliasOptions): Alias<M>;
}
