/**
 * StateMachine: a process that is in one of several states and reacts to the same event differently in each. OTP's
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

/** A class that can be started: complete, and with an `init` that takes `A`. */
export type StateMachineClass<A, I extends MachineInterface> = new () => StateMachine<I> & {
  init(argument: A): unknown;
};

/**
 * StateMachine: a process that is in one of several states and reacts to the same event differently in each. OTP's
 * `gen_statem`.
 *
 * One interface types both ends: its `states` map each state to the data kept in it, its `calls` are answered, its
 * `casts` are not. There is one object of handlers for each state, so that reading their heads is reading the machine.
 * A button that switches something on and off, and counts how often:
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
 * A state that goes nowhere (`nextState("onn", count)`), data that are not that state's, a call that some state has no
 * handler for: none of them compiles.
 *
 * ## Timeouts, enter calls, postponing
 *
 * A door that opens for a code and locks itself again. Who pushes buttons while it is open is heard once it is locked:
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
 * - **State timeout:** called off by a change of state. **Event timeout:** called off by any event. **Named timeouts:**
 *   run until they are over, set anew or called off. One of length 0 comes before anything in the mailbox.
 * - **`enter`** runs when the machine comes into the state, starts in it or repeats it. It is no event: it cannot
 *   postpone, send internal events or go to another state at once; it can set timeouts.
 * - **`postpone()`** puts the current event off. When the state has changed, postponed events come again, in the order in
 *   which they first came, before anything that came later. `keepState` and `repeatState` are no change of state. What is
 *   postponed does not count for a bounded mailbox.
 * - **`nextEvent(name)`** makes the machine handle an event of its own (`internal` in its interface) before all others.
 * - A handler may be async: the next event is handled when it is through.
 * - **`reply(value)`** replies to a call and keeps state and data, `reply(value, nextState(...))` replies and goes on as the
 *   second argument says, `replyAndStop(value, reason, data)` replies and ends, as in a GenServer.
 * - **`from.reply(value)`** replies from anywhere at any time, as in a GenServer; so does the action `replyTo(from, value)`,
 *   once the handler has returned. When the machine ends, calls without a reply, postponed ones among them, fail with the
 *   reason.
 *
 * What changes belongs in the data of the states, what is set once by `init` in fields, as `#code` above.
 *
 * Everything else is as for a GenServer: names, links, `sys`, `stop`, bounded mailboxes, what happens when a handler
 * throws. OTP's change of the callback module is not there: handlers belong to one class, so that the compiler can check
 * that all of them are there. For a protocol in layers, let one machine start another and hand over.
 *
 * **Not for** every server with a mode: a GenServer with a field for it is shorter as long as most requests are answered
 * alike in all modes. A state machine pays when *which events count* depends on the state: protocols, connections,
 * locks, payment and approval flows, circuit breakers.
 *
 * A machine that understands `I`: extend it and start it with {@linkcode StateMachine.start}.
 *
 * See the results a handler may return at {@linkcode nextState}, {@linkcode keepState}, {@linkcode reply},
 * {@linkcode stop}, and what may follow them at {@linkcode postpone}, {@linkcode stateTimeout}, {@linkcode replyTo}.
 */
export abstract class StateMachine<I extends MachineInterface> {
  /**
   * Starts a machine and waits for its `init`.
   *
   * @param machine The class.
   * @param argument What `init` gets; may be left out where it takes none.
   * @param options A name, a time limit, a process to link to.
   * @returns The running machine.
   * @throws {StartError} If `init` threw, stopped, ignored, or took longer than `timeoutMs`.
   * @throws {AlreadyStartedError} If another process has the name.
   */
  static start<A, I extends MachineInterface>(
    machine: StateMachineClass<A, I>,
    ...[argument, options]: StartArguments<A, StartOptions>
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
   * A machine as a child of a supervisor.
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
   * @param argument What `init` gets, each time that it is started; may be left out where it takes none.
   * @param options A name and other options of {@linkcode start}, and how the supervisor deals with it.
   * @returns What `Supervisor.start`, `startChild` and the like take.
   */
  static child<A, I extends MachineInterface>(
    machine: StateMachineClass<A, I>,
    ...[argument, options = {}]: StartArguments<A, ChildOptions & Omit<StartOptions, "link">>
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

  /** Never there at run time: tells the compiler which interface a class was written for. */
  declare readonly interface?: I;

  /** The handlers, made by {@linkcode define}: what happens in each state. */
  abstract readonly states: MachineStates<I>;

  /** This machine's process: what only it may do, such as monitoring others. Not there yet in the constructor. */
  get self(): Self<InfoOf<I>> {
    if (!this.#process) throw new TypeError("Cannot use self: the machine has not been started");
    return this.#process;
  }

  set #self(process: Self<unknown>) {
    this.#process = process;
    StateMachine.#classes.set(process, this.constructor);
  }

  /** Says where the machine begins: `startIn(state, data)`, or `ignore()`, `stop(reason)`. May be async. */
  abstract init(argument: never): MaybePromise<MachineInitResult<I>>;

  /**
   * Cleans up. Runs when a handler stopped or threw, on `stop`, and when the parent ends while exits are trapped;
   * **not** when the process is ended by an exit signal that it does not trap.
   *
   * @param _last The last state with its data.
   * @param _reason Why the machine ends.
   */
  terminate(_last: MachineSnapshot<I>, _reason: ExitReason): MaybePromise<void> {}

  /**
   * Takes out of a status what nobody should see, such as a password in the data: for `getStatus` of `sys` and for
   * crash reports. Its `state` is a {@linkcode MachineSnapshot}. By default shows all.
   */
  formatStatus(status: ServerStatus): ServerStatus {
    return status;
  }

  /**
   * Gives handlers their types, and checks that each state has one for each call, cast, internal event and named timeout.
   * Handlers run with `this` as this machine, so methods of the class fit, too.
   *
   * @param states For each state, its handlers.
   * @param common What is handled alike in all states that have no handler of their own for it.
   * @returns What {@linkcode states} is.
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
