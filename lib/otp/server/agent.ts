/**
 * Agent: a process that only keeps a state.
 *
 * The guide is at {@linkcode Agent}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { whenDone } from "../../base/thenable.ts";
import type { Behaviour, CallResult, InfoResult, InitResult } from "./behaviour.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { CallOptions } from "./call.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { SendResult } from "../process/mailbox.ts";
import { childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../process/child_spec.ts";
import { type Name, whereis } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import { noreply, ok, type Reply, reply } from "./result.ts";
import { ServerProcess } from "./server_process.ts";
import { processOptionsOf, type StartOptions, startProcess } from "./start_server.ts";

/**
 * A running agent with state `S`. Its calls fail in the same cases as those of a GenServer, see
 * {@linkcode ServerCalls.call | ServerRef.call}.
 *
 * @category Tasks and agents
 */
export interface Agent<S> extends Pid<never>, AsyncDisposable {
  /**
   * Runs a function on the state in the agent, and returns its result.
   *
   * @param look A function of the state; runs in the agent.
   * @param options How long to wait, 5,000 milliseconds by default.
   * @returns What `look` returned.
   * @throws {CallTimeoutError} If it takes too long; the agent still runs the function.
   * @throws {CallExitError} If the agent has ended, or ends before it replies, as it does when `look` throws.
   */
  get<R>(look: (state: S) => MaybePromise<R>, options?: CallOptions): Promise<R>;
  /**
   * Changes the state.
   *
   * @param change Returns the next state; runs in the agent.
   * @param options How long to wait, 5,000 milliseconds by default.
   * @throws {CallTimeoutError} If it takes too long; the agent still runs the function.
   * @throws {CallExitError} If the agent has ended, or ends before it replies, as it does when `change` throws.
   */
  update(change: (state: S) => MaybePromise<S>, options?: CallOptions): Promise<void>;
  /**
   * Changes the state and returns a value in one step.
   *
   * @example Usage
   * ```ts
   * import { Agent, reply } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * const queue = await Agent.start(() => ["first", "second"]);
   * assertEquals(await queue.getAndUpdate(([head, ...rest]) => reply(head, rest)), "first");
   * assertEquals(await queue.get((queue) => queue), ["second"]);
   * ```
   *
   * @param act Returns `reply(value, state)`: what to return, and the next state. Runs in the agent.
   * @param options How long to wait, 5,000 milliseconds by default.
   * @returns The value.
   * @throws {CallTimeoutError} If it takes too long; the agent still runs the function.
   * @throws {CallExitError} If the agent has ended, or ends before it replies, as it does when `act` throws.
   */
  getAndUpdate<R>(act: (state: S) => MaybePromise<Reply<R, S>>, options?: CallOptions): Promise<R>;
  /**
   * Changes the state without waiting for it. Neither a failure nor an agent that has ended is reported to the caller.
   *
   * @param change Returns the next state; runs in the agent.
   * @returns The result of the send.
   */
  cast(change: (state: S) => MaybePromise<S>): SendResult;
  /**
   * Ends the agent after it has handled the waiting messages. Does nothing if the agent has already ended.
   *
   * @param reason The exit reason, `"normal"` by default.
   * @param options How long to wait, without a limit by default.
   * @throws {CallExitError} If it ends with another reason, such as a failure while it cleans up.
   * @throws {CallTimeoutError} If it takes too long.
   */
  stop(reason?: ExitReason, options?: CallOptions): Promise<void>;
}

/**
 * The functions that start and find agents.
 *
 * @category Tasks and agents
 */
export interface AgentModule {
  /**
   * Starts an agent and waits for its first state.
   *
   * @param init Returns the first state; runs in the agent.
   * @param options A name, a time limit, a process to link to.
   * @returns The running agent.
   * @throws {StartError} If `init` threw or took longer than `timeoutMs`.
   * @throws {AlreadyStartedError} If another process has the name.
   */
  start<S>(init: () => MaybePromise<S>, options?: StartOptions): Promise<Agent<S>>;
  /**
   * Returns the child specification of an agent, for a supervisor.
   *
   * @example Usage
   * ```ts
   * import { Agent, Supervisor } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * await Supervisor.start([Agent.child(() => 7, { name: "lucky number" })]);
   * assertEquals(await Agent.whereis("lucky number")?.get((n) => n), 7);
   * ```
   *
   * @param init Returns the first state, each time that the agent is started.
   * @param options A name and other options of {@linkcode AgentModule.start | start}, and options of the child.
   * @returns The child specification, for `Supervisor.start`, `startChild` and similar functions.
   */
  child<S>(init: () => MaybePromise<S>, options?: ChildOptions & Omit<StartOptions, "link">): ChildSpec<Agent<S>>;
  /**
   * Returns the agent with this name.
   *
   * @param name Its name.
   * @returns The agent, or `undefined` if no live agent has this name. The type of its state is unknown.
   */
  whereis(name: Name): Agent<unknown> | undefined;
}

