/**
 * A pending transition of a state machine: from the result of a handler to the end of the enter call.
 *
 * @module
 */

import { oneLine, textOf } from "../../base/printable.ts";
import type { NextEvent, Postpone, TimeoutAction } from "./action.ts";
import { MachineEvent } from "./_event.ts";
import type { Conclusion } from "./_queue.ts";

/** The kind of a transition: the machine starts in the state, changes it, repeats it or keeps it. */
export type TransitionKind = "start" | "change" | "repeat" | "keep";

/** The outcome of an event while its result and the enter call are evaluated. */
export class Transition implements Conclusion<MachineEvent> {
  readonly kind: TransitionKind;
  /** The event that was handled; `undefined` at the start. */
  readonly event: MachineEvent | undefined;
  /** The previous state, for the enter call. */
  previous: string;
  postponed = false;
  readonly nextEvents: MachineEvent[] = [];
  readonly timeouts: TimeoutAction[] = [];

  /** Creates a transition from the state `previous`. */
  constructor(kind: TransitionKind, event: MachineEvent | undefined, previous: string) {
    this.kind = kind;
    this.event = event;
    this.previous = previous;
  }

  /** Whether it leads to another state. */
  get changed(): boolean {
    return this.kind === "change";
  }

  /**
   * Adds an action.
   *
   * @throws {TypeError} If it is not an action, or not allowed here.
   */
  add(action: Postpone | NextEvent<string, unknown> | TimeoutAction | { readonly action: "reply" }): void {
    switch (action?.action) {
      case "postpone":
        if (!this.event) throw new TypeError("Cannot postpone: there is no event when the machine starts");
        this.postponed = true;
        return;
      case "nextEvent":
        return void this.nextEvents.push(new MachineEvent("internal", action.name, action.content));
      case "setTimeout":
      case "updateTimeout":
      case "cancelTimeout":
        return this.#addTimeout(action);
      default:
        throw new TypeError(`Cannot apply result: ${describe(action)} is no action here`);
    }
  }

  /**
   * Adds an action of an enter call.
   *
   * @throws {TypeError} If it is not an action, or not allowed in an enter call.
   */
  addOnEnter(action: Postpone | NextEvent<string, unknown> | TimeoutAction): void {
    if (action?.action === "postpone" || action?.action === "nextEvent") {
      throw new TypeError(`Cannot ${describe(action)} on enter: an enter call is no event`);
    }
    this.add(action);
  }

  /** Adds a timeout action. Of several actions for the same timeout only the last one counts, as in OTP. */
  #addTimeout(action: TimeoutAction): void {
    const earlier = this.timeouts.findIndex(({ kind, name }) => kind === action.kind && name === action.name);
    if (earlier >= 0) this.timeouts.splice(earlier, 1);
    this.timeouts.push(action);
  }
}

function describe(action: { readonly action: string } | undefined): string {
  return oneLine(action?.action ?? textOf(action));
}
