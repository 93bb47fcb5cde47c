/**
 * GenServer: a process that keeps a state and replies to calls, one at a time.
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
import { isResult } from "../process/marked_result.ts";
import { type Name, whereis } from "../process/names.ts";
import type { Self } from "../process/pid.ts";
import { noreply, ok } from "./result.ts";
import { ServerProcess } from "./server_process.ts";
import type {
  CallsOf,
  CastsOf,
  IfOneRequest,
  InfoOf,
  ReplyOf,
  RequestOf,
  ServerInterface,
  ServerRef,
} from "./server_ref.ts";
import { type StartArguments, type StartOptions, startServer } from "./start_server.ts";
import { reportUnhandled } from "../process/unhandled_message.ts";

/**
 * The handler of the call `F`, a method of an interface: gets the state, the request, and the waiting caller.
 *
 * @category Servers
 */
export type CallHandler<S, F> = (
  state: S,
  request: RequestOf<F>,
  from: From<ReplyOf<F>>,
) => MaybePromise<CallResult<ReplyOf<F>, S>>;

/**
 * One handler for each call of `I`; see {@linkcode GenServer.prototype.calls | GenServer.calls}.
 *
 * @category Servers
 */
export type CallHandlers<S, I> = {
  readonly [K in keyof CallsOf<I>]: IfOneRequest<CallsOf<I>[K], CallHandler<S, CallsOf<I>[K]>>;
};

/**
 * The handler of the cast `F`, a method of an interface: gets the state and the request.
 *
 * @category Servers
 */
export type CastHandler<S, F> = (state: S, request: RequestOf<F>) => MaybePromise<InfoResult<S>>;

/**
 * One handler for each cast of `I`; see {@linkcode GenServer.prototype.casts | GenServer.casts}.
 *
 * @category Servers
 */
export type CastHandlers<S, I> = {
  readonly [K in keyof CastsOf<I>]: IfOneRequest<CastsOf<I>[K], CastHandler<S, CastsOf<I>[K]>>;
};

/**
 * The handlers that a class adds to those of its base class: all that are new, and any that it replaces.
 *
 * @category Servers
 */
export type MoreHandlers<All, Base> = Partial<All> & Omit<All, keyof Base>;

/**
 * A GenServer class that can be started: not abstract, and with an `init` that takes `A`.
 *
 * @category Servers
 */
export type GenServerClass<A, S, I extends ServerInterface> = new () => GenServer<S, NoInfer<I>> & {
  init(argument: A): unknown;
  // `I` is inferred only from here: a class may have a larger interface than its base.
  readonly interface?: I;
  readonly handleCall: CallHandlers<S, NoInfer<I>>;
  readonly handleCast: CastHandlers<S, NoInfer<I>>;
};

