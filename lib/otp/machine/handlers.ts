/**
 * The handlers of a state machine: one object for each state, and one for what is handled alike in all of them.
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

/** Handlers for calls, in states whose data is `D` and from which `R` may follow. */
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

/** Handlers for what has a name and nobody waits for: casts, internal events, named timeouts. */
export type MachineEventHandlers<M, D, R, N> = {
  readonly [K in keyof M]: IfOneRequest<M[K], (data: D, content: RequestOf<M[K]>, state: N) => MaybePromise<R>>;
};

/** The property `P` with the handlers `H`, of which those in `C` may be left out. */
export type Handled<P extends string, H, C> = [Exclude<keyof H, C>] extends [never] ? { readonly [Q in P]?: Partial<H> }
  : { readonly [Q in P]: Omit<H, C & keyof H> & Partial<H> };

/** Handlers for what may happen in a state whether somebody has thought of it or not. */
export interface OtherHandlers<I, D, R, N> {
  /** Deals with messages from `send` and of the system (`Down`, `Exit`). By default warns and goes on. */
  readonly info?: (data: D, message: unknown, state: N) => MaybePromise<R>;
  /** Runs when a `stateTimeout` is over. */
  readonly stateTimeout?: (data: D, content: StateTimeoutOf<I>, state: N) => MaybePromise<R>;
  /** Runs when an `eventTimeout` is over. */
  readonly eventTimeout?: (data: D, content: EventTimeoutOf<I>, state: N) => MaybePromise<R>;
}

/** The names of what is handled in every state: calls, casts, internal events, timeouts. */
export interface CommonNames<C, A, E, T> {
  /** Of calls. */
  readonly calls: C;
  /** Of casts. */
  readonly casts: A;
  /** Of internal events. */
  readonly internal: E;
  /** Of named timeouts. */
  readonly timeouts: T;
}

/**
 * The handlers of the state `N`. All calls, casts, internal events and named timeouts of `I` must be there but for those
 * that are handled in common, of which a state may have its own.
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
     * Runs each time the machine comes into this state from another, when it starts in it and when it repeats it, before
     * any event. In the last two cases `previous` is the state itself.
     */
    readonly enter?: (
      data: DataOf<I, N>,
      previous: StateName<I>,
      state: N,
    ) => MaybePromise<EnterResult<I, DataOf<I, N>>>;
  };

/** All handlers that every state has to have, or may have. */
export type AllStates<I, C, A, E, T> = {
  readonly [N in StateName<I>]: StateHandlers<I, N, CommonNames<C, A, E, T>>;
};

/** Handlers that are the same in all states: of a call, a cast and so on that a state has no handler of its own for. */
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

/** The handlers of a machine that understands `I`, as `define` of StateMachine makes them of an object of objects. */
export interface MachineStates<I> {
  /** The names of the states, in the order in which they were given. */
  readonly names: readonly StateName<I>[];
}