class AgentProcess<S> extends ServerProcess<S> implements Agent<S> {
  get<R>(look: (state: S) => MaybePromise<R>, options?: CallOptions): Promise<R> {
    return this.#ask("get", look, options) as Promise<R>;
  }

  update(change: (state: S) => MaybePromise<S>, options?: CallOptions): Promise<void> {
    return this.#ask("update", change, options) as Promise<void>;
  }

  getAndUpdate<R>(act: (state: S) => MaybePromise<Reply<R, S>>, options?: CallOptions): Promise<R> {
    return this.#ask("getAndUpdate", act, options) as Promise<R>;
  }

  /** Sends a function. Replaces the named casts of a server, since an agent has only this one. */
  override cast(change: unknown): SendResult {
    assertFunction("cast", change);
    return super.cast("cast", change);
  }

  #ask(name: string, act: unknown, options?: CallOptions): Promise<unknown> {
    assertFunction(name, act);
    return this.call(name, act, options);
  }
}

// If the argument is not a function, the caller should get the error, and the agent should not end.
function assertFunction(name: string, act: unknown): void {
  if (typeof act !== "function") throw new TypeError(`Cannot ${name}: agents take functions, received ${typeof act}`);
}

/** The callbacks of an agent, which run the functions that it receives. */
class AgentBehaviour<S> implements Behaviour<S> {
  readonly #init: () => MaybePromise<S>;

  constructor(init: () => MaybePromise<S>) {
    this.#init = init;
  }

  init(): MaybePromise<InitResult<S>> {
    return whenDone(this.#init(), (state) => ok(state));
  }

  handleCall(name: string, request: unknown, _from: unknown, state: S): MaybePromise<CallResult<unknown, S>> {
    switch (name) {
      case "get":
        return whenDone((request as (state: S) => MaybePromise<unknown>)(state), (value) => reply(value, state));
      case "update":
        return whenDone((request as (state: S) => MaybePromise<S>)(state), (next) => reply(undefined, next));
      case "getAndUpdate":
        return (request as (state: S) => MaybePromise<Reply<unknown, S>>)(state);
      default:
        throw new TypeError(`Cannot handle call "${name}": agents have no such call`);
    }
  }

  handleCast(_name: string, request: unknown, state: S): MaybePromise<InfoResult<S>> {
    return whenDone((request as (state: S) => MaybePromise<S>)(state), (next) => noreply(next));
  }

  /**
   * Ignores the message: an agent has no other messages, and gets no system messages since it neither traps exits nor
   * monitors.
   */
  handleInfo(_message: unknown, state: S): InfoResult<S> {
    return noreply(state);
  }
}

/**
 * Agent: a process that only keeps a state.
 *
 * ```ts
 * import { Agent } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const words = await Agent.start(() => new Map<string, number>());
 *
 * await words.update((counts) => new Map(counts).set("egg", 1));
 * assertEquals(await words.get((counts) => counts.get("egg")), 1);
 * ```
 *
 * Functions run in the agent, one at a time and in the order in which they were sent. They may be async, and the next
 * one waits: a function can read the state, query a database and write the state, and no other function runs in
 * between. A function that throws ends the agent, and its caller gets a `CallExitError`. The supervisor of the agent
 * may restart it.
 *
 * ## What runs where
 *
 * `get((state) => slow(state))` runs `slow` in the agent and keeps it busy; `slow(await get((state) => state))` runs it
 * in the caller. On the BEAM the second copies the state. **Here both share it: never modify the state that you got,
 * return a new one** as above. This is not enforced; a state that callers modify is only a global variable.
 *
 * ## Names and supervisors
 *
 * `Agent.start(..., { name, link })` accepts the options of every process. `Agent.whereis` finds an agent by its name,
 * but does not know the type of its state; a `UniqueRegistry<string, undefined, Agent<number>>` does. For a supervisor:
 * {@linkcode AgentModule.child | Agent.child}`(() => 0, { name: "words" })`.
 *
 * **Do not use it** for a value that is never changed across an `await`: a variable is enough, since JavaScript runs
 * one function at a time. For a state with rules of its own, use a `GenServer`, which keeps the rules in one place.
 *
 * @category Tasks and agents
 */
export const Agent: AgentModule = {
  async start<S>(init: () => MaybePromise<S>, options: StartOptions = {}): Promise<Agent<S>> {
    const process = new AgentProcess(new AgentBehaviour(init), processOptionsOf("Agent", options));
    return await startProcess(process, options);
  },
  child<S>(
    init: () => MaybePromise<S>,
    options: ChildOptions & Omit<StartOptions, "link"> = {},
  ): ChildSpec<Agent<S>> {
    return {
      ...policyOf(options),
      id: childIdOf(options, "Agent"),
      shutdown: options.shutdown,
      start: (link) => Agent.start(init, { ...options, link }),
    };
  },
  whereis(name: Name): Agent<unknown> | undefined {
    const pid = whereis(name);
    return pid instanceof AgentProcess ? pid : undefined;
  },
};
