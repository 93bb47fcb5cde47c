/**
 * A state machine: a process that is in one of several states and reacts to the same event differently in each. OTP's
 * `gen_statem`.
 *
 * The guide is at {@linkcode StateMachine}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import { childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../process/child_spec.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { MachineBehaviour, type MachineCallbacks } from "./_behaviour.ts";
import type { AllStates, CommonHandlers, MachineStates } from "./handlers.ts";
import type { InternalOf, MachineInterface, MachineSnapshot, TimeoutsOf } from "./interface.ts";
import type { MachineInitResult } from "./result.ts";
import { type AnyHandlers, MachineTable } from "./_table.ts";
import { type Name, whereis } from "../process/names.ts";
import type { Self } from "../process/pid.ts";
import { ServerProcess } from "../server/server_process.ts";
import type { CallsOf, CastsOf, InfoOf, ServerRef } from "../server/server_ref.ts";
import { type StartArguments, type StartOptions, startServer } from "../server/start_server.ts";

/**
 * A state machine class that can be started: it is complete, and its `init` takes `A`.
 *
 * @category State machines
 */
export type StateMachineClass<A, I extends MachineInterface> = new () => StateMachine<I> & {
  init(argument: A): unknown;
};

/**
 * A state machine: a process that is in one of several states and reacts to the same event differently in each. OTP's
 * `gen_statem`.
 *
 * One interface types the machine and its users: `states` maps each state to the data kept in it, `calls` get a reply,
 * `casts` do not. There is one object of handlers for each state, so the states and their events can be read at a
 * glance. A button that switches something on and off, and counts how often:
 *
 * ```ts
 * import { nextState, reply, startIn, StateMachine } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * interface Button {
 *   states: { off: number; on: number };
 *   calls: { count(): number };
 *   casts: { push(): void };
 * }
 *
 * class PushButton extends StateMachine<Button> {
 *   override init(count: number) {
 *     return startIn("off", count);
 *   }
 *   override states = this.define({
 *     off: { casts: { push: (count) => nextState("on", count + 1) } },
 *     on: { casts: { push: (count) => nextState("off", count) } },
 *   }, {
 *     calls: { count: (count) => reply(count) }, // the same in all states
 *   });
 * }
 *
 * const button = await StateMachine.start(PushButton, 0);
 * button.cast("push");
 * button.cast("push");
 * button.cast("push");
 * assertEquals(await button.call("count"), 2);
 * await button.stop();
 * ```
 *
 * An unknown state (`nextState("onn", count)`), data of the wrong type for a state, and a call without a handler in
 * some state are compile errors.
 *
 * ## Timeouts, enter calls, postponing
 *
 * A door that opens for a code and locks itself again. Buttons pushed while it is open are handled once it is locked:
 *
 * ```ts
 * import {
 *   keepState,
 *   keepStateAndData,
 *   nextState,
 *   postpone,
 *   reply,
 *   startIn,
 *   StateMachine,
 *   stateTimeout,
 * } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * interface Door {
 *   states: { locked: { entered: string }; open: undefined };
 *   calls: { isOpen(): boolean };
 *   casts: { button(digit: string): void };
 * }
 *
 * class CodeLock extends StateMachine<Door> {
 *   #code = "";
 *   override init(code: string) {
 *     this.#code = code;
 *     return startIn("locked", { entered: "" });
 *   }
 *   override states = this.define({
 *     locked: {
 *       casts: {
 *         button: ({ entered }, digit) => {
 *           const last = (entered + digit).slice(-this.#code.length);
 *           return last === this.#code ? nextState("open", undefined) : keepState({ entered: last });
 *         },
 *       },
 *       calls: { isOpen: () => reply(false) },
 *     },
 *     open: {
 *       enter: () => keepStateAndData(stateTimeout(20)),
 *       stateTimeout: () => nextState("locked", { entered: "" }),
 *       casts: { button: () => keepStateAndData(postpone()) },
 *       calls: { isOpen: () => reply(true) },
 *     },
 *   });
 * }
 *
 * const door = await StateMachine.start(CodeLock, "42");
 * for (const digit of "142") door.cast("button", digit);
 * assertEquals(await door.call("isOpen"), true);
 * await new Promise((resolve) => setTimeout(resolve, 40));
 * assertEquals(await door.call("isOpen"), false);
 * await door.stop();
 * ```
 *
 * - **State timeout:** cancelled by a change of state. **Event timeout:** cancelled by any event. **Named timeouts:**
 *   run until they are over, replaced or cancelled. A timeout of length 0 is handled before anything in the mailbox.
 * - **`enter`** runs when the machine enters the state, starts in it or repeats it. It is not an event: it cannot
 *   postpone, send internal events or change the state at once; it can set timeouts.
 * - **`postpone()`** postpones the current event. When the state has changed, postponed events are handled again in
 *   their original order, before all later events. `keepState` and `repeatState` do not change the state. Postponed
 *   events do not count towards the limit of a bounded mailbox.
 * - **`nextEvent(name)`** makes the machine handle an internal event (`internal` in its interface) before all others.
 * - A handler may be async: the next event is handled after its promise has settled.
 * - **`reply(value)`** replies to a call and keeps state and data, `reply(value, nextState(...))` replies and applies
 *   the second argument, `replyAndStop(value, reason, data)` replies and ends, as in a GenServer.
 * - **`from.reply(value)`** replies from anywhere at any time, as in a GenServer; so does the action `replyTo(from,
 *   value)`, after the handler has returned. When the machine ends, calls without a reply, including postponed ones,
 *   fail with its exit reason.
 *
 * Keep values that change in the data of the states, and values that `init` sets once in fields, as `#code` above.
 *
 * Everything else is as in a GenServer: names, links, `sys`, `stop`, bounded mailboxes, what happens when a handler
 * throws. The callback module cannot be changed as in OTP: handlers belong to one class, so that the compiler can check
 * that none is missing. For a layered protocol, let one machine start another and hand over to it.
 *
 * **Not for** every server with a mode: a GenServer with a mode field is shorter if most requests are handled alike in
 * all modes. A state machine is worth it when *which events are accepted* depends on the state: protocols, connections,
 * locks, payment and approval flows, circuit breakers.
 *
 * `I` is the interface of the machine. Extend this class and start it with {@linkcode StateMachine.start}.
 *
 * For the results that a handler may return see {@linkcode nextState}, {@linkcode keepState}, {@linkcode reply},
 * {@linkcode stop}; for the actions that may follow them see {@linkcode postpone}, {@linkcode stateTimeout}, {@linkcode
 * replyTo}.
 *
 * @category State machines
 */
