/**
 * The behaviour of a state machine's process: it finds the handler for each event and applies its result.
 *
 * One message can cause several steps (an enter call, internal events, retried postponed events, timeouts of length 0).
 * Each step is a `handleContinue` of the process: steps run before any message, and the visible state of the machine is
 * correct after each of them.
 *
 * @module
 */

import { isInstance } from "../../base/foreign.ts";
import { isThenable, whenDone } from "../../base/thenable.ts";
import { timers } from "../../base/timer_wheel.ts";
import type { Behaviour, CallResult, InfoResult, InitResult } from "../server/behaviour.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import type { From } from "../server/call.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { type AnyAction, type ReplyTo, replyTo } from "./action.ts";
import { MachineEvent } from "./_event.ts";
import { EventQueue } from "./_queue.ts";
import { type AnyMove, type AnyResult, keepStateAndData, type StartIn } from "./result.ts";
import type { AnyHandlers, MachineTable } from "./_table.ts";
import { MachineTimeout, MachineTimeouts } from "./_timeouts.ts";
import { badResult, describeNonResult, isResult } from "../process/marked_result.ts";
import type { Pid } from "../process/pid.ts";
import { processOf } from "../process/process.ts";
import {
  type After,
  continueWith,
  type Ignore,
  noreply,
  ok,
  type Reply,
  reply,
  replyAndStop,
  type Stop,
  stop,
} from "../server/result.ts";
import { Transition, type TransitionKind } from "./_transition.ts";
import { reportUnhandled } from "../process/unhandled_message.ts";

/** The state of the process: the machine's current state and its data. */
export interface AnySnapshot {
  readonly state: string;
  readonly data: unknown;
}

/** A machine, as its process uses it. */
export interface MachineCallbacks {
  readonly self: Pid<never>;
  readonly states: MachineTable;
  init(argument: unknown): MaybePromise<StartIn<string, unknown, readonly AnyAction[]> | Ignore | Stop<unknown>>;
  terminate(last: AnySnapshot, reason: ExitReason): MaybePromise<void>;
  formatStatus(status: ServerStatus): ServerStatus;
}

/** The step that runs the enter call of a state that was just entered. */
const ENTER = Symbol("enter");

/** The result that `reply(value)` implies if no other is given. */
const KEEP = keepStateAndData();

/** Runs a machine. */
export class MachineBehaviour implements Behaviour<AnySnapshot> {
  readonly #machine: MachineCallbacks;
  readonly #queue: EventQueue<MachineEvent> = new EventQueue();
  #timeouts: MachineTimeouts | undefined;
  #argument: unknown;
  /** The transition that is in progress while the enter call runs. */
  #transition: Transition | undefined;
  #stateName: string | undefined;
  #handlers: AnyHandlers = {}; // of the state of that name

  /** Creates the behaviour of `machine`, whose `init` gets `argument`. */
  constructor(machine: MachineCallbacks, argument: unknown) {
    this.#machine = machine;
    this.#argument = argument;
  }

  init(): MaybePromise<InitResult<AnySnapshot>> {
    const result = this.#machine.init(this.#argument);
    this.#argument = undefined; // may be large, and is not needed again
    return whenDone(result, (result) => this.#begin(result));
  }

  handleCall(
    name: string,
    request: unknown,
    from: From<unknown>,
    now: AnySnapshot,
  ): MaybePromise<CallResult<unknown, AnySnapshot>> {
    return this.#handle(new MachineEvent("call", name, request, from), now);
  }

  handleCast(name: string, request: unknown, now: AnySnapshot): MaybePromise<InfoResult<AnySnapshot>> {
    return this.#step(new MachineEvent("cast", name, request), now);
  }

  handleInfo(message: unknown, now: AnySnapshot): MaybePromise<InfoResult<AnySnapshot>> {
    if (!isInstance(message, MachineTimeout)) return this.#step(new MachineEvent("info", "", message), now);
    // A timeout that was cancelled after its message was sent is not an event.
    return this.#timeouts?.take(message) ? this.#step(MachineEvent.ofTimeout(message), now) : noreply(now);
  }

  handleContinue(step: unknown, now: AnySnapshot): MaybePromise<InfoResult<AnySnapshot>> {
    return step === ENTER ? this.#enter(now) : this.#step(step as MachineEvent, now);
  }

  /** Returns the call that a step replies to: a postponed call is answered as if it had just come. */
  callOf(step: unknown): From<unknown> | undefined {
    return step instanceof MachineEvent ? step.from : undefined;
  }

  understands(kind: "call" | "cast", name: string): boolean {
    return this.#machine.states.understands(kind, name);
  }

  describe(step: unknown): string | undefined {
    if (step === ENTER) return `enter of state "${this.#stateName}"`;
    if (step instanceof MachineTimeout) return String(MachineEvent.ofTimeout(step));
    return step instanceof MachineEvent ? String(step) : undefined;
  }

  terminate(reason: ExitReason, now: AnySnapshot): MaybePromise<void> {
    return this.#machine.terminate(now, reason);
  }

  formatStatus(status: ServerStatus): ServerStatus {
    return this.#machine.formatStatus(status);
  }

  #begin(result: StartIn<string, unknown, readonly AnyAction[]> | Ignore | Stop<unknown>): InitResult<AnySnapshot> {
    if (!isResult(result) || result.next !== "startIn") return result;
    const now = { state: result.state, data: result.data };
    const transition = new Transition("start", undefined, now.state);
    for (const action of result.actions) transition.add(action);
    return ok(now, this.#enterOrConclude(transition, now));
  }

  /** As {@linkcode #handle}, where no caller of the process waits. */
  #step(event: MachineEvent, now: AnySnapshot): MaybePromise<InfoResult<AnySnapshot>> {
    return this.#handle(event, now) as MaybePromise<InfoResult<AnySnapshot>>; // replies only where somebody called
  }