/**
 * GenServer: a process that keeps a state and replies to calls, one at a time.
 *
 * One interface types both client and server: its `calls` get a reply, its `casts` do not. The state is never shared:
 * callbacks get it and return the next one.
 *
 * ```ts
 * import { GenServer, noreply, reply } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
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
 *   override handleCall = this.calls({
 *     get: (state) => reply(state, state),
 *     add: (state, by) => reply(state + by, state + by),
 *   });
 *   override handleCast = this.casts({ reset: () => noreply(0) });
 * }
 *
 * const counter = await GenServer.start(CounterServer, 0, { name: "counter" });
 * assertEquals(await counter.call("add", 2), 2);
 * counter.cast("reset");
 * assertEquals(await counter.call("get"), 0);
 * await counter.stop();
 * ```
 *
 * ## Client and server
 *
 * `handleCall` and `handleCast` have one handler for each name in the interface. Write them with
 * {@linkcode GenServer.prototype.calls | calls} and {@linkcode GenServer.prototype.casts | casts}, which give them
 * their types: the compiler reports a handler that is missing, that the interface does not have, or that returns a
 * wrong type. A handler gets the state and the request, runs with `this` as its server, and returns one of these
 * results or a promise of one:
 *
 * | result | the caller | the server |
 * | --- | --- | --- |
 * | {@linkcode reply}`(value, state)` | gets `value` | continues with `state` |
 * | {@linkcode noreply}`(state)` | waits until `from.reply(value)` is called; `from` is the third argument | continues |
 * | {@linkcode replyAndStop}`(value, reason, state)` | gets `value` | runs `terminate` and ends |
 * | {@linkcode stop}`(reason, state)` | fails with a {@linkcode CallExitError} | runs `terminate` and ends |
 *
 * `reply` and `noreply` take one more argument, what the server does before the next message: {@linkcode continueWith}
 * for work that the caller does not need to wait for, {@linkcode timeoutAfter} for a timeout if no message comes.
 *
 * A server handles one message at a time. While a handler awaits a promise, all other callers wait too. To avoid this,
 * reply later with `from`, or run the work in a `Task`. **A handler must not await a call to its own server,** nor to a
 * server that is calling it at that moment: both wait for each other until the timeout. The error then says what the
 * server was busy with.
 *
 * A handler that throws ends the server, and all its callers fail. A call or cast with a name that has no handler does
 * the same. The server's {@linkcode Supervisor} restarts it, with the state that `init` returns.
 *
 * ## State and fields
 *
 * **Data that changes belongs in the state,** which callbacks get as their first argument and return: `sys.getState`
 * and crash reports show it, `sys.replaceState` can repair it, and a result that comes too late is discarded. **Data
 * that `init` sets once belongs in fields:** options, a connection, an iterator. Fields that change are invisible to
 * these tools.
 *
 * ## Names
 *
 * A name is a string, or a key in a registry: `{ name: registry.via(key) }`.
 * `GenServer.whereis(CounterServer, "counter")` returns a running server with its type. A name is removed when its
 * process ends. If a supervisor may restart the server, keep its name, not a reference to it.
 *
 * ## Time limits
 *
 * `call` waits 5,000 ms, or `{ timeoutMs }`, then throws a {@linkcode CallTimeoutError}: **the server may still do what
 * it was asked to,** and its late reply is discarded. If the server ends before it replies, the call fails immediately,
 * with the reason. `init` has no time limit, unless `start` is given `timeoutMs`. `stop` has no time limit by default.
 *
 * ## When not to use it
 *
 * Do not use it for code that only computes: call a function. Do not use it to protect a value that is never changed
 * across an `await`: JavaScript already runs one function at a time. Use a GenServer for state that outlives a request,
 * for async work that has to happen one step after the other, and for a part of a program that may fail independently.
 *
 * @category Servers
 */
