/**
 * GenServer: a process that keeps a state and answers calls, one at a time.
 *
 * The guide is at {@linkcode GenServer}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { isThenable } from "../../base/thenable.ts";
import type { Behaviour, CallResult, InfoResult, InitResult } from "./behaviour.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import type { From } from "./call.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { isResult } from "./marked_result.ts";
import { type Name, whereis } from "../process/names.ts";
import type { Self } from "../process/pid.ts";
import { noreply, ok } from "./result.ts";
import { ServerProcess } from "./server_process.ts";
import type { CallsOf, CastsOf, InfoOf, ReplyOf, RequestOf, ServerInterface, ServerRef } from "./server_ref.ts";
import { type StartOptions, startServer } from "./start_server.ts";
import { reportUnhandled } from "../process/unhandled_message.ts";

/** One handler for each call. */
export type CallHandlers<S, I> = {
  readonly [K in keyof CallsOf<I>]: (
    state: S,
    request: RequestOf<CallsOf<I>[K]>,
    from: From<ReplyOf<CallsOf<I>[K]>>,
  ) => MaybePromise<CallResult<ReplyOf<CallsOf<I>[K]>, S>>;
};

/** One handler for each cast. */
export type CastHandlers<S, I> = {
  readonly [K in keyof CastsOf<I>]: (state: S, request: RequestOf<CastsOf<I>[K]>) => MaybePromise<InfoResult<S>>;
};

/** A class that can be started: complete, and with an `init` that takes `A`. */
export type GenServerClass<A, S, I extends ServerInterface> = new () => GenServer<S, I> & {
  init(argument: A): unknown;
  readonly handleCall: CallHandlers<S, I>;
  readonly handleCast: CastHandlers<S, I>;
};

/**
 * GenServer: a process that keeps a state and answers calls, one at a time.
 *
 * One interface types both ends: its `calls` are answered, its `casts` are not. The state is never shared: callbacks
 * get it and return the next one.
 *
 * ```ts
 * import { GenServer, noreply, reply } from "@urvogel/realtime";
 * import assert from "node:assert/strict";
 *
 * interface Counter {
 *   calls: { get(): number; add(by: number): number };
 *   casts: { reset(): void };
 * }
 *
 * class CounterServer extends GenServer<number, Counter> {
 *   override init(start: number) {
 *     return start;
 *   }
 *   override handleCall = {
 *     get: (state: number) => reply(state, state),
 *     add: (state: number, by: number) => reply(state + by, state + by),
 *   };
 *   override handleCast = { reset: () => noreply(0) };
 * }
 *
 * const counter = await GenServer.start(CounterServer, 0, { name: "counter" });
 * assert.equal(await counter.call("add", 2), 2);
 * counter.cast("reset");
 * assert.equal(await counter.call("get"), 0);
 * await counter.stop();
 * ```
 *
 * ## Client and server
 *
 * `handleCall` and `handleCast` have one handler for each name in the interface. A handler gets the state and the
 * request, and answers with one of these, now or as a promise:
 *
 * | result | the caller | the server |
 * | --- | --- | --- |
 * | {@linkcode reply}`(value, state)` | gets `value` | goes on with `state` |
 * | {@linkcode noreply}`(state)` | waits until somebody says `from.reply(value)`, the third argument | goes on |
 * | {@linkcode replyAndStop}`(value, reason, state)` | gets `value` | runs `terminate` and ends |
 * | {@linkcode stop}`(reason, state)` | fails with a {@linkcode CallExitError} | runs `terminate` and ends |
 *
 * `reply` and `noreply` take one more argument, what comes before the next message: {@linkcode continueWith} for work
 * that the caller need not wait for, {@linkcode timeoutAfter} to be told that nothing comes.
 *
 * A server does one thing at a time. While a handler awaits something, everybody else waits too: answer later by
 * `from`, or let a `Task` do it. **A handler must not await a call to its own server,** nor to one that is just calling
 * it: each waits for the other until the time is over, and the error then says what the server was busy with.
 *
 * A handler that throws ends the server and fails all its callers, as do names that it has no handler for. Its
 * {@linkcode Supervisor} starts it again, with the state that `init` makes.
 *
 * ## Names
 *
 * A name is a string, or a place in a registry: `{ name: registry.via(key) }`. `GenServer.whereis(CounterServer,
 * "counter")` finds a running server with its type. A name goes with its process; hold on to the name, not to the
 * server, where a supervisor may start it again.
 *
 * ## Time limits
 *
 * `call` waits 5,000 ms, or `{ timeoutMs }`, then throws a {@linkcode CallTimeoutError}: **the server may still do what
 * it was asked to,** and its late reply vanishes. `init` may take as long as it likes, unless `start` is given
 * `timeoutMs`. A server that ends meanwhile fails the call at once, with the reason. `stop` waits for as long as it
 * takes.
 *
 * ## When not to use it
 *
 * Not for code that only computes (call a function), nor to guard a value that nobody changes across an `await`:
 * JavaScript runs one thing at a time already. A GenServer is for state that outlives a request, for work that has to
 * happen one after the other although each step waits for something, and for what may fail by itself.
 */