export abstract class StateMachine<I extends MachineInterface> {
  /**
   * Starts a machine and waits for its `init`.
   *
   * @param machine The class.
   * @param argument The argument of `init`; may be omitted if it takes none.
   * @param options A name, a time limit, a process to link to.
   * @returns The running machine.
   * @throws {StartError} If `init` threw, stopped, ignored, or took longer than `timeoutMs`.
   * @throws {AlreadyStartedError} If another process has the name.
   */
  static start<A = undefined, I extends MachineInterface = MachineInterface>(
    machine: StateMachineClass<A, I>,
    ...[argument, options]: StartArguments<NoInfer<A>, StartOptions>
  ): Promise<ServerRef<I>> {
    const instance = new machine();
    const behaviour = new MachineBehaviour(instance as unknown as MachineCallbacks, argument);
    const started = startServer(behaviour, machine.name, options, (process) => {
      instance.#self = process;
    });
    return started as Promise<unknown> as Promise<ServerRef<I>>; // the interface only exists at compile time
  }

  /**
   * Finds a machine by its name.
   *
   * @param machine Its class, for the type.
   * @param name Its name.
   * @returns The machine, or `undefined` if no live machine of this class has this name.
   */
  static whereis<A, I extends MachineInterface>(
    machine: StateMachineClass<A, I>,
    name: Name,
  ): ServerRef<I> | undefined {
    const pid = whereis(name);
    const known = pid instanceof ServerProcess && StateMachine.#classes.get(pid) === machine;
    return known ? pid as unknown as ServerRef<I> : undefined;
  }