  #handle(
    event: MachineEvent,
    now: AnySnapshot,
  ): MaybePromise<CallResult<unknown, AnySnapshot>> {
    this.#timeouts?.cancelEvent();
    const handler = this.#machine.states.find(this.#handlersOf(now.state), event);
    if (handler === undefined) return this.#miss(event, now);
    const result = event.from === undefined
      ? handler.call(this.#machine, now.data, event.content, now.state)
      : handler.call(this.#machine, now.data, event.content, event.from, now.state);
    if (isResult(result) || !isThenable(result)) return this.#apply(result, event, now);
    return Promise.resolve(result).then((result) => this.#apply(result, event, now));
  }

  #miss(event: MachineEvent, now: AnySnapshot): InfoResult<AnySnapshot> {
    if (event.kind !== "info") {
      throw new TypeError(
        `Cannot handle ${event} in state "${now.state}": there is no handler for it; add it to the state`,
      );
    }
    const { self } = this.#machine;
    reportUnhandled(self, `${self.label} in state "${now.state}"`, event.content);
    return noreply(now, this.#nextStep());
  }

  /** Applies the result of an event's handler. */
  #apply(
    result: AnyResult,
    event: MachineEvent,
    now: AnySnapshot,
  ): CallResult<unknown, AnySnapshot> {
    if (!this.#machine.self.alive) return noreply(now); // too late: it may not even set a timeout
    if (!isResult(result)) throw badResult(`${event} in state "${now.state}"`, result);
    switch (result.next) {
      case "reply":
        return this.#moveBy(moveOf(result, event, now), event, now, replyTo(event.from!, result.value));
      case "stop":
        return stop(result.reason, { state: now.state, data: given(result.state, now.data) });
      case "replyAndStop":
        if (event.from === undefined) throw nobodyToReplyTo(event, now);
        return replyAndStop(result.value, result.reason, { state: now.state, data: given(result.state, now.data) });
      default:
        return this.#moveBy(result, event, now);
    }
  }

  /** Applies a result that does not end the machine. */
  #moveBy(
    result: AnyMove,
    event: MachineEvent,
    now: AnySnapshot,
    answer?: ReplyTo,
  ): CallResult<unknown, AnySnapshot> {
    switch (result.next) {
      case "keepStateAndData":
        return this.#move("keep", now, event, now, result.actions, answer);
      case "keepState":
        return this.#move("keep", { state: now.state, data: result.data }, event, now, result.actions, answer);
      case "nextState": {
        const kind = result.state === now.state ? "keep" : "change";
        const next = { state: result.state, data: result.data };
        return this.#move(kind, next, event, now, result.actions, answer);
      }
      case "repeatState":
        return this.#move("repeat", { state: now.state, data: result.data }, event, now, result.actions, answer);
      case "repeatStateAndData":
        return this.#move("repeat", now, event, now, result.actions, answer);
      default:
        throw badResult(`${event} in state "${now.state}"`, result);
    }
  }

  #move(
    kind: TransitionKind,
    next: AnySnapshot,
    event: MachineEvent,
    now: AnySnapshot,
    actions: readonly AnyAction[],
    answer: ReplyTo | undefined,
  ): CallResult<unknown, AnySnapshot> {
    if (kind === "keep" && actions.length === 0 && answer === undefined) return noreply(next, this.#nextStep());
    if (kind === "change") this.#handlersOf(next.state); // or it is no state
    const transition = new Transition(kind, event, now.state);
    for (const action of actions) {
      if (action.action !== "reply") transition.add(action);
      else if (action.from === event.from) answer ??= action; // by the process, so that `sys` sees it
      else answerTo(action);
    }
    const after = this.#enterOrConclude(transition, next);
    return answer === undefined ? noreply(next, after) : reply(answer.value, next, after);
  }

  #enterOrConclude(transition: Transition, next: AnySnapshot): After | undefined {
    if (transition.kind === "keep" || !this.#handlersOf(next.state).enter) return this.#conclude(transition);
    this.#transition = transition;
    return continueWith(ENTER);
  }

  #enter(now: AnySnapshot): MaybePromise<InfoResult<AnySnapshot>> {
    const transition = this.#transition!;
    const result = this.#handlersOf(now.state).enter!.call(this.#machine, now.data, transition.previous, now.state);
    return whenDone(result, (result) => this.#entered(transition, result, now));
  }

  #entered(transition: Transition, result: AnyResult, now: AnySnapshot): InfoResult<AnySnapshot> {
    if (!this.#machine.self.alive) return noreply(now);
    if (isResult(result) && result.next === "stop") {
      return stop(result.reason, { state: now.state, data: given(result.state, now.data) });
    }
    if (!isResult(result) || !("actions" in result) || result.next === "nextState") {
      throw new TypeError(
        `Cannot continue after enter of state "${now.state}": it must stay in the state or stop, returned ${
          describeNonResult(result)
        }`,
      );
    }
    for (const action of result.actions) {
      if (action.action === "reply") answerTo(action);
      else transition.addOnEnter(action);
    }
    const { next } = result;
    const data = next === "keepState" || next === "repeatState" ? result.data : now.data;
    const entered = data === now.data ? now : { state: now.state, data };
    if (next === "keepState" || next === "keepStateAndData") return noreply(entered, this.#conclude(transition));
    transition.previous = now.state;
    return noreply(entered, continueWith(ENTER));
  }

  /** Completes a transition and returns the next step. */
  #conclude(transition: Transition): After | undefined {
    this.#transition = undefined;
    this.#queue.conclude(transition.event, transition);
    if (transition.changed) this.#timeouts?.cancel("state");
    for (const action of transition.timeouts) this.#startedTimeouts().apply(action);
    return this.#nextStep();
  }

  #nextStep(): After | undefined {
    const event = this.#queue.next();
    if (event !== undefined) return continueWith(event);
    const timeout = this.#timeouts?.takeImmediate();
    return timeout && continueWith(MachineEvent.ofTimeout(timeout));
  }

  #startedTimeouts(): MachineTimeouts {
    if (this.#timeouts) return this.#timeouts;
    const process = processOf(this.#machine.self);
    const timeouts = new MachineTimeouts(timers, (timeout) => process.mailbox.postSystem(timeout));
    process.onExit(() => timeouts.clear());
    return this.#timeouts = timeouts;
  }

  #handlersOf(state: string): AnyHandlers {
    if (state !== this.#stateName) {
      this.#handlers = this.#machine.states.of(state);
      this.#stateName = state;
    }
    return this.#handlers;
  }
}

function answerTo({ from, value }: ReplyTo): void {
  (from as From<unknown>).reply(value); // the compiler has matched them where the action was made
}

/** Returns what the machine does besides replying: the result that was given in place of a state, if any. */
function moveOf({ state, after }: Reply<unknown, AnyMove | undefined>, event: MachineEvent, now: AnySnapshot): AnyMove {
  if (event.from === undefined) throw nobodyToReplyTo(event, now);
  if (after !== undefined) {
    throw new TypeError(
      `Cannot continue after ${event} in state "${now.state}": a state machine has eventTimeout() and nextEvent(), ` +
        `received the ${after.after} of a GenServer`,
    );
  }
  if (state === undefined) return KEEP;
  if (!isResult(state)) throw badResult(`${event} in state "${now.state}"`, state);
  return state;
}

function nobodyToReplyTo(event: MachineEvent, now: AnySnapshot): TypeError {
  return new TypeError(`Cannot continue after ${event} in state "${now.state}": only a call can be replied to`);
}

/** Returns `data`, or the current data after `stop(reason)` without data. */
function given(data: unknown, otherwise: unknown): unknown {
  return data === undefined ? otherwise : data;
}
