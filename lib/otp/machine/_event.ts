/**
 * Events of a state machine.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import type { From } from "../server/call.ts";
import type { MachineTimeout } from "./_timeouts.ts";

/** The kind of an event, which determines the handler. */
export type MachineEventKind = "call" | "cast" | "info" | "internal" | "stateTimeout" | "eventTimeout" | "timeout";

/** An event of a state machine. It is handled again after it was postponed. */
export class MachineEvent {
  readonly kind: MachineEventKind;
  /** The name of a call, cast, internal event or named timeout; else empty. */
  readonly name: string;
  /** The request, the message or the content of the timeout. */
  readonly content: unknown;
  /** The caller that waits for the reply, if the event is a call. */
  readonly from: From<unknown> | undefined;

  /** Creates the event. */
  constructor(kind: MachineEventKind, name: string, content: unknown, from?: From<unknown>) {
    this.kind = kind;
    this.name = name;
    this.content = content;
    this.from = from;
  }

  /** Creates the event for a timeout that is over. */
  static ofTimeout({ kind, name, content }: MachineTimeout): MachineEvent {
    return new MachineEvent(KIND_OF_TIMEOUT[kind], name, content);
  }

  /** Describes the event: `cast "push"`, `stateTimeout`. */
  toString(): string {
    return this.name === "" ? this.kind : `${this.kind} "${oneLine(this.name)}"`;
  }
}

const KIND_OF_TIMEOUT = { state: "stateTimeout", event: "eventTimeout", named: "timeout" } as const;
