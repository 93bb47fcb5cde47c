/**
 * What happens to a state machine.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import type { From } from "../server/call.ts";
import type { MachineTimeout } from "./_timeouts.ts";

/** What kind of event it is: which of a state's handlers is for it. */
export type MachineEventKind = "call" | "cast" | "info" | "internal" | "stateTimeout" | "eventTimeout" | "timeout";

/** One event. It may be handled several times, when it is postponed. */
export class MachineEvent {
  readonly kind: MachineEventKind;
  /** The name of a call, cast, internal event or named timeout; else empty. */
  readonly name: string;
  /** The request, the message, what came with the timeout. */
  readonly content: unknown;
  /** Who waits for the answer to a call. */
  readonly from: From<unknown> | undefined;

  /** Creates the event. */
  constructor(kind: MachineEventKind, name: string, content: unknown, from?: From<unknown>) {
    this.kind = kind;
    this.name = name;
    this.content = content;
    this.from = from;
  }

  /** The event for a timeout that is over. */
  static ofTimeout({ kind, name, content }: MachineTimeout): MachineEvent {
    return new MachineEvent(KIND_OF_TIMEOUT[kind], name, content);
  }

  /** The event in words: `cast "push"`, `stateTimeout`. */
  toString(): string {
    return this.name === "" ? this.kind : `${this.kind} "${oneLine(this.name)}"`;
  }
}

const KIND_OF_TIMEOUT = { state: "stateTimeout", event: "eventTimeout", named: "timeout" } as const;
