/**
 * The table of a state machine's handlers, by state and event.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { MachineEvent } from "./_event.ts";
import type { AnyResult } from "./result.ts";

/** A handler, as the machine's process uses it: for any data and any event. */
export type AnyHandler = (data: unknown, ...event: unknown[]) => MaybePromise<AnyResult>;

/** The handlers of a state, as the machine's process uses them. */
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

  /** Creates the table from the handlers of all states and the common handlers. */
  constructor(states: Readonly<Record<string, AnyHandlers>>, common: AnyHandlers) {
    this.#states = states;
    this.#common = common;
  }

  /** The names of the states. */
  get names(): string[] {
    return Object.keys(this.#states);
  }

  /** Returns whether any state has a handler for a call or a cast of this name. */
  understands(kind: "call" | "cast", name: string): boolean {
    const all = [this.#common, ...Object.values(this.#states)];
    return all.some(({ calls, casts }) => named(kind === "call" ? calls : casts, name) !== undefined);
  }

  /**
   * Returns the handlers of a state.
   *
   * @throws {TypeError} If there is no such state.
   */
  of(state: string): AnyHandlers {
    if (Object.hasOwn(this.#states, state)) return this.#states[state]!;
    throw new TypeError(`Cannot be in state "${state}": the machine has only ${this.names.join(", ")}`);
  }

  /**
   * Returns the handler for `event` in a state with the handlers `own`: the state's own handler, or else the common
   * one.
   */
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

/** Returns a handler by name; ignores inherited properties such as `constructor`. */
function named(handlers: Readonly<Record<string, AnyHandler>> | undefined, name: string): AnyHandler | undefined {
  return handlers !== undefined && Object.hasOwn(handlers, name) ? handlers[name] : undefined;
}
