/**
 * What a state machine does besides going from state to state: plain objects, told apart by `action`, that follow the
 * data in a result, as in `nextState("open", data, stateTimeout(10_000))`. They are done in the order given.
 *
 * @module
 */

import type { From } from "../server/call.ts";
import type { EventTimeoutOf, InternalOf, StateTimeoutOf, TimeoutsOf } from "./interface.ts";
import type { RequestOf } from "../server/server_ref.ts";

/** The action of `postpone`: the current event waits until the state changes. */
export interface Postpone {
  /** The kind of action. */
  readonly action: "postpone";
}

/** The action of `nextEvent`: the machine handles an internal event before all others. */
export interface NextEvent<K extends string, C> {
  /** The kind of action. */
  readonly action: "nextEvent";
  /** Its name. */
  readonly name: K;
  /** What comes with it. */
  readonly content: C;
}

/** The action of `replyTo`: a caller gets its reply. */
export interface ReplyTo {
  /** The kind of action. */
  readonly action: "reply";
  /** Who waits for it. */
  readonly from: From<never>;
  /** The answer. */
  readonly value: unknown;
}

/** Which timeout is meant: there is one for the state, one for the next event, and one for each name. */
export type TimeoutKind = "state" | "event" | "named";

/** Starts a timeout, which replaces the running one of the same kind and name. */
export interface SetTimeoutAction<T extends TimeoutKind, K extends string, C> {
  /** The kind of action. */
  readonly action: "setTimeout";
  /** Which kind. */
  readonly kind: T;
  /** Its name; empty where the kind has none. */
  readonly name: K;
  /** How long it takes, in milliseconds. */
  readonly timeoutMs: number;
  /** What comes with it. */
  readonly content: C;
}

/** Gives a running timeout another content. If none is running, the timeout fires at once. */
export interface UpdateTimeoutAction<T extends TimeoutKind, K extends string, C> {
  /** The kind of action. */
  readonly action: "updateTimeout";
  /** Which kind. */
  readonly kind: T;
  /** Its name; empty where the kind has none. */
  readonly name: K;
  /** What comes with it now. */
  readonly content: C;
}

/** Cancels a timeout. */
export interface CancelTimeoutAction<T extends TimeoutKind, K extends string> {
  /** The kind of action. */
  readonly action: "cancelTimeout";
  /** Which kind. */
  readonly kind: T;
  /** Its name; empty where the kind has none. */
  readonly name: K;
}

/** Anything that can be done with the timeout of a kind and name. */
export type TimeoutAction<T extends TimeoutKind = TimeoutKind, K extends string = string, C = unknown> =
  | SetTimeoutAction<T, K, C>
  | UpdateTimeoutAction<T, K, C>
  | CancelTimeoutAction<T, K>;

/** What may follow any result of a handler of the machine `I`. */
export type MachineAction<I> =
  | EnterAction<I>
  | Postpone
  | { [K in keyof InternalOf<I> & string]: NextEvent<K, RequestOf<InternalOf<I>[K]>> }[keyof InternalOf<I> & string];

/** What may follow the result of an enter call, which is no event: it can neither be postponed nor bring about others. */
export type EnterAction<I> =
  | ReplyTo
  | TimeoutAction<"state", "", StateTimeoutOf<I>>
  | TimeoutAction<"event", "", EventTimeoutOf<I>>
  | { [K in keyof TimeoutsOf<I> & string]: TimeoutAction<"named", K, RequestOf<TimeoutsOf<I>[K]>> }[
    & keyof TimeoutsOf<I>
    & string
  ];

/** An action as the machine's process sees it: any name, any content. */
export type AnyAction = Postpone | NextEvent<string, unknown> | ReplyTo | TimeoutAction;

/** Puts the current event off until the state has changed; then it comes before all events that came later. */
export function postpone(): Postpone {
  return POSTPONE;
}

const POSTPONE: Postpone = Object.freeze({ action: "postpone" });

/** Lets the machine handle an internal event next, before what waits in the mailbox and what was postponed. */
export function nextEvent<K extends string>(name: K): NextEvent<K, undefined>;
/** Lets the machine handle an internal event next, with what comes with it. */
export function nextEvent<K extends string, C>(name: K, content: C): NextEvent<K, C>;
export function nextEvent(name: string, content?: unknown): NextEvent<string, unknown> {
  return { action: "nextEvent", name, content };
}

