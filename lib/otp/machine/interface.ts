/**
 * What a state machine understands, and the states it can be in.
 *
 * @module
 */

import type { ServerInterface } from "../server/server_ref.ts";

/** What a state machine understands, and its states: the one interface that types both ends of it. */
export interface MachineInterface extends ServerInterface {
  /** The states: each name maps to the data that the machine keeps in that state. */
  readonly states: object;
  /** Events that the machine sends to itself with `nextEvent`: methods that take no or one argument. */
  readonly internal?: object;
  /** Timeouts with a name, for `namedTimeout`: methods that take no or one argument. */
  readonly timeouts?: object;
  /** What comes with a `stateTimeout`; nothing by default. */
  readonly stateTimeout?: unknown;
  /** What comes with an `eventTimeout`; nothing by default. */
  readonly eventTimeout?: unknown;
}

/** The states of `I` with their data. */
export type StatesOf<I> = I extends { readonly states: infer S } ? S : never;
/** The names of the states of `I`. */
export type StateName<I> = keyof StatesOf<I> & string;
/** The data that `I` keeps in the states `N`. */
export type DataOf<I, N extends StateName<I>> = StatesOf<I>[N];
/** What is data of every state of `I`: all that can be kept without knowing the state. */
export type DataOfAll<I> = { [N in StateName<I>]: (data: DataOf<I, N>) => void }[StateName<I>] extends
  (data: infer D) => void ? D : never;
/** The events that `I` sends to itself. */
export type InternalOf<I> = I extends { readonly internal: infer E } ? E : Record<never, never>;
/** The named timeouts of `I`. */
export type TimeoutsOf<I> = I extends { readonly timeouts: infer T } ? T : Record<never, never>;
/** What comes with a state timeout of `I`. */
export type StateTimeoutOf<I> = I extends { readonly stateTimeout: infer T } ? T : undefined;
/** What comes with an event timeout of `I`. */
export type EventTimeoutOf<I> = I extends { readonly eventTimeout: infer T } ? T : undefined;

/** Where a machine is: the state and the data that belongs to it. What `sys.getState` answers. */
export type MachineSnapshot<I> = {
  [N in StateName<I>]: { readonly state: N; readonly data: DataOf<I, N> };
}[StateName<I>];
