/**
 * Actions of a state machine: what it does besides changing its state. They are plain objects, distinguished by
 * `action`, that follow the data in a result, as in `nextState("open", data, stateTimeout(10_000))`. They run in the
 * given order.
 *
 * @module
 */

import type { From } from "../server/call.ts";
import type { EventTimeoutOf, InternalOf, StateTimeoutOf, TimeoutsOf } from "./interface.ts";
import type { RequestOf } from "../server/server_ref.ts";

/**
 * The action of `postpone`: the current event waits until the state changes.
 *
 * @category State machines
 */
export interface Postpone {
  /** The kind of action. */
  readonly action: "postpone";
}

/**
 * The action of `nextEvent`: the machine handles an internal event before all others.
 *
 * @category State machines
 */
export interface NextEvent<K extends string, C> {
  /** The kind of action. */
  readonly action: "nextEvent";
  /** The name of the event. */
  readonly name: K;
  /** The content, which the handler gets. */
  readonly content: C;
}

/**
 * The action of `replyTo`: a caller gets its reply.
 *
 * @category State machines
 */
export interface ReplyTo {
  /** The kind of action. */
  readonly action: "reply";
  /** The caller that waits for the reply. */
  readonly from: From<never>;
  /** The value of the reply. */
  readonly value: unknown;
}

/**
 * The kind of a timeout: there is one for the state, one for the next event, and one for each name.
 *
 * @category State machines
 */
export type TimeoutKind = "state" | "event" | "named";

/**
 * Starts a timeout, which replaces the running one of the same kind and name.
 *
 * @category State machines
 */
export interface SetTimeoutAction<T extends TimeoutKind, K extends string, C> {
  /** The kind of action. */
  readonly action: "setTimeout";
  /** The kind of timeout. */
  readonly kind: T;
  /** The name of the timeout; empty if the kind has no names. */
  readonly name: K;
  /** The length of the timeout, in milliseconds. */
  readonly timeoutMs: number;
  /** The content, which the handler gets. */
  readonly content: C;
}

/**
 * Gives a running timeout another content. If none is running, the timeout fires at once.
 *
 * @category State machines
 */
export interface UpdateTimeoutAction<T extends TimeoutKind, K extends string, C> {
  /** The kind of action. */
  readonly action: "updateTimeout";
  /** The kind of timeout. */
  readonly kind: T;
  /** The name of the timeout; empty if the kind has no names. */
  readonly name: K;
  /** The new content. */
  readonly content: C;
}

/**
 * Cancels a timeout.
 *
 * @category State machines
 */
export interface CancelTimeoutAction<T extends TimeoutKind, K extends string> {
  /** The kind of action. */
  readonly action: "cancelTimeout";
  /** The kind of timeout. */
  readonly kind: T;
  /** The name of the timeout; empty if the kind has no names. */
  readonly name: K;
}

/**
 * Any action on a timeout.
 *
 * @category State machines
 */
export type TimeoutAction<T extends TimeoutKind = TimeoutKind, K extends string = string, C = unknown> =
  | SetTimeoutAction<T, K, C>
  | UpdateTimeoutAction<T, K, C>
  | CancelTimeoutAction<T, K>;

/**
 * The actions that may follow a result of an event handler of the machine `I`.
 *
 * @category State machines
 */
export type MachineAction<I> =
  | EnterAction<I>
  | Postpone
  | { [K in keyof InternalOf<I> & string]: NextEvent<K, RequestOf<InternalOf<I>[K]>> }[keyof InternalOf<I> & string];

/**
 * The actions that may follow the result of an enter call. An enter call is not an event: it cannot be postponed and
 * cannot add events.
 *
 * @category State machines
 */
export type EnterAction<I> =
  | ReplyTo
  | TimeoutAction<"state", "", StateTimeoutOf<I>>
  | TimeoutAction<"event", "", EventTimeoutOf<I>>
  | { [K in keyof TimeoutsOf<I> & string]: TimeoutAction<"named", K, RequestOf<TimeoutsOf<I>[K]>> }[
    & keyof TimeoutsOf<I>
    & string
  ];

/**
 * An action, as the machine's process uses it: with any name and content.
 *
 * @category State machines
 */