export abstract class GenServer<S, I extends ServerInterface = Record<never, never>> {
  /**
   * Starts a server and waits for its `init`.
   *
   * @param server The class.
   * @param argument What `init` gets.
   * @param options A name, a time limit, a process to link to.
   * @returns The running server.
   * @throws {StartError} If `init` threw, stopped, ignored, or took longer than `timeoutMs`.
   * @throws {AlreadyStartedError} If another process has the name.
   */
  static start<A, S, I extends ServerInterface>(
    server: GenServerClass<A, S, I>,
    argument: A,
    options: StartOptions = {},
  ): Promise<ServerRef<I>> {
    const instance = new server();
    const started = startServer(instance.#behaviour(argument), server.name, options, (process) => {
      instance.#process = process;
    });
    return started as Promise<unknown> as Promise<ServerRef<I>>; // the interface only exists at compile time
  }

  /**
   * Finds a server by its name.
   *
   * @param server Its class, for the type.
   * @param name Its name.
   * @returns The server, or `undefined` if no live server of this class has this name.
   */
  static whereis<A, S, I extends ServerInterface>(
    server: GenServerClass<A, S, I>,
    name: Name,
  ): ServerRef<I> | undefined {
    const pid = whereis(name);
    const { behaviour } = pid instanceof ServerProcess ? pid : {};
    const known = behaviour instanceof GenServerBehaviour && behaviour.isOf(server);
    return known ? pid as unknown as ServerRef<I> : undefined;
  }

  #process: Self<unknown> | undefined;

  /** Never there at run time: tells the compiler which interface a class was written for. */
  declare readonly interface?: I;

  /** One handler for each call: state and request in, a result out. Each call of `I` must be there. */
  readonly handleCall: Partial<CallHandlers<S, I>> = {};

  /** One handler for each cast. Each cast of `I` must be there. */
  readonly handleCast: Partial<CastHandlers<S, I>> = {};

  /** This server's process: what only it may do, such as monitoring others. Not there yet in the constructor. */
  get self(): Self<InfoOf<I>> {
    if (!this.#process) throw new TypeError("Cannot use self: the server has not been started");
    return this.#process;
  }

  /** Makes the first state: returns it, or `ok(state, after)`, `ignore()`, `stop(reason)`. May be async. */
  abstract init(argument: never): MaybePromise<S | InitResult<S>>;

  /** Deals with messages from `send` and of the system (`Down`, `Exit`, `TIMEOUT`). By default warns and goes on. */
  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>> {
    reportUnhandled(this.self, this.constructor.name, message);
    return noreply(state);
  }

  /** Goes on after a result with `continueWith(argument)`, before any other message. By default throws. */
  handleContinue(_argument: unknown, _state: S): MaybePromise<InfoResult<S>> {
    throw new TypeError(`Cannot continue: ${this.constructor.name} has no handleContinue`);
  }

  /**
   * Cleans up. Runs when a callback stopped or threw, on `stop`, and when the parent ends while exits are trapped;
   * **not** when the process is ended by an exit signal that it does not trap.
   */
  terminate(_reason: ExitReason, _state: S): MaybePromise<void> {}

  /**
   * Takes out of a status what nobody should see, such as a password in the state: for `getStatus` of `sys` and for
   * crash reports. By default shows all.
   */
  formatStatus(status: ServerStatus): ServerStatus {
    return status;
  }

  #behaviour(argument: unknown): Behaviour<S> {
    return new GenServerBehaviour(this as unknown as Callbacks<S>, argument);
  }
}

/** A GenServer as its process sees it: any call may come, with any request. */
interface Callbacks<S> {
  init(argument: unknown): MaybePromise<S | InitResult<S>>;
  readonly handleCall: Record<string, (state: S, request: unknown, from: From<unknown>) => CallResult<unknown, S>>;
  readonly handleCast: Record<string, (state: S, request: unknown) => InfoResult<S>>;
  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>>;
  handleContinue(argument: unknown, state: S): MaybePromise<InfoResult<S>>;
  terminate(reason: ExitReason, state: S): MaybePromise<void>;
  formatStatus(status: ServerStatus): ServerStatus;
}

class GenServerBehaviour<S> implements Behaviour<S> {
  readonly #server: Callbacks<S>;
  #argument: unknown;

  constructor(server: Callbacks<S>, argument: unknown) {
    this.#server = server;
    this.#argument = argument;
  }

  /** Whether its callbacks are those of this class. */
  isOf(server: unknown): boolean {
    return this.#server.constructor === server;
  }

  init(): MaybePromise<InitResult<S>> {
    const result = this.#server.init(this.#argument);
    this.#argument = undefined; // may be large, and is not needed again
    if (isResult(result)) return result;
    return isThenable(result) ? Promise.resolve(result).then((result) => toInitResult(result)) : toInitResult(result);
  }

  handleCall(name: string, request: unknown, from: From<unknown>, state: S): MaybePromise<CallResult<unknown, S>> {
    const handlers = this.#server.handleCall;
    if (!Object.hasOwn(handlers, name)) throw new TypeError(`Cannot answer call "${name}": there is no handler for it`);
    return handlers[name]!(state, request, from);
  }

  handleCast(name: string, request: unknown, state: S): MaybePromise<InfoResult<S>> {
    const handlers = this.#server.handleCast;
    if (!Object.hasOwn(handlers, name)) throw new TypeError(`Cannot handle cast "${name}": there is no handler for it`);
    return handlers[name]!(state, request);
  }

  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>> {
    return this.#server.handleInfo(message, state);
  }

  handleContinue(argument: unknown, state: S): MaybePromise<InfoResult<S>> {
    return this.#server.handleContinue(argument, state);
  }

  terminate(reason: ExitReason, state: S): MaybePromise<void> {
    return this.#server.terminate(reason, state);
  }

  formatStatus(status: ServerStatus): ServerStatus {
    return this.#server.formatStatus(status);
  }
}

/** A bare state stands for `ok(state)`. */
function toInitResult<S>(result: S | InitResult<S>): InitResult<S> {
  return isResult(result) ? result : ok(result);
}