export abstract class GenServer<S, I extends ServerInterface = Record<never, never>> {
  /**
   * Starts a server and waits for its `init`.
   *
   * @param server The class.
   * @param argument The argument of `init`; optional if `init` takes none.
   * @param options A name, a time limit, a process to link to.
   * @returns The running server.
   * @throws {StartError} If `init` threw, stopped, ignored, or took longer than `timeoutMs`.
   * @throws {AlreadyStartedError} If another process has the name.
   */
  static start<A = undefined, S = unknown, I extends ServerInterface = ServerInterface>(
    server: GenServerClass<A, S, I>,
    ...[argument, options]: StartArguments<NoInfer<A>, StartOptions>
  ): Promise<ServerRef<I>> {
    const instance = new server();
    const started = startServer(instance.#behaviour(argument), server.name, options, (process) => {
      instance.#process = process;
    });
    return started as Promise<unknown> as Promise<ServerRef<I>>; // the interface only exists at compile time
  }

  /**
   * Returns the server with this name.
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

  /** The interface of the class, for the compiler only; does not exist at run time. */
  declare readonly interface?: I;

  /** One handler for each call of `I`, made by {@linkcode GenServer.prototype.calls | calls}. */
  readonly handleCall: Partial<CallHandlers<S, I>> = {};

  /** One handler for each cast of `I`, made by {@linkcode GenServer.prototype.casts | casts}. */
  readonly handleCast: Partial<CastHandlers<S, I>> = {};

  /**
   * The process of this server, for what only the process itself may do, such as monitoring.
   *
   * @throws {TypeError} In the constructor: the server has no process yet. Use it from `init` on.
   */
  get self(): Self<InfoOf<I>> {
    if (!this.#process) throw new TypeError("Cannot use self: the server has not been started; use it from init on");
    return this.#process;
  }

  /** Creates the first state: returns the state, or `ok(state, after)`, `ignore()`, `stop(reason)`. May be async. */
  abstract init(argument: never): MaybePromise<S | InitResult<S>>;

  /**
   * Handles messages from `send` and system messages (`Down`, `Exit`, `TIMEOUT`). By default logs a warning and
   * continues.
   *
   * @param state The state, the first argument of all callbacks.
   * @param message The message. Anything may be sent, so its type is `unknown`.
   * @returns `noreply(state)` or `stop(reason, state)`.
   */
  handleInfo(state: S, message: unknown): MaybePromise<InfoResult<S>> {
    reportUnhandled(this.self, this.constructor.name, message);
    return noreply(state);
  }

  /**
   * Runs after a result with `continueWith(argument)`, before any other message.
   *
   * @param _state The state.
   * @param _argument The argument of {@linkcode continueWith}.
   * @returns `noreply(state)` or `stop(reason, state)`.
   * @throws {TypeError} If the class does not override it: a result with `continueWith` then ends the server.
   */
  handleContinue(_state: S, _argument: unknown): MaybePromise<InfoResult<S>> {
    throw new TypeError(`Cannot continue: ${this.constructor.name} has no handleContinue; add it`);
  }

  /**
   * Cleans up before the server ends. Runs when a callback stopped or threw, on `stop`, and when the parent ends while
   * exits are trapped; **not** when the process is ended by an exit signal that it does not trap.
   *
   * @param _state The last state.
   * @param _reason Why the server ends.
   */
  terminate(_state: S, _reason: ExitReason): MaybePromise<void> {}

  /**
   * Removes secrets, such as a password in the state, from a status: for `sys.getStatus` and for crash reports. By
   * default returns the whole status.
   */
  formatStatus(status: ServerStatus): ServerStatus {
    return status;
  }

  /**
   * Types the handlers of all calls: `override handleCall = this.calls({...})`. The literal must have a handler for
   * each call of `I` and no other. Handlers run with `this` as this server, so they may be methods of the class.
   *
   * @example A method as a handler
   * ```ts
   * import { GenServer, reply } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * class Greeter extends GenServer<number, { calls: { greet(name: string): string } }> {
   *   #greeting = "";
   *   override init(greeting: string) {
   *     this.#greeting = greeting;
   *     return 0;
   *   }
   *   greet(greeted: number, name: string) {
   *     return reply(`${this.#greeting}, ${name}`, greeted + 1);
   *   }
   *   override handleCall = this.calls({ greet: this.greet });
   * }
   *
   * const greeter = await GenServer.start(Greeter, "Hello");
   * assertEquals(await greeter.call("greet", "Ann"), "Hello, Ann");
   * ```
   *
   * @param handlers The handlers: state and request in, a result out.
   * @returns The value for {@linkcode GenServer.prototype.handleCall | handleCall}: the same object.
   */
  protected calls(handlers: CallHandlers<S, I> & ThisType<this>): CallHandlers<S, I> {
    return handlers;
  }

  /**
   * Types the handlers of all casts: `override handleCast = this.casts({...})`, as
   * {@linkcode GenServer.prototype.calls | calls} does for calls.
   *
   * @param handlers The handlers: state and request in, a result out.
   * @returns The value for {@linkcode GenServer.prototype.handleCast | handleCast}: the same object.
   */
  protected casts(handlers: CastHandlers<S, I> & ThisType<this>): CastHandlers<S, I> {
    return handlers;
  }

  /**
   * Adds handlers of calls to those of the base class, in a class that extends another server. Handlers of the base may
   * be left out or replaced. A class with its own interface `J`, which extends that of the base, passes it as a type
   * argument, `this.extendCalls<J>({...})`, and declares it, `declare readonly interface?: J`.
   *
   * @example Usage
   * ```ts
   * import { GenServer, reply } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * interface Counter {
   *   calls: { get(): number; add(by: number): number };
   * }
   * class CounterServer extends GenServer<number, Counter> {
   *   override init(start: number) {
   *     return start;
   *   }
   *   override handleCall = this.calls({
   *     get: (state) => reply(state, state),
   *     add: (state, by) => reply(state + by, state + by),
   *   });
   * }
   *
   * class DoublingServer extends CounterServer {
   *   override handleCall = this.extendCalls({ add: (state, by) => reply(state + 2 * by, state + 2 * by) });
   * }
   *
   * const counter = await GenServer.start(DoublingServer, 0);
   * assertEquals(await counter.call("add", 2), 4);
   * assertEquals(await counter.call("get"), 4);
   * ```
   *
   * @typeParam J The interface of this class, where it is larger than that of its base.
   * @param handlers The handlers to add.
   * @returns The value for {@linkcode GenServer.prototype.handleCall | handleCall}: a new object with the handlers of
   * both.
   */
  protected extendCalls<J extends I = I>(
    handlers: MoreHandlers<CallHandlers<S, J>, CallsOf<I>> & ThisType<this>,
  ): CallHandlers<S, J> {
    // While the field of a subclass is initialized, the field still has the value of the base class.
    return { ...this.handleCall, ...handlers } as unknown as CallHandlers<S, J>;
  }

  /**
   * Adds handlers of casts to those of the base class, as {@linkcode GenServer.prototype.extendCalls | extendCalls}
   * does for calls.
   *
   * @typeParam J The interface of this class, where it is larger than that of its base.
   * @param handlers The handlers to add.
   * @returns The value for {@linkcode GenServer.prototype.handleCast | handleCast}: a new object with the handlers of
   * both.
   */
  protected extendCasts<J extends I = I>(
    handlers: MoreHandlers<CastHandlers<S, J>, CastsOf<I>> & ThisType<this>,
  ): CastHandlers<S, J> {
    return { ...this.handleCast, ...handlers } as unknown as CastHandlers<S, J>;
  }

  #behaviour(argument: unknown): Behaviour<S> {
    return new GenServerBehaviour(this as unknown as Callbacks<S>, argument);
  }
}

