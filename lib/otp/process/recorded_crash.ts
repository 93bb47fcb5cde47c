/**
 * A crash that is kept for people who look later, as texts.
 *
 * @module
 */

import type { LogFields } from "../../base/log_record.ts";

/** A process that is named by a crash. It has ended, or may end at any time. */
export interface NamedProcess {
  /** The number of the process. */
  readonly id: number;
  /** Its label, in one line. */
  readonly label: string;
}

/** One crash, as texts. */
export interface RecordedCrash {
  /** The number of the crash in this thread, starting at 1. */
  readonly number: number;
  /** When it happened. */
  readonly time: Date;
  /** The process. */
  readonly process: NamedProcess;
  /** The callback that failed, such as `handleCall "add"`. */
  readonly during: string;
  /** The name and the message of the error, in one line. */
  readonly error: string;
  /** The stack of the error, with its causes. */
  readonly stack: string;
  /** The process that started it, the parent of that, and so on. */
  readonly ancestors: readonly NamedProcess[];
  /** The client and the topic, if they are known. */
  readonly fields: LogFields;
  /** The state of the process, if {@linkcode debug.watch | watch} was on when it crashed. */
  readonly state: string | undefined;
}
