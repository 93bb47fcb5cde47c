/**
 * What the handlers of a state machine answer: plain objects, told apart by `next`, made by the functions below.
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

import type { ExitReason } from "./exit_reason.ts";
import type { AnyAction, EnterAction, MachineAction, ReplyTo } from "./machine_action.ts";
import type { DataOf, StateName } from "./machine_interface.ts";
import type { Ignore, Stop } from "./result.ts";

/** Started. */
export interface StartIn<N extends string, D, A> {
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
export interface NextState<N extends string, D, A> {
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
export interface KeepState<D, A> {
  /** Tells results apart. */
  readonly next: "keepState" | "repeatState";
  /** The data. */
  readonly data: D;
  /** What to do besides. */
  readonly actions: A;
}

/** The same state with the same data; entered again, if it is to be repeated. */
export interface KeepStateAndData<A> {
  /** Tells results apart. */
  readonly next: "keepStateAndData" | "repeatStateAndData";
  /** What to do besides. */
  readonly actions: A;
}

/** Some answers, and then the end. */
export interface StopAndReply<D> {
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

/** Lets a machine begin in `state` with `data`. */
export function startIn<N extends string, D, const A extends readonly AnyAction[]>(
  state: N,
  data: D,
  ...actions: A
): StartIn<N, D, A> {
  return { next: "startIn", state, data, actions };
}

/** Goes to `state` with `data`: if that is another state, postponed events come again and its `enter` runs. */
export function nextState<N extends string, D, const A extends readonly AnyAction[]>(
  state: N,
  data: D,
  ...actions: A
): NextState<N, D, A> {
  return { next: "nextState", state, data, actions };
}

/** Stays in the state, with new data. */
export function keepState<D, const A extends readonly AnyAction[]>(data: D, ...actions: A): KeepState<D, A> {
  return { next: "keepState", data, actions };
}

/** Stays in the state, with the same data. */
export function keepStateAndData<const A extends readonly AnyAction[]>(...actions: A): KeepStateAndData<A> {
  return { next: "keepStateAndData", actions };
}

/** Stays in the state, with new data, and runs its `enter` again. */
export function repeatState<D, const A extends readonly AnyAction[]>(data: D, ...actions: A): KeepState<D, A> {
  return { next: "repeatState", data, actions };
}

/** Stays in the state, with the same data, and runs its `enter` again. */
export function repeatStateAndData<const A extends readonly AnyAction[]>(...actions: A): KeepStateAndData<A> {
  return { next: "repeatStateAndData", actions };
}

/** Answers calls, then ends the machine. */
export function stopAndReply(reason: ExitReason, replies: readonly ReplyTo[]): StopAndReply<undefined>;
/** Answers calls, then ends the machine, whose `terminate` gets `data`. */
export function stopAndReply<D>(reason: ExitReason, replies: readonly ReplyTo[], data: D): StopAndReply<D>;
export function stopAndReply(reason: ExitReason, replies: readonly ReplyTo[], data?: unknown): StopAndReply<unknown> {
  return { next: "stopAndReply", reason, replies, data };
}
