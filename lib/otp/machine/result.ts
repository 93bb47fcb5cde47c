/**
 * The results that handlers of a state machine return. They are created by the functions below and distinguished by
 * `next`.
 *
 * | result | state | data | enter call | postponed events |
 * | --- | --- | --- | --- | --- |
 * | `nextState` | the one given | the one given | if the state changes | are retried if it changes |
 * | `keepState` | stays | the one given | no | stay postponed |
 * | `keepStateAndData` | stays | stays | no | stay postponed |
 * | `repeatState` | stays | the one given | yes | stay postponed |
 * | `repeatStateAndData` | stays | stays | yes | stay postponed |
 * | `stop`, `replyAndStop` | the end | | | their calls fail with the reason |
 *
 * The handler of a call replies as in a GenServer: with `reply(value, nextState(...))`, where one of these results
 * takes the place of the new state, or with `reply(value)`, which keeps state and data. A handler that returns another
 * result replies later: by `from.reply(value)`, or with the action `replyTo(from, value)`.
 *
 * `init` returns `startIn`, or `ignore` and `stop` as in a GenServer.
 *
 * @module
 */

import type { AnyAction, EnterAction, MachineAction } from "./action.ts";
import type { DataOf, StateName } from "./interface.ts";
import { type CallbackResult, RESULT } from "../process/marked_result.ts";
import type { Ignore, Reply, ReplyAndStop, Stop } from "../server/result.ts";

/**
 * The result of `startIn`: the machine starts in a state, with its data.
 *
 * @category State machines
 */
export interface StartIn<N extends string, D, A> extends CallbackResult {
  /** The kind of result. */
  readonly next: "startIn";
  /** The first state. */
  readonly state: N;
  /** The first data. */
  readonly data: D;
  /** Further actions, in order. */
  readonly actions: A;
}

/**
 * The result of `nextState`: the machine goes to a state, with new data.
 *
 * @category State machines
 */
export interface NextState<N extends string, D, A> extends CallbackResult {
  /** The kind of result. */
  readonly next: "nextState";
  /** The new state. */
  readonly state: N;
  /** The data. */
  readonly data: D;
  /** Further actions, in order. */
  readonly actions: A;
}

/**
 * The result of `keepState` and `repeatState`: the machine stays in its state, with new data.
 *
 * @category State machines
 */
export interface KeepState<D, A> extends CallbackResult {
  /** The kind of result. */
  readonly next: "keepState" | "repeatState";
  /** The data. */
  readonly data: D;
  /** Further actions, in order. */
  readonly actions: A;
}

/**
 * The result of `keepStateAndData` and `repeatStateAndData`: the machine stays in its state, with the same data.
 *
 * @category State machines
 */
export interface KeepStateAndData<A> extends CallbackResult {
  /** The kind of result. */
  readonly next: "keepStateAndData" | "repeatStateAndData";
  /** Further actions, in order. */
  readonly actions: A;
}

/**
 * The results that `init` of the machine `I` may return.
 *
 * @category State machines
 */
export type MachineInitResult<I> =
  | { [N in StateName<I>]: StartIn<N, DataOf<I, N>, readonly MachineAction<I>[]> }[StateName<I>]
  | Ignore
  | Stop<unknown>;

/**
 * The results that an event handler may return in a state with the data `D`.
 *
 * @category State machines
 */
export type MachineResult<I, D> =
  | { [N in StateName<I>]: NextState<N, DataOf<I, N>, readonly MachineAction<I>[]> }[StateName<I>]
  | KeepState<D, readonly MachineAction<I>[]>
  | KeepStateAndData<readonly MachineAction<I>[]>
  | Stop<D | undefined>;

/**
 * The results that the handler of a call may return: a result `R` of an event handler, or one with the reply `V`.
 *
 * @category State machines
 */
export type MachineCallResult<R, V> = R | Reply<V, Exclude<R, Stop<unknown>> | undefined> | ReplyBeforeStop<R, V>;

