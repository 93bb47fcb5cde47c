/**
 * Types for the interface of a state machine: its states, and the events it understands.
 *
 * @module
 */

import type { ServerInterface } from "../server/server_ref.ts";

/**
 * The interface of a state machine: its states, and the events it understands. It types both the machine and its users.
 *
 * @category State machines
 */
export interface MachineInterface extends ServerInterface {
  /** The states: each name maps to the data that the machine keeps in that state. */
  readonly states: object;
  /** Events that the machine sends to itself with `nextEvent`: methods that take no or one argument. */
  readonly internal?: object;
  /** Timeouts with a name, for `namedTimeout`: methods that take no or one argument. */
  readonly timeouts?: object;
  /** The content of a `stateTimeout`; none by default. */
  readonly stateTimeout?: unknown;
  /** The content of an `eventTimeout`; none by default. */
  readonly eventTimeout?: unknown;
}

/**
 * The states of the machine interface `I`, each with its data.
 *
 * @category State machines
 */
export type StatesOf<I> = I extends { readonly states: infer S } ? S : never;
/**
 * The names of the states of the machine interface `I`.
 *
 * @category State machines
 */
export type StateName<I> = keyof StatesOf<I> & string;
/**
 * The type of the data that the machine interface `I` keeps in the states `N`.
 *
 * @category State machines
 */
export type DataOf<I, N extends StateName<I>> = StatesOf<I>[N];
/**
 * The type of data that is valid in every state of `I`: it can be kept without knowing the current state.
 *
 * @category State machines
 */
export type DataOfAll<I> = { [N in StateName<I>]: (data: DataOf<I, N>) => void }[StateName<I>] extends
  (data: infer D) => void ? D : never;
/**
 * The events that a machine of the interface `I` sends to itself.
 *
 * @category State machines
 */
export type InternalOf<I> = I extends { readonly internal: infer E } ? E : Record<never, never>;
/**
 * The named timeouts of the machine interface `I`.
 *
 * @category State machines
 */
export type TimeoutsOf<I> = I extends { readonly timeouts: infer T } ? T : Record<never, never>;
/**
 * The type of the content of a state timeout of the machine interface `I`.
 *
 * @category State machines
 */
export type StateTimeoutOf<I> = I extends { readonly stateTimeout: infer T } ? T : undefined;
/**
 * The type of the content of an event timeout of the machine interface `I`.
 *
 * @category State machines
 */
export type EventTimeoutOf<I> = I extends { readonly eventTimeout: infer T } ? T : undefined;

/**
 * A snapshot of a machine: its current state with the data. `sys.getState` returns it.
 *
 * @category State machines
 */
export type MachineSnapshot<I> = {
  [N in StateName<I>]: { readonly state: N; readonly data: DataOf<I, N> };
}[StateName<I>];
