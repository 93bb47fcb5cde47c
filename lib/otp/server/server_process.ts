/**
 * The process of a GenServer and of everything built like one: takes a message, runs the callback for its kind, and
 * applies the result.
 *
 * It handles one message at a time: while a callback's promise is pending, the others wait in the mailbox. For a
 * callback that returns no promise, no promise is created, so a burst of messages is handled in one turn.
 *
 * This file is longer than most: all its parts use the same phase and state, and each message passes through all of
 * them. Parts that are independent are in their own files (`_calls.ts`, `_idle_timeout.ts`, `_messages.ts`).
 *
 * @module
 */

import { isError, isInstance } from "../../base/foreign.ts";
import { type Runnable, scheduler } from "../../base/scheduler.ts";
import { isThenable } from "../../base/thenable.ts";
import type { Behaviour, CallResult, InitResult } from "./behaviour.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import { Call, type CallOptions, type Cast, type StopRequest } from "./call.ts";
import { type CalledServer, Calls } from "./_calls.ts";
import { reportCrash } from "../process/crash_report.ts";
import { StartError } from "../process/errors.ts";
import { type ExitReason, exitReasonOf } from "../process/exit_reason.ts";
import { IdleTimeout } from "./_idle_timeout.ts";
import { badResult, isResult } from "../process/marked_result.ts";
import type { SendResult } from "../process/mailbox.ts";
import { Process, type ProcessOptions } from "../process/process.ts";
import type { After } from "./result.ts";
import { ServerDebug } from "./_debug.ts";
import type { HandlerTimes } from "./handler_times.ts";
import { handlerWatch, type Measurable } from "./handler_watch.ts";
import { type AwaitedReply, callTrace } from "./open_calls.ts";
import { contentOf, Continue, describeHandler, kindOf } from "./_messages.ts";
import type { Exit } from "../process/signals.ts";
import type { ServerControl, SystemMessage } from "./_system_message.ts";

/** Keeps a server, such as one that is found by a key. */
export interface ServerKeeper {
  /** Called with the last state after `terminate`, also if that throws. The server ends when the promise has settled. */
  readonly afterTerminate: ((state: unknown) => MaybePromise<void>) | undefined;
}

/** The phase of a server. No message is handled before `init` has finished. */
type Phase = "starting" | "running" | "suspended" | "terminating";

/** A process that runs the callbacks of a {@linkcode Behaviour}. */
export class ServerProcess<S> extends Process implements CalledServer, Measurable, Runnable, AsyncDisposable {
  readonly #calls: Calls = new Calls(this);
  readonly #behaviour: Behaviour<S>;
  readonly #parent: Process | undefined;
  #phase: Phase = "starting";
  #state!: S; // there from the moment the phase is "running"
  #next: Continue | undefined; // goes before any message
  #idle: IdleTimeout | undefined;
  #debug: ServerDebug | undefined;
  #waitsFor: unknown; // the message whose callback is not through
  #onStarted: ((error?: StartError) => void) | undefined;
  /** What keeps it, if anything does. */
  keeper: ServerKeeper | undefined;

  /** Creates a live process that does nothing until {@linkcode start}. */
  constructor(behaviour: Behaviour<S>, options: ProcessOptions = {}) {
    super(options);
    this.#behaviour = behaviour;
    this.#parent = this.parent;
    if (handlerWatch.isOn) this.measureHandlers(true);
  }

  /** The callbacks that this process runs. */
  get behaviour(): Behaviour<S> {
    return this.#behaviour;
  }

  /** What it spent in its handlers; `undefined` unless it is watched. */
  get handlerTimes(): HandlerTimes | undefined {
    return this.#debug?.times;
  }

  /** The reply that its handler waits for; `undefined` if there is none, or if it was not watched when it began. */
  get awaitedReply(): AwaitedReply | undefined {
    return this.#waitsFor === undefined ? undefined : this.#debug?.awaited;
  }

  /** Whether `init` has not finished. */
  get isStarting(): boolean {
    return this.#phase === "starting";
  }

