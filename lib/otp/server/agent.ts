/**
 * Agent: a process that keeps a state, and nothing else.
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

/** A running agent with state `S`. Each call fails as a call of a GenServer does, see {@linkcode ServerRef.call}. */
export interface Agent<S> extends Pid<never>, AsyncDisposable {
  /**
   * Asks for something about the state.
   *
   * @param look What to ask; runs in the agent.
   * @param options How long to wait, 5,000 milliseconds by default.
   * @returns What `look` returned.
   * @throws {CallTimeoutError} If it takes too long; the agent still does it.
   * @throws {CallExitError} If the agent has ended, or ends before it answers, as it does when `look` throws.
   */
  get<R>(look: (state: S) => MaybePromise<R>, options?: CallOptions): Promise<R>;
  /**
   * Changes the state.
   *
   * @param change Makes the next state; runs in the agent.
   * @param options How long to wait, 5,000 milliseconds by default.
   * @throws {CallTimeoutError} If it takes too long; the agent still does it.
   * @throws {CallExitError} If the agent has ended, or ends before it answers, as it does when `change` throws.
   */
  update(change: (state: S) => MaybePromise<S>, options?: CallOptions): Promise<void>;
  /**
   * Changes the state and returns something in one go.
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
   * @throws {CallTimeoutError} If it takes too long; the agent still does it.
   * @throws {CallExitError} If the agent has ended, or ends before it answers, as it does when `act` throws.
   */
  getAndUpdate<R>(act: (state: S) => MaybePromise<Reply<R, S>>, options?: CallOptions): Promise<R>;
  /**
   * Changes the state, some time. Nobody is told how that went, or whether there was an agent.
   *
   * @param change Makes the next state; runs in the agent.
   * @returns What the agent's mailbox did with it.
   */
  cast(change: (state: S) => MaybePromise<S>): SendResult;
  /**
   * Ends the agent once it has dealt with what waits for it. Fine if it is gone already.
   *
   * @param reason Why, `"normal"` by default.
   * @param options How long to wait, by default as long as it takes.
   * @throws {CallExitError} If it ends for another reason than this one, such as a failure while it cleans up.
   * @throws {CallTimeoutError} If it takes too long.
   */
  stop(reason?: ExitReason, options?: CallOptions): Promise<void>;
}

/** How agents are started and found. */
export interface AgentModule {
  /**
   * Starts an agent and waits for its first state.
   *
   * @param init Makes the first state; runs in the agent.
   * @param options A name, a time limit, a process to link to.
   * @returns The running agent.
   * @throws {StartError} If `init` threw or took longer than `timeoutMs`.
   * @throws {AlreadyStartedError} If another process has the name.
   */
  start<S>(init: () => MaybePromise<S>, options?: StartOptions): Promise<Agent<S>>;
  /**
   * An agent as a child of a supervisor.
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
   * @param init Makes the first state, each time that it is started.
   * @param options A name and other options of {@linkcode start}, and how the supervisor deals with it.
   * @returns What `Supervisor.start`, `startChild` and the like take.
   */
  child<S>(init: () => MaybePromise<S>, options?: ChildOptions & Omit<StartOptions, "link">): ChildSpec<Agent<S>>;
  /**
   * Finds an agent by its name.
   *
   * @param name Its name.
   * @returns The agent, or `undefined` if no live agent has this name. What it keeps is not known.
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

  /** Instead of a server's casts: an agent has only one, a function. */
  override cast(change: unknown): SendResult {
    assertFunction("cast", change);
    return super.cast("cast", change);
  }

  #ask(name: string, act: unknown, options?: CallOptions): Promise<unknown> {
    assertFunction(name, act);
    return this.call(name, act, options);
  }
}

// What is no function should fail here, with whoever sent it, and not end the agent.
function assertFunction(name: string, act: unknown): void {
  if (typeof act !== "function") throw new TypeError(`Cannot ${name}: agents take functions, received ${typeof act}`);
}

/** What an agent does with the functions that it is sent. */
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
        throw new TypeError(`Cannot answer call "${name}": agents have no such call`);
    }
  }

  handleCast(_name: string, request: unknown, state: S): MaybePromise<InfoResult<S>> {
    return whenDone((request as (state: S) => MaybePromise<S>)(state), (next) => noreply(next));
  }

  /** Agents take no messages: what the system sends to one that traps nothing and watches nobody does not come. */
  handleInfo(_message: unknown, state: S): InfoResult<S> {
    return noreply(state);
  }
}

/**
 * Agent: a process that keeps a state, and nothing else.
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
 * one waits: read, ask a database, write, and nobody has come between. A function that throws ends the agent, and its
 * caller gets a `CallExitError`: who it belongs to, or its supervisor, decides.
 *
 * ## What runs where
 *
 * `get((state) => slow(state))` keeps the agent busy while `slow` runs, and `slow(await get((state) => state))` the
 * caller. On the BEAM the second copies the state; **here both share it: never change what you got, return a new
 * state** as above. Nothing stops you, and whoever does has made a global variable.
 *
 * ## Names and supervisors
 *
 * `Agent.start(..., { name, link })` takes what every process takes. A name is found by `Agent.whereis`, which cannot
 * know what the agent keeps; a `UniqueRegistry<string, undefined, Agent<number>>` can. As a supervisor's child:
 * {@linkcode AgentModule.child | Agent.child}`(() => 0, { name: "words" })`.
 *
 * **Not for** a value that nobody changes across an `await`: a variable is enough, JavaScript runs one thing at a time.
 * Nor for a state with rules of its own: those belong into one place, a `GenServer`.
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