/** A GenServer from the view of its process: any call may arrive, with any request. */
interface Callbacks<S> {
  init(argument: unknown): MaybePromise<S | InitResult<S>>;
  readonly handleCall: Record<string, (state: S, request: unknown, from: From<unknown>) => CallResult<unknown, S>>;
  readonly handleCast: Record<string, (state: S, request: unknown) => InfoResult<S>>;
  handleInfo(state: S, message: unknown): MaybePromise<InfoResult<S>>;
  handleContinue(state: S, argument: unknown): MaybePromise<InfoResult<S>>;
  terminate(state: S, reason: ExitReason): MaybePromise<void>;
  formatStatus(status: ServerStatus): ServerStatus;
}

class GenServerBehaviour<S> implements Behaviour<S> {
  readonly #server: Callbacks<S>;
  #argument: unknown;

  constructor(server: Callbacks<S>, argument: unknown) {
    this.#server = server;
    this.#argument = argument;
  }

  /** Whether this process runs an instance of the class `server`. */
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
    if (!Object.hasOwn(handlers, name)) {
      throw new TypeError(`Cannot handle call "${name}": there is no handler for it; add it to handleCall`);
    }
    return handlers[name]!.call(this.#server, state, request, from);
  }

  handleCast(name: string, request: unknown, state: S): MaybePromise<InfoResult<S>> {
    const handlers = this.#server.handleCast;
    if (!Object.hasOwn(handlers, name)) {
      throw new TypeError(`Cannot handle cast "${name}": there is no handler for it; add it to handleCast`);
    }
    return handlers[name]!.call(this.#server, state, request);
  }

  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>> {
    return this.#server.handleInfo(state, message);
  }

  handleContinue(argument: unknown, state: S): MaybePromise<InfoResult<S>> {
    return this.#server.handleContinue(state, argument);
  }

  terminate(reason: ExitReason, state: S): MaybePromise<void> {
    return this.#server.terminate(state, reason);
  }

  understands(kind: "call" | "cast", name: string): boolean {
    const { handleCall, handleCast } = this.#server;
    return Object.hasOwn(kind === "call" ? handleCall : handleCast, name);
  }

  formatStatus(status: ServerStatus): ServerStatus {
    return this.#server.formatStatus(status);
  }
}

/** Converts a returned state to `ok(state)`. */
function toInitResult<S>(result: S | InitResult<S>): InitResult<S> {
  return isResult(result) ? result : ok(result);
}