  /** The message whose callback waits for a promise; `undefined` if there is none. */
  get current(): unknown {
    return this.#waitsFor;
  }

  /**
   * Begins to measure its handlers, or ends it. It goes on until each watcher that has begun has ended it.
   *
   * @param on Whether to measure.
   * @param sinceMs Since when the current callback, or `init`, is known to run, in milliseconds of `performance.now()`.
   */
  measureHandlers(on: boolean, sinceMs: number = performance.now()): void {
    if (on && !this.alive) return;
    const debug = this.#debug ?? new ServerDebug();
    debug.measure(on, this.#waitsFor === undefined && !this.isStarting ? undefined : sinceMs);
    this.#debug = debug.idle ? undefined : debug;
  }

  /** The state after the last message that was handled; `undefined` before `init` has returned. */
  get lastState(): S | undefined {
    return this.#state;
  }

  /** Describes why the server does not reply at the moment. */
  override get whyLate(): string | undefined {
    if (this.#phase === "suspended") return "it is suspended";
    if (this.#phase === "starting") return `it is busy with ${this.#behaviour.initName ?? "init"}`;
    if (this.#phase === "terminating") return "it is busy with terminate";
    return this.#waitsFor === undefined ? undefined : `it is busy with ${this.#describe(this.#waitsFor)}`;
  }

  // The requests of others, passed on to `Calls`, where they are described.

  get requestCount(): number {
    return this.#calls.requestCount;
  }

  /**
   * Whether no request waits, no callback runs, and no caller waits for a reply. Other messages may wait, such as its own
   * timers: they may be due whenever somebody asks.
   */
  get isIdle(): boolean {
    if (!this.#calls.isEmpty || this.#next !== undefined || this.whyLate !== undefined) return false;
    return this.mailbox.length === 0 || !this.mailbox.some((message) => kindOf(message) === "cast");
  }

  call(name: string, request?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#calls.call(name, request, options);
  }

  cast(name: string, request?: unknown): SendResult {
    return this.#calls.cast(name, request);
  }

  stop(reason?: ExitReason, options?: CallOptions): Promise<void> {
    return this.#calls.stop(reason, options);
  }

  requestStop(reason: ExitReason): void {
    this.#calls.requestStop(reason);
  }

  inspect<R>(name: string, act: (control: ServerControl) => R, options?: CallOptions): Promise<R> {
    return this.#calls.inspect(name, act, options);
  }

  /** Stops the server: for `await using`. Fails as {@linkcode stop} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#calls.stop();
  }

  /** Fails a call that was dropped to make room. */
  onDropped(message: unknown): void {
    if (isInstance(message, Call)) message.refuse();
  }

  /**
   * Runs `init`.
   *
   * @param onStarted Called once, with the error if the start failed.
   */
  start(onStarted: (error?: StartError) => void): void {
    this.#onStarted = onStarted;
    if (!this.alive) return this.#tellStarter(this.exitReason); // its parent was gone before it came
    try {
      const result = this.#behaviour.init();
      if (!isThenable(result)) return this.#begin(result);
      Promise.resolve(result).then((result) => this.#begin(result)).catch((thrown) => this.#failToBegin(thrown));
    } catch (thrown) {
      this.#failToBegin(thrown);
    }
  }

  /** Handles the waiting messages. Called by the scheduler, which may run it in the context of another server's handler. */
  run(): void {
    if (callTrace.isOn && callTrace.current !== undefined) return this.#runOutside();
    const mailbox = this.mailbox;
    while (this.alive) {
      if (this.#next) {
        if (!scheduler.spend()) return scheduler.enqueue(this);
        if (!(this.#debug === undefined ? this.#goOn() : this.#goOnWatched())) return;
        continue;
      }
      if (this.#phase === "suspended" && !this.#handleSystemOnly()) return;
      if (mailbox.length === 0) return mailbox.wait(this);
      if (!scheduler.spend()) return scheduler.enqueue(this);
      const message = mailbox.take();
      if (this.#idle && kindOf(message) !== "system") this.#callOffTimeout();
      if (!(this.#debug === undefined ? this.#handle(message) : this.#handleWatched(message))) return;
    }
  }

  #runOutside(): void {
    callTrace.run(undefined, () => this.run());
  }

  /** Ends this process now, without `terminate` or any other callback. */
  override end(reason: ExitReason): void {
    if (!this.alive) return;
    if (this.#idle) this.#callOffTimeout();
    super.end(reason);
    this.#debug?.ended();
    this.#calls.fail(reason);
    if (this.#phase === "starting") this.#tellStarter(reason);
  }

  #begin(result: InitResult<S>): void {
    if (!this.alive) return;
    if (!isResult(result)) return this.#failToBegin(badResult("init", result));
    switch (result.next) {
      case "ok":
        this.#phase = "running";
        this.#debug?.started();
        this.#state = result.value;
        this.#tellStarter();
        if (this.#proceed(result.after)) this.run();
        return;
      case "ignore":
        this.#tellStarter("ignore");
        return this.end("normal");
      case "stop":
        return this.end(result.reason);
      default:
        return this.#failToBegin(badResult("init", result));
    }
  }

  #failToBegin(thrown: unknown): void {
    if (!this.alive) return;
    if (this.hasGivenUp(thrown)) return this.end("killed");
    const error = exitReasonOf(thrown);
    reportCrash({ pid: this, during: "init", error, ancestors: this.ancestors });
    this.end(error);
  }

  #tellStarter(failure?: StartError["reason"]): void {
    const onStarted = this.#onStarted;
    this.#onStarted = undefined;
    if (failure === undefined) onStarted?.();
    else onStarted?.(new StartError(this.label, failure));
  }

  /** Handles one message. Returns whether the next one may be handled now. */
  #handle(message: unknown): boolean {
    this.#debug?.received(message);
    const behaviour = this.#behaviour;
    try {
      switch (kindOf(message)) {
        case "call": {
          const call = message as Call;
          if (behaviour.handleCall === undefined) throw this.#refusal(call);
          return this.#apply(behaviour.handleCall(call.name, call.request, call, this.#state), call);
        }
        case "cast": {
          const { name, request } = message as Cast;
          if (behaviour.handleCast === undefined) throw this.#refusal(message);
          return this.#apply(behaviour.handleCast(name, request, this.#state), message);
        }
        case "stop":
          return this.#stop((message as StopRequest).reason, message);
        case "system":
          return this.#handleSystem(message as SystemMessage);
        case "exit":
          if (this.#isOfParent(message as Exit)) return this.#finish((message as Exit).reason);
      }
      return this.#apply(behaviour.handleInfo(message, this.#state), message);
    } catch (thrown) {
      return this.#fail(thrown, message);
    }
  }

  // Apart from the loop of `run`: a closure there would cost memory for each message, also of servers that nobody watches.

  #handleWatched(message: unknown): boolean {
    return this.#debug!.run(() => this.#handle(message));
  }

  #goOnWatched(): boolean {
    return this.#debug!.run(() => this.#goOn());
  }

  /** Creates the error for a message that the behaviour has no callback for. */
  #refusal(message: unknown): TypeError {
    return new TypeError(`Cannot run ${describeHandler(message)}: ${this.label} has no such callback`);
  }

  #apply(result: MaybePromise<CallResult<unknown, S>>, message: unknown): boolean {
    if (isResult(result)) return this.#interpret(result, message);
    if (!isThenable(result)) return this.#crash(badResult(describeHandler(message), result), message);
    this.#waitsFor = message;
    Promise.resolve(result).then(
      (result) => {
        this.#waitsFor = undefined;
        if (this.#interpretLate(result, message)) this.run();
      },
      (thrown) => {
        if (this.#fail(thrown, message)) this.run();
      },
    );
    return false;
  }

  /** As {@linkcode #interpret}, but catches what it throws, for a result that came by a promise. */
  #interpretLate(result: CallResult<unknown, S>, message: unknown): boolean {
    try {
      if (isResult(result)) return this.#interpret(result, message);
      return this.#crash(badResult(describeHandler(message), result), message);
    } catch (thrown) {
      return this.#crash(exitReasonOf(thrown), message);
    }
  }

  /** Applies the result of a callback. Used for every callback except `init`. */
  #interpret(result: CallResult<unknown, S>, message: unknown): boolean {
    if (!this.alive) return false; // ended while the callback ran: what it says is too late
    switch (result.next) {
      case "noreply":
        this.#state = result.state;
        this.#debug?.handled();
        return result.after === undefined || this.#proceed(result.after);
      case "reply": {
        const call = this.#callOf(message);
        if (call === undefined) return this.#crash(badResult(describeHandler(message), result), message);
        this.#state = result.state;
        call.reply(result.value);
        this.#debug?.replied(call, result.value);
        return result.after === undefined || this.#proceed(result.after);
      }
      case "replyAndStop": {
        const call = this.#callOf(message);
        if (call === undefined) return this.#crash(badResult(describeHandler(message), result), message);
        this.#state = result.state;
        return this.#stop(result.reason, message, { call, value: result.value });
      }
      case "stop":
        this.#state = result.state;
        return this.#stop(result.reason, message);
      default:
        return this.#crash(badResult(describeHandler(message), result), message);
    }
  }

  /** Returns the call that is handled with `message`: the message itself, or a postponed call. */
  #callOf(message: unknown): Call | undefined {
    if (message instanceof Call) return message;
    const call = message instanceof Continue ? this.#behaviour.callOf?.(message.argument) : undefined;
    return call instanceof Call ? call : undefined;
  }

  /** Does what the result specifies for the time before the next message. */
  #proceed(after: After | undefined): boolean {
    if (after === undefined) return true;
    if (after.after === "timeout") {
      this.#idle = new IdleTimeout(this.mailbox, after.timeoutMs);
      if (this.mailbox.length === 0) this.#idle.start(); // else what waits calls it off, or starts it if it is `sys`
      return true;
    }
    this.#next = new Continue(after.argument); // not at once: one that always goes on must not pile up on the stack
    return true;
  }

  /** Runs `handleContinue`. */
  #goOn(): boolean {
    const next = this.#next!;
    const behaviour = this.#behaviour;
    this.#next = undefined;
    this.#debug?.continued();
    try {
      if (behaviour.handleContinue === undefined) throw this.#refusal(next);
      return this.#apply(behaviour.handleContinue(next.argument, this.#state), next);
    } catch (thrown) {
      return this.#fail(thrown, next);
    }
  }

  #callOffTimeout(): void {
    this.#idle!.cancel();
    this.#idle = undefined;
  }

  /** Handles a system message. It does not cancel the idle timeout, but restarts it, as in OTP. */
  #handleSystem(message: SystemMessage): boolean {
    message.carryOut(this.#control);
    if (this.#phase === "suspended") this.#idle?.cancel();
    else this.#idle?.start();
    return true;
  }

  /** Handles the messages that a suspended server does not postpone. Returns whether it was resumed. */
  #handleSystemOnly(): boolean {
    for (;;) {
      const found = this.mailbox.takeUrgent((message) => this.#isUrgent(message));
      if (!found) break;
      this.#handle(found.message);
      if (!this.alive || this.#phase === "terminating") return false;
      if (this.#phase !== "suspended") return true;
    }
    this.mailbox.waitForMore(this);
    return false;
  }

  /** Whether a suspended server handles `message`. All such messages are system messages. */
  #isUrgent(message: unknown): boolean {
    const kind = kindOf(message);
    return kind === "system" || kind === "stop" || (kind === "exit" && this.#isOfParent(message as Exit));
  }

  #isOfParent({ pid }: Exit): boolean {
    return pid !== undefined && pid === this.#parent;
  }

  get #control(): ServerControl {
    const status = () => this.#status();
    return {
      getState: () => this.#state,
      setState: (state) => this.#state = state as S,
      status,
      setSuspended: (suspended) => this.#phase = suspended ? "suspended" : "running",
      setDebug: (debug) => this.#debug = debug,
      debug: this.#debug,
    };
  }

  #status(lastMessage?: unknown): ServerStatus {
    const status: ServerStatus = {
      phase: this.#phase === "suspended" ? "suspended" : "running",
      state: this.#state,
      messageQueueLength: this.mailbox.length,
      lastMessage,
    };
    return this.#behaviour.formatStatus?.(status) ?? status;
  }

  /** Whether a callback threw because it was asked to stop early. Overridden by subclasses that do so. */
  protected hasGivenUp(_thrown: unknown): boolean {
    return false;
  }

  /** Handles an error that a callback threw. Returns whether the next message may be handled. */
  #fail(thrown: unknown, message: unknown): boolean {
    if (!this.alive || !this.hasGivenUp(thrown)) return this.#crash(exitReasonOf(thrown), message);
    this.#waitsFor = undefined;
    return true;
  }

  #crash(error: Error, message: unknown): false {
    if (!this.alive) return false;
    this.#report(error, message);
    return this.#finish(error);
  }

  /** Ends the server with a requested reason. If that is an error, it is reported as if it had been thrown. */
  #stop(reason: ExitReason, message: unknown, answer?: LastAnswer): false {
    if (isError(reason)) this.#report(reason, message);
    return this.#finish(reason, answer);
  }

