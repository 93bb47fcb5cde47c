/**
 * Which handler of a state machine is for which event in which state.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { MachineEvent } from "./_event.ts";
import type { AnyResult } from "./result.ts";

/** A handler as the machine's process sees it: any data, any event. */
export type AnyHandler = (data: unknown, ...event: unknown[]) => MaybePromise<AnyResult>;

/** The handlers of a state as the machine's process sees them. */
export interface AnyHandlers {
  readonly enter?: AnyHandler;
  readonly info?: AnyHandler;
  readonly stateTimeout?: AnyHandler;
  readonly eventTimeout?: AnyHandler;
  readonly calls?: Readonly<Record<string, AnyHandler>>;
  readonly casts?: Readonly<Record<string, AnyHandler>>;
  readonly internal?: Readonly<Record<string, AnyHandler>>;
  readonly timeouts?: Readonly<Record<string, AnyHandler>>;
}

/** All handlers of a machine. */
export class MachineTable {
  readonly #states: Readonly<Record<string, AnyHandlers>>;
  readonly #common: AnyHandlers;

  /** Creates the table of all states, and of what they have in common. */
  constructor(states: Readonly<Record<string, AnyHandlers>>, common: AnyHandlers) {
    this.#states = states;
    this.#common = common;
  }

  /** The names of the states. */
  get names(): string[] {
    return Object.keys(this.#states);
  }

  /**
   * The handlers of a state.
   *
   * @throws {TypeError} If there is no such state.
   */
  of(state: string): AnyHandlers {
    if (Object.hasOwn(this.#states, state)) return this.#states[state]!;
    throw new TypeError(`Cannot be in state "${state}": the machine has only ${this.names.join(", ")}`);
  }

  /** The handler for `event` where a state has the handlers `own`: its own, or else the one that all states share. */
  find(own: AnyHandlers, event: MachineEvent): AnyHandler | undefined {
    return handlerIn(own, event) ?? handlerIn(this.#common, event);
  }
}

function handlerIn(handlers: AnyHandlers, { kind, name }: MachineEvent): AnyHandler | undefined {
  switch (kind) {
    case "call":
      return named(handlers.calls, name);
    case "cast":
      return named(handlers.casts, name);
    case "internal":
      return named(handlers.internal, name);
    case "timeout":
      return named(handlers.timeouts, name);
    default:
      return handlers[kind];
  }
}

/** Not what every object has, such as `constructor`. */
function named(handlers: Readonly<Record<string, AnyHandler>> | undefined, name: string): AnyHandler | undefined {
  return handlers !== undefined && Object.hasOwn(handlers, name) ? handlers[name] : undefined;
}