/**
 * Replies to a call later: to one whose `from` an earlier handler has kept. The same as `from.reply(value)`, but only done
 * when the handler has returned. The handler of the call itself returns {@linkcode reply} instead.
 *
 * @example Usage
 * ```ts
 * import { type From, keepState, replyTo, startIn, StateMachine } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class Gate extends StateMachine<{
 *   states: { shut: From<string>[] };
 *   calls: { wait(): string };
 *   casts: { open(): void };
 * }> {
 *   override init() {
 *     return startIn("shut", []);
 *   }
 *   override states = this.define({
 *     shut: {
 *       calls: { wait: (waiting, _, from) => keepState([...waiting, from]) },
 *       casts: { open: (waiting) => keepState([], ...waiting.map((from) => replyTo(from, "come in"))) },
 *     },
 *   });
 * }
 *
 * const gate = await StateMachine.start(Gate);
 * const waiting = gate.call("wait");
 * gate.cast("open");
 * assertEquals(await waiting, "come in");
 * ```
 */
export function replyTo<R>(from: From<R>, value: R): ReplyTo {
  return { action: "reply", from, value };
}

/**
 * Lets the handler `stateTimeout` run if the machine is still in the same state after `timeoutMs` milliseconds: any
 * change of state calls it off. In a result that changes the state it is for the new state. 0 is at once, after the
 * events that the machine already has in hand but before those in its mailbox; `Infinity` calls it off.
 *
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function stateTimeout(timeoutMs: number): SetTimeoutAction<"state", "", undefined>;
/** Lets `stateTimeout` run, with what comes with it. */
export function stateTimeout<C>(timeoutMs: number, content: C): SetTimeoutAction<"state", "", C>;
export function stateTimeout(timeoutMs: number, content?: unknown): SetTimeoutAction<"state", "", unknown> {
  return setTimeoutAction("state", "", timeoutMs, content);
}

/**
 * Lets the handler `eventTimeout` run if no event comes for `timeoutMs` milliseconds: any event calls it off, an
 * internal one too.
 *
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function eventTimeout(timeoutMs: number): SetTimeoutAction<"event", "", undefined>;
/** Lets `eventTimeout` run, with what comes with it. */
export function eventTimeout<C>(timeoutMs: number, content: C): SetTimeoutAction<"event", "", C>;
export function eventTimeout(timeoutMs: number, content?: unknown): SetTimeoutAction<"event", "", unknown> {
  return setTimeoutAction("event", "", timeoutMs, content);
}

/**
 * Lets the handler of that name among `timeouts` run after `timeoutMs` milliseconds, whatever happens meanwhile, unless
 * it is set anew or called off. OTP's generic timeouts.
 *
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function namedTimeout<K extends string>(name: K, timeoutMs: number): SetTimeoutAction<"named", K, undefined>;
/** Lets the handler of that name among `timeouts` run, with what comes with it. */
export function namedTimeout<K extends string, C>(
  name: K,
  timeoutMs: number,
  content: C,
): SetTimeoutAction<"named", K, C>;
export function namedTimeout(
  name: string,
  timeoutMs: number,
  content?: unknown,
): SetTimeoutAction<"named", string, unknown> {
  return setTimeoutAction("named", name, timeoutMs, content);
}

/**
 * Changes what comes with the state timeout that runs, and not its time. Where none runs, it is over at once. As with all
 * actions for one timeout, only the last one of a result counts: with a `stateTimeout` before it in the same result, it
 * is for the timeout that ran before.
 */
export function updateStateTimeout<C>(content: C): UpdateTimeoutAction<"state", "", C> {
  return { action: "updateTimeout", kind: "state", name: "", content };
}

/** Changes what comes with the named timeout that runs, and not its time. Where none runs, it is over at once. */
export function updateNamedTimeout<K extends string, C>(name: K, content: C): UpdateTimeoutAction<"named", K, C> {
  return { action: "updateTimeout", kind: "named", name, content };
}

/** Calls the state timeout off. Fine if none runs. */
export function cancelStateTimeout(): CancelTimeoutAction<"state", ""> {
  return { action: "cancelTimeout", kind: "state", name: "" };
}

/** Calls the named timeout off. Fine if it does not run. */
export function cancelNamedTimeout<K extends string>(name: K): CancelTimeoutAction<"named", K> {
  return { action: "cancelTimeout", kind: "named", name };
}

function setTimeoutAction<T extends TimeoutKind, K extends string>(
  kind: T,
  name: K,
  timeoutMs: number,
  content: unknown,
): SetTimeoutAction<T, K, unknown> {
  if (!(timeoutMs >= 0)) {
    throw new RangeError(`Cannot set ${kind} timeout: "timeoutMs" must be >= 0, received ${timeoutMs}`);
  }
  return { action: "setTimeout", kind, name, timeoutMs, content };
}