  #report(error: Error, message: unknown): void {
    const { ancestors } = this;
    const status = () => this.#status(contentOf(message));
    reportCrash({ pid: this, during: this.#describe(message), error, ancestors, status });
  }

  /** Describes the callback that handles `message`, for reports. Never throws, even if accessing the message throws. */
  #describe(message: unknown): string {
    try {
      const handled = message instanceof Continue ? message.argument : message;
      return this.#behaviour.describe?.(handled) ?? describeHandler(message);
    } catch {
      return describeHandler(message);
    }
  }

  /**
   * Runs `terminate`, sends the last reply and ends the process; if `terminate` fails, with that error as the reason.
   */
  #finish(reason: ExitReason, answer?: LastAnswer): false {
    this.#phase = "terminating";
    this.mailbox.close(); // what comes from now on is never read: its sender shall know
    try {
      const cleaned: unknown = this.keeper?.afterTerminate === undefined
        ? this.#behaviour.terminate?.(reason, this.#state)
        : this.#cleanUpAndKeep(reason, this.keeper.afterTerminate);
      if (isThenable(cleaned)) {
        Promise.resolve(cleaned).then(
          () => this.#end(reason, answer),
          (thrown) => this.#end(this.#reasonAfter(thrown, reason), answer),
        );
        return false;
      }
    } catch (thrown) {
      return this.#end(this.#reasonAfter(thrown, reason), answer);
    }
    return this.#end(reason, answer);
  }

  async #cleanUpAndKeep(reason: ExitReason, keep: (state: unknown) => MaybePromise<void>): Promise<void> {
    try {
      await this.#behaviour.terminate?.(reason, this.#state);
    } finally {
      await keep(this.#state);
    }
  }

  #end(reason: ExitReason, answer: LastAnswer | undefined): false {
    if (answer && this.alive) {
      answer.call.reply(answer.value);
      this.#debug?.replied(answer.call, answer.value);
    }
    this.end(reason);
    return false;
  }

  /** Returns the exit reason after `terminate` threw: its error, unless it threw because it was asked to stop early. */
  #reasonAfter(thrown: unknown, reason: ExitReason): ExitReason {
    if (!this.alive || this.hasGivenUp(thrown)) return reason;
    const error = exitReasonOf(thrown);
    reportCrash({ pid: this, during: "terminate", error, ancestors: this.ancestors });
    return error;
  }
}

/** The reply that is sent after `terminate`. */
interface LastAnswer {
  readonly call: Call;
  readonly value: unknown;
}
