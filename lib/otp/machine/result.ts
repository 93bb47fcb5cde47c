/**
 * What the handlers of a state machine return: results, made by the functions below and told apart by `next`.
 *
 * | result | state | data | enter call | postponed events |
 * | --- | --- | --- | --- | --- |
 * | `nextState` | the one given | the one given | if the state changes | are retried if it changes |
 * | `keepState` | stays | the one given | no | stay postponed |
 * | `keepStateAndData` | stays | stays | no | stay postponed |
 * | `repeatState` | stays | the one given | yes | stay postponed |
 * | `repeatStateAndData` | stays | stays | yes | stay postponed |
 * | `stop`, `stopAndReply` | the end | | | their calls fail with the reason |
 *
 * `startIn` is what `init` answers; `ignore` and `stop` serve there as they do for GenServer.
 *
 * @module
 */

import type { ExitReason } from "../process/exit_reason.ts";
import type { AnyAction, EnterAction, MachineAction, ReplyTo } from "./action.ts";
import type { DataOf, StateName } from "./interface.ts";
import { type CallbackResult, RESULT } from "../server/marked_result.ts";
import type { Ignore, Stop } from "../server/result.ts";

/** Started. */
export interface StartIn<N extends string, D, A> extends CallbackResult {
  /** Tells results apart. */
  readonly next: "startIn";
  /** The first state. */
  readonly state: N;
  /** The first data. */
  readonly data: D;
  /** What to do besides. */
  readonly actions: A;
}

/** On to a state, with new data. */
export interface NextState<N extends string, D, A> extends CallbackResult {
  /** Tells results apart. */
  readonly next: "nextState";
  /** The state. */
  readonly state: N;
  /** The data. */
  readonly data: D;
  /** What to do besides. */
  readonly actions: A;
}

/** The same state with new data; entered again, if it is to be repeated. */
export interface KeepState<D, A> extends CallbackResult {
  /** Tells results apart. */
  readonly next: "keepState" | "repeatState";
  /** The data. */
  readonly data: D;
  /** What to do besides. */
  readonly actions: A;
}

/** The same state with the same data; entered again, if it is to be repeated. */
export interface KeepStateAndData<A> extends CallbackResult {
  /** Tells results apart. */
  readonly next: "keepStateAndData" | "repeatStateAndData";
  /** What to do besides. */
  readonly actions: A;
}

/** Some answers, and then the end. */
export interface StopAndReply<D> extends CallbackResult {
  /** Tells results apart. */
  readonly next: "stopAndReply";
  /** Why; `terminate` is told. */
  readonly reason: ExitReason;
  /** The answers. */
  readonly replies: readonly ReplyTo[];
  /** The last data; `undefined` keeps what was there. */
  readonly data: D;
}

/** What `init` of the machine `I` may return. */
export type MachineInitResult<I> =
  | { [N in StateName<I>]: StartIn<N, DataOf<I, N>, readonly MachineAction<I>[]> }[StateName<I>]
  | Ignore
  | Stop<unknown>;

/** What the handler of an event may return where `D` is the data that the current state keeps. */
export type MachineResult<I, D> =
  | { [N in StateName<I>]: NextState<N, DataOf<I, N>, readonly MachineAction<I>[]> }[StateName<I>]
  | KeepState<D, readonly MachineAction<I>[]>
  | KeepStateAndData<readonly MachineAction<I>[]>
  | Stop<D | undefined>
  | StopAndReply<D | undefined>;

/** What an enter call may return where `D` is the data of the state entered: it cannot go to another state at once. */
export type EnterResult<I, D> =
  | KeepState<D, readonly EnterAction<I>[]>
  | KeepStateAndData<readonly EnterAction<I>[]>
  | Stop<D | undefined>
  | StopAndReply<D | undefined>;

/** A result as the machine's process sees it. */
export type AnyResult =
  | NextState<string, unknown, readonly AnyAction[]>
  | KeepState<unknown, readonly AnyAction[]>
  | KeepStateAndData<readonly AnyAction[]>
  | Stop<unknown>
  | StopAndReply<unknown>;

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

class StopAndReplyResult<D> implements StopAndReply<D> {
  get [RESULT](): true {
    return true;
  }
  get next(): "stopAndReply" {
    return "stopAndReply";
  }
  readonly reason: ExitReason;
  readonly replies: readonly ReplyTo[];
  readonly data: D;

  constructor(reason: ExitReason, replies: readonly ReplyTo[], data: D) {
    this.reason = reason;
    this.replies = replies;
    this.data = data;
  }
}

/** Lets a machine begin in `state` with `data`. */
export function startIn<N extends string, D, const A extends readonly AnyAction[]>(
  state: N,
  data: D,
  ...actions: A
): StartIn<N, D, A> {
  return new StateResult("startIn", state, data, actions);
}

/** Goes to `state` with `data`: if that is another state, postponed events come again and its `enter` runs. */
export function nextState<N extends string, D, const A extends readonly AnyAction[]>(
  state: N,
  data: D,
  ...actions: A
): NextState<N, D, A> {
  return new StateResult("nextState", state, data, actions);
}

/** Stays in the state, with new data. */
export function keepState<D, const A extends readonly AnyAction[]>(data: D, ...actions: A): KeepState<D, A> {
  return new SameStateResult("keepState", data, actions);
}

/** Stays in the state, with the same data. */
export function keepStateAndData<const A extends readonly AnyAction[]>(...actions: A): KeepStateAndData<A> {
  return new SameStateAndDataResult("keepStateAndData", actions);
}

/** Stays in the state, with new data, and runs its `enter` again. */
export function repeatState<D, const A extends readonly AnyAction[]>(data: D, ...actions: A): KeepState<D, A> {
  return new SameStateResult("repeatState", data, actions);
}

/** Stays in the state, with the same data, and runs its `enter` again. */
export function repeatStateAndData<const A extends readonly AnyAction[]>(...actions: A): KeepStateAndData<A> {
  return new SameStateAndDataResult("repeatStateAndData", actions);
}

/** Answers calls, then ends the machine. */
export function stopAndReply(reason: ExitReason, replies: readonly ReplyTo[]): StopAndReply<undefined>;
/** Answers calls, then ends the machine, whose `terminate` gets `data`. */
export function stopAndReply<D>(reason: ExitReason, replies: readonly ReplyTo[], data: D): StopAndReply<D>;
export function stopAndReply(reason: ExitReason, replies: readonly ReplyTo[], data?: unknown): StopAndReply<unknown> {
  return new StopAndReplyResult(reason, replies, data);
}