  /**
   * Returns the child specification of a machine, for a supervisor.
   *
   * @example Usage
   * ```ts
   * import { reply, startIn, StateMachine, Supervisor } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * class Gate extends StateMachine<{ states: { shut: string }; calls: { motto(): string } }> {
   *   override init(motto: string) {
   *     return startIn("shut", motto);
   *   }
   *   override states = this.define({
   *     shut: { calls: { motto: (motto) => reply(motto) } },
   *   });
   * }
   *
   * await Supervisor.start([
   *   StateMachine.child(Gate, "closed today", { name: "gate", restart: "transient" }),
   * ]);
   * assertEquals(await StateMachine.whereis(Gate, "gate")?.call("motto"), "closed today");
   * ```
   *
   * @param machine The class.
   * @param argument The argument of `init`, the same at each start; may be omitted if it takes none.
   * @param options A name and other options of {@linkcode StateMachine.start | start}, and how it is supervised.
   * @returns The specification, for `Supervisor.start`, `startChild` and the like.
   */
  static child<A = undefined, I extends MachineInterface = MachineInterface>(
    machine: StateMachineClass<A, I>,
    ...[argument, options = {}]: StartArguments<NoInfer<A>, ChildOptions & Omit<StartOptions, "link">>
  ): ChildSpec<ServerRef<I>> {
    return {
      ...policyOf(options),
      id: childIdOf(options, machine.name),
      shutdown: options.shutdown,
      start: (link) =>
        StateMachine.start(machine, ...[argument, { ...options, link }] as StartArguments<A, StartOptions>),
    };
  }

  static readonly #classes = new WeakMap<object, unknown>();
  #process: Self<unknown> | undefined;

  /** Does not exist at run time: it gives the compiler the interface that a class implements. */
  declare readonly interface?: I;

  /** The handlers of each state, created by {@linkcode StateMachine.prototype.define | define}. */
  abstract readonly states: MachineStates<I>;

  /**
   * This machine's own process, for operations such as monitoring other processes.
   *
   * @throws {TypeError} In the constructor: the machine has no process yet. Use it from `init` on.
   */
  get self(): Self<InfoOf<I>> {
    if (!this.#process) throw new TypeError("Cannot use self: the machine has not been started; use it from init on");
    return this.#process;
  }

  set #self(process: Self<unknown>) {
    this.#process = process;
    StateMachine.#classes.set(process, this.constructor);
  }

  /** Returns the first state: `startIn(state, data)`; or `ignore()` or `stop(reason)`. May be async. */
  abstract init(argument: never): MaybePromise<MachineInitResult<I>>;

  /**
   * Cleans up before the machine ends. Runs after a handler stopped or threw, on `stop`, and when the parent ends while
   * exits are trapped; **not** when an exit signal that it does not trap ends the process.
   *
   * @param _last The last state with its data.
   * @param _reason Why the machine ends.
   */
  terminate(_last: MachineSnapshot<I>, _reason: ExitReason): MaybePromise<void> {}

  /**
   * Removes secrets, such as a password in the data, from a status, for `getStatus` of `sys` and for crash reports. Its
   * `state` is a {@linkcode MachineSnapshot}. By default nothing is removed.
   */
  formatStatus(status: ServerStatus): ServerStatus {
    return status;
  }

  /**
   * Defines the handlers of all states. It gives them their types and checks that each state has one for each call,
   * cast, internal event and named timeout. Handlers run with this machine as `this`, so methods of the class can be
   * used, too.
   *
   * @param states The handlers of each state.
   * @param common Handlers for all states that have no handler of their own for an event.
   * @returns The value for {@linkcode StateMachine.prototype.states | states}.
   */
  protected define<
    // Four, all inferred: the names of what `common` handles, which a state may therefore leave out.
    C extends keyof CallsOf<I> = never,
    A extends keyof CastsOf<I> = never,
    E extends keyof InternalOf<I> = never,
    T extends keyof TimeoutsOf<I> = never,
  >(
    states: AllStates<I, NoInfer<C>, NoInfer<A>, NoInfer<E>, NoInfer<T>> & ThisType<this>,
    common: CommonHandlers<I, C, A, E, T> & ThisType<this> = {},
  ): MachineStates<I> {
    // The process knows them as handlers that take anything.
    const table = new MachineTable(states as unknown as Record<string, AnyHandlers>, common as unknown as AnyHandlers);
    return table as MachineTable & MachineStates<I>;
  }
}
