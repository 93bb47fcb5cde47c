/**
 * Types for the handlers of a state machine: one object for each state, and one for handlers common to all states.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { From } from "../server/call.ts";
import type {
  DataOf,
  DataOfAll,
  EventTimeoutOf,
  InternalOf,
  StateName,
  StateTimeoutOf,
  TimeoutsOf,
} from "./interface.ts";
import type { EnterResult, MachineCallResult, MachineResult } from "./result.ts";
import type { CallsOf, CastsOf, IfOneRequest, ReplyOf, RequestOf } from "../server/server_ref.ts";

/**
 * Handlers for calls, in states with the data `D`; they may return the results `R`.
 *
 * @category State machines
 */
export type MachineCallHandlers<M, D, R, N> = {
  readonly [K in keyof M]: IfOneRequest<
    M[K],
    (
      data: D,
      request: RequestOf<M[K]>,
      from: From<ReplyOf<M[K]>>,
      state: N,
    ) => MaybePromise<MachineCallResult<R, ReplyOf<M[K]>>>
  >;
};

/**
 * Handlers for named events without a reply: casts, internal events, named timeouts.
 *
 * @category State machines
 */
export type MachineEventHandlers<M, D, R, N> = {
  readonly [K in keyof M]: IfOneRequest<M[K], (data: D, content: RequestOf<M[K]>, state: N) => MaybePromise<R>>;
};

/**
 * The property `P` with the handlers `H`; those in `C` may be omitted.
 *
 * @category State machines
 */
export type Handled<P extends string, H, C> = [Exclude<keyof H, C>] extends [never] ? { readonly [Q in P]?: Partial<H> }
  : { readonly [Q in P]: Omit<H, C & keyof H> & Partial<H> };

/**
 * Optional handlers of a state: other messages, state and event timeouts.
 *
 * @category State machines
 */
export interface OtherHandlers<I, D, R, N> {
  /** Handles messages from `send` and system messages (`Down`, `Exit`). By default logs a warning and ignores them. */
  readonly info?: (data: D, message: unknown, state: N) => MaybePromise<R>;
  /** Runs when a `stateTimeout` is over. */
  readonly stateTimeout?: (data: D, content: StateTimeoutOf<I>, state: N) => MaybePromise<R>;
  /** Runs when an `eventTimeout` is over. */
  readonly eventTimeout?: (data: D, content: EventTimeoutOf<I>, state: N) => MaybePromise<R>;
}

/**
 * The names of the events with a common handler: calls, casts, internal events, timeouts.
 *
 * @category State machines
 */
export interface CommonNames<C, A, E, T> {
  /** The names of calls. */
  readonly calls: C;
  /** The names of casts. */
  readonly casts: A;
  /** The names of internal events. */
  readonly internal: E;
  /** The names of named timeouts. */
  readonly timeouts: T;
}

/**
 * The handlers of the state `N`. Each call, cast, internal event and named timeout of `I` needs a handler. Those with a
 * common handler may be omitted.
 *
 * @category State machines
 */
export type StateHandlers<I, N extends StateName<I>, C extends CommonNames<unknown, unknown, unknown, unknown>> =
  & OtherHandlers<I, DataOf<I, N>, MachineResult<I, DataOf<I, N>>, N>
  & Handled<
    "calls",
    MachineCallHandlers<CallsOf<I>, DataOf<I, N>, MachineResult<I, DataOf<I, N>>, N>,
    C["calls"]
  >
  & Handled<
    "casts",
    MachineEventHandlers<CastsOf<I>, DataOf<I, N>, MachineResult<I, DataOf<I, N>>, N>,
    C["casts"]
  >
  & Handled<
    "internal",
    MachineEventHandlers<InternalOf<I>, DataOf<I, N>, MachineResult<I, DataOf<I, N>>, N>,
    C["internal"]
  >
  & Handled<
    "timeouts",
    MachineEventHandlers<TimeoutsOf<I>, DataOf<I, N>, MachineResult<I, DataOf<I, N>>, N>,
    C["timeouts"]
  >
  & {
    /**
     * Runs each time the machine enters this state from another one, starts in it or repeats it, before any event. In
     * the last two cases `previous` is the state itself.
     */
    readonly enter?: (
      data: DataOf<I, N>,
      previous: StateName<I>,
      state: N,
    ) => MaybePromise<EnterResult<I, DataOf<I, N>>>;
  };

/**
 * The handlers of all states.
 *
 * @category State machines
 */
export type AllStates<I, C, A, E, T> = {
  readonly [N in StateName<I>]: StateHandlers<I, N, CommonNames<C, A, E, T>>;
};

/**
 * Handlers common to all states: used for a call, cast and so on for which a state has no handler of its own.
 *
 * @category State machines
 */
export interface CommonHandlers<
  I,
  C extends keyof CallsOf<I>,
  A extends keyof CastsOf<I>,
  E extends keyof InternalOf<I>,
  T extends keyof TimeoutsOf<I>,
> extends OtherHandlers<I, DataOf<I, StateName<I>>, MachineResult<I, DataOfAll<I>>, StateName<I>> {
  /** Handlers for calls. */
  readonly calls?: MachineCallHandlers<
    Pick<CallsOf<I>, C>,
    DataOf<I, StateName<I>>,
    MachineResult<I, DataOfAll<I>>,
    StateName<I>
  >;
  /** Handlers for casts. */
  readonly casts?: MachineEventHandlers<
    Pick<CastsOf<I>, A>,
    DataOf<I, StateName<I>>,
    MachineResult<I, DataOfAll<I>>,
    StateName<I>
  >;
  /** Handlers for internal events. */
  readonly internal?: MachineEventHandlers<
    Pick<InternalOf<I>, E>,
    DataOf<I, StateName<I>>,
    MachineResult<I, DataOfAll<I>>,
    StateName<I>
  >;
  /** Handlers for named timeouts. */
  readonly timeouts?: MachineEventHandlers<
    Pick<TimeoutsOf<I>, T>,
    DataOf<I, StateName<I>>,
    MachineResult<I, DataOfAll<I>>,
    StateName<I>
  >;
}

/**
 * The handlers of a machine with the interface `I`, as returned by `define` of StateMachine.
 *
 * @category State machines
 */
export interface MachineStates<I> {
  /** The names of the states, in the order in which they were given. */
  readonly names: readonly StateName<I>[];
}