export type AnyAction = Postpone | NextEvent<string, unknown> | ReplyTo | TimeoutAction;

/**
 * Postpones the current event until the state has changed; then it is handled before all later events.
 *
 * @category State machines
 */
export function postpone(): Postpone {
  return POSTPONE;
}

const POSTPONE: Postpone = Object.freeze({ action: "postpone" });

/**
 * Makes the machine handle an internal event next, before messages in the mailbox and postponed events.
 *
 * @category State machines
 */
export function nextEvent<K extends string>(name: K): NextEvent<K, undefined>;
/**
 * Makes the machine handle an internal event next, with a content.
 *
 * @category State machines
 */
export function nextEvent<K extends string, C>(name: K, content: C): NextEvent<K, C>;
export function nextEvent(name: string, content?: unknown): NextEvent<string, unknown> {
  return { action: "nextEvent", name, content };
}

/**
 * Replies to an earlier call whose `from` was kept. The same as `from.reply(value)`, but the reply is sent after the
 * handler has returned. The handler of the call itself returns {@linkcode reply} instead.
 *
 * @category State machines
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
 * Runs the handler `stateTimeout` if the machine is still in the same state after `timeoutMs` milliseconds: any change
 * of state cancels it. In a result that changes the state, it applies to the new state. 0 means at once: after the
 * machine's queued internal and postponed events, but before messages in the mailbox. `Infinity` cancels it.
 *
 * @category State machines
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function stateTimeout(timeoutMs: number): SetTimeoutAction<"state", "", undefined>;
/**
 * Runs the handler `stateTimeout` after `timeoutMs` milliseconds, with a content.
 *
 * @category State machines
 */
export function stateTimeout<C>(timeoutMs: number, content: C): SetTimeoutAction<"state", "", C>;
export function stateTimeout(timeoutMs: number, content?: unknown): SetTimeoutAction<"state", "", unknown> {
  return setTimeoutAction("state", "", timeoutMs, content);
}

/**
 * Runs the handler `eventTimeout` if no event comes for `timeoutMs` milliseconds: any event cancels it, including
 * internal events.
 *
 * @category State machines
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function eventTimeout(timeoutMs: number): SetTimeoutAction<"event", "", undefined>;
/**
 * Runs the handler `eventTimeout` after `timeoutMs` milliseconds without an event, with a content.
 *
 * @category State machines
 */
export function eventTimeout<C>(timeoutMs: number, content: C): SetTimeoutAction<"event", "", C>;
export function eventTimeout(timeoutMs: number, content?: unknown): SetTimeoutAction<"event", "", unknown> {
  return setTimeoutAction("event", "", timeoutMs, content);
}

/**
 * Runs the handler `name` of `timeouts` after `timeoutMs` milliseconds, regardless of events and states, unless it is
 * replaced or cancelled. OTP's generic timeouts.
 *
 * @category State machines
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function namedTimeout<K extends string>(name: K, timeoutMs: number): SetTimeoutAction<"named", K, undefined>;
/**
 * Runs the handler `name` of `timeouts` after `timeoutMs` milliseconds, with a content.
 *
 * @category State machines
 */
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
 * Changes the content of the running state timeout, but not its time. If none is running, the timeout is over at once.
 * As with all actions for one timeout, only the last one in a result counts: after a `stateTimeout` in the same result,
 * it applies to the timeout that was already running.
 *
 * @category State machines
 */
export function updateStateTimeout<C>(content: C): UpdateTimeoutAction<"state", "", C> {
  return { action: "updateTimeout", kind: "state", name: "", content };
}

/**
 * Changes the content of the running named timeout, but not its time. If it is not running, the timeout is over at
 * once.
 *
 * @category State machines
 */
export function updateNamedTimeout<K extends string, C>(name: K, content: C): UpdateTimeoutAction<"named", K, C> {
  return { action: "updateTimeout", kind: "named", name, content };
}

/**
 * Cancels the state timeout. Does nothing if none is running.
 *
 * @category State machines
 */
export function cancelStateTimeout(): CancelTimeoutAction<"state", ""> {
  return { action: "cancelTimeout", kind: "state", name: "" };
}

/**
 * Cancels the named timeout. Does nothing if it is not running.
 *
 * @category State machines
 */
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