/**
 * The variant of `stop` with the reply `V`, if `stop` is among the results `R`.
 *
 * @category State machines
 */
export type ReplyBeforeStop<R, V> = R extends Stop<infer D> ? ReplyAndStop<V, D> : never;

/**
 * The results that an enter call may return in a state with the data `D`. It cannot change the state at once.
 *
 * @category State machines
 */
export type EnterResult<I, D> =
  | KeepState<D, readonly EnterAction<I>[]>
  | KeepStateAndData<readonly EnterAction<I>[]>
  | Stop<D | undefined>;

/** A result that does not end the machine, as its process uses it. */
export type AnyMove =
  | NextState<string, unknown, readonly AnyAction[]>
  | KeepState<unknown, readonly AnyAction[]>
  | KeepStateAndData<readonly AnyAction[]>;

/** A result, as the machine's process uses it. */
export type AnyResult = AnyMove | Stop<unknown> | Reply<unknown, AnyMove | undefined> | ReplyAndStop<unknown, unknown>;

class StateResult<K extends "startIn" | "nextState", N extends string, D, A> {
  get [RESULT](): true {
    return true;
  }
  readonly next: K;
  readonly state: N;
  readonly data: D;
  readonly actions: A;

  constructor(next: K, state: N, data: D, actions: A) {
    this.next = next;
    this.state = state;
    this.data = data;
    this.actions = actions;
  }
}

class SameStateResult<D, A> implements KeepState<D, A> {
  get [RESULT](): true {
    return true;
  }
  readonly next: "keepState" | "repeatState";
  readonly data: D;
  readonly actions: A;

  constructor(next: "keepState" | "repeatState", data: D, actions: A) {
    this.next = next;
    this.data = data;
    this.actions = actions;
  }
}

class SameStateAndDataResult<A> implements KeepStateAndData<A> {
  get [RESULT](): true {
    return true;
  }
  readonly next: "keepStateAndData" | "repeatStateAndData";
  readonly actions: A;

  constructor(next: "keepStateAndData" | "repeatStateAndData", actions: A) {
    this.next = next;
    this.actions = actions;
  }
}

/**
 * Starts the machine in `state` with `data`. Returned by `init`.
 *
 * @category State machines
 */
export function startIn<N extends string, D, const A extends readonly AnyAction[]>(
  state: N,
  data: D,
  ...actions: A
): StartIn<N, D, A> {
  return new StateResult("startIn", state, data, actions);
}

/**
 * Changes to `state` with `data`. If that is another state, its `enter` runs and postponed events are retried.
 *
 * @category State machines
 */
export function nextState<N extends string, D, const A extends readonly AnyAction[]>(
  state: N,
  data: D,
  ...actions: A
): NextState<N, D, A> {
  return new StateResult("nextState", state, data, actions);
}

/**
 * Stays in the state, with new data.
 *
 * @category State machines
 */
export function keepState<D, const A extends readonly AnyAction[]>(data: D, ...actions: A): KeepState<D, A> {
  return new SameStateResult("keepState", data, actions);
}

/**
 * Stays in the state, with the same data.
 *
 * @category State machines
 */
export function keepStateAndData<const A extends readonly AnyAction[]>(...actions: A): KeepStateAndData<A> {
  return new SameStateAndDataResult("keepStateAndData", actions);
}

/**
 * Stays in the state, with new data, and runs its `enter` again.
 *
 * @category State machines
 */
export function repeatState<D, const A extends readonly AnyAction[]>(data: D, ...actions: A): KeepState<D, A> {
  return new SameStateResult("repeatState", data, actions);
}

/**
 * Stays in the state, with the same data, and runs its `enter` again.
 *
 * @category State machines
 */
export function repeatStateAndData<const A extends readonly AnyAction[]>(...actions: A): KeepStateAndData<A> {
  return new SameStateAndDataResult("repeatStateAndData", actions);
}
