/**
 * The process of a GenServer and of everything built like one: takes a message, runs the callback for its kind, does
 * what the result says.
 *
 * One message at a time: while a callback's promise is pending, the rest waits in the mailbox. A callback that answers
 * at once costs no promise, so a burst of messages is handled in one go.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { type Runnable, scheduler } from "../base/scheduler.ts";
import type { Behaviour, CallResult, InfoResult, InitResult, MaybePromise } from "./behaviour.ts";
import { Call, type CallOptions, Cast, PendingCalls, StopRequest } from "./call.ts";
import { reportCrash } from "./crash_report.ts";
import { CallExitError, CallTimeoutError, StartError } from "./errors.ts";
import { type ExitReason, exitReasonOf } from "./exit_reason.ts";
import type { SendResult } from "./mailbox.ts";
import type { Pid } from "./pid.ts";
import { Process, type ProcessOptions } from "./process.ts";
import { type After, TIMEOUT } from "./result.ts";
import { Exit } from "./signals.ts";

/** Options for {@linkcode ServerProcess}. */
export interface ServerProcessOptions extends ProcessOptions {
  /** Whose exit, when exits are trapped, ends this server too: OTP's parent. */
  readonly parent?: Pid<never> | undefined;
}

/** `init` may take its time: nothing is handled before it is through. */
type Phase = "starting" | "running" | "terminating";

/** A process that runs the callbacks of a {@linkcode Behaviour}. */
export class ServerProcess<S> extends Process implements Runnable {
  readonly #behaviour: Behaviour<S>;
  readonly #calls: PendingCalls = new PendingCalls();
  readonly #parent: Pid<never> | undefined;
  #phase: Phase = "starting";
  #state!: S; // there from the moment the phase is "running"
  #idle: Alarm | undefined;
  #onStarted: ((error?: StartError) => void) | undefined;

  /** Creates a live process that does nothing until {@linkcode start}. */
  constructor(behaviour: Behaviour<S>, options: ServerProcessOptions = {}) {
    super(options);
    this.#behaviour = behaviour;
    this.#parent = options.parent;
  }

  /**
   * Runs `init`.
   *
   * @param onStarted Called once, with what went wrong if anything did.
   */
  start(onStarted: (error?: StartError) => void): void {
    this.#onStarted = onStarted;
    try {
      const result = this.#behaviour.init();
      if (!(result instanceof Promise)) return this.#begin(result);
      result.then((result) => this.#begin(result)).catch((thrown) => this.#failToBegin(exitReasonOf(thrown)));
    } catch (thrown) {
      this.#failToBegin(exitReasonOf(thrown));
    }
  }

  /** Sends a request and waits for the reply. */
  call(name: string, request?: unknown, options: CallOptions = {}): Promise<unknown> {
    if (!this.alive) return Promise.reject(new CallExitError(this.label, name, "noproc"));
    return new Promise((resolve, reject) => {
      const call = new Call(this.label, this.#calls, name, request, { resolve, reject }, options);
      if (this.mailbox.post(call) !== "sent") call.refuse();
    });
  }

  /** Sends a request without a reply. */
  cast(name: string, request?: unknown): SendResult {
    return this.mailbox.post(new Cast(name, request));
  }

  /** Asks the server to end once it has dealt with what waits, and waits until it has. */
  stop(reason: ExitReason = "normal", { timeoutMs = Infinity }: CallOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.alive) return resolve();
      const limit = new Alarm(() => reject(new CallTimeoutError(this.label, "stop", timeoutMs))).set(timeoutMs);
      this.onExit(() => {
        limit.clear();
        resolve();
      });
      this.mailbox.postSystem(new StopRequest(reason));
    });
  }

  /** Handles what waits. Called by the scheduler. */
  run(): void {
    const mailbox = this.mailbox;
    while (this.alive) {
      if (mailbox.length === 0) return mailbox.wait(this);
      if (!scheduler.spend()) return scheduler.enqueue(this);
      if (this.#idle) this.#callOffTimeout();
      if (!this.#handle(mailbox.take())) return;
    }
  }

  /** Ends this process now: no callback runs any more. */
  override end(reason: ExitReason): void {
    if (!this.alive) return;
    if (this.#idle) this.#callOffTimeout();
    super.end(reason);
    this.#calls.fail(reason);
    if (this.#phase === "starting") this.#tellStarter(reason);
  }

  #begin(result: InitResult<S>): void {
    if (!this.alive) return;
    switch (result.next) {
      case "ok":
        this.#phase = "running";
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

  #failToBegin(error: Error): void {
    if (!this.alive) return;
    reportCrash({ pid: this, during: "init", error });
    this.end(error);
  }

  #tellStarter(failure?: StartError["reason"]): void {
    const onStarted = this.#onStarted;
    this.#onStarted = undefined;
    if (failure === undefined) onStarted?.();
    else onStarted?.(new StartError(this.label, failure));
  }

  /** Handles one message. Answers whether the next may follow at once. */
  #handle(message: unknown): boolean {
    try {
      if (message instanceof Call) {
        return this.#apply(this.#behaviour.handleCall(message.name, message.request, message, this.#state), message);
      }
      if (message instanceof Cast) {
        return this.#apply(this.#behaviour.handleCast(message.name, message.request, this.#state), message);
      }
      if (message instanceof StopRequest) return this.#finish(message.reason);
      if (message instanceof Exit && message.pid !== undefined && message.pid === this.#parent) {
        return this.#finish(message.reason);
      }
      return this.#apply(this.#behaviour.handleInfo(message, this.#state), message);
    } catch (thrown) {
      return this.#crash(exitReasonOf(thrown), message);
    }
  }

  #apply(result: MaybePromise<CallResult<unknown, S>>, message: unknown): boolean {
    if (!(result instanceof Promise)) return this.#interpret(result, message);
    result.then(
      (result) => this.#interpret(result, message) && this.run(),
      (thrown) => this.#crash(exitReasonOf(thrown), message),
    );
    return false;
  }

  /** Does what a callback's result says. Every result of every callback but `init` comes through here. */
  #interpret(result: CallResult<unknown, S>, message: unknown): boolean {
    if (!this.alive) return false; // ended while the callback ran: what it says is too late
    switch (result.next) {
      case "noreply":
        this.#state = result.state;
        return result.after === undefined || this.#proceed(result.after);
      case "reply":
        if (!(message instanceof Call)) return this.#crash(badResult(describe(message), result), message);
        this.#state = result.state;
        message.reply(result.value);
        return result.after === undefined || this.#proceed(result.after);
      case "replyAndStop":
        if (!(message instanceof Call)) return this.#crash(badResult(describe(message), result), message);
        this.#state = result.state;
        message.reply(result.value);
        return this.#finish(result.reason);
      case "stop":
        this.#state = result.state;
        return this.#finish(result.reason);
      default:
        return this.#crash(badResult(describe(message), result), message);
    }
  }

  /** Does what is due between two messages. */
  #proceed(after: After | undefined): boolean {
    if (after === undefined) return true;
    if (after.after === "timeout") {
      if (this.mailbox.length === 0) this.#awaitTimeout(after.timeoutMs);
      return true;
    }
    const next = new Continue(after.argument);
    try {
      return this.#apply(this.#behaviour.handleContinue(after.argument, this.#state), next);
    } catch (thrown) {
      return this.#crash(exitReasonOf(thrown), next);
    }
  }

  #awaitTimeout(timeoutMs: number): void {
    this.#idle = new Alarm(() => {
      if (this.mailbox.length === 0) this.mailbox.postSystem(TIMEOUT);
    }).set(timeoutMs);
  }

  #callOffTimeout(): void {
    this.#idle!.clear();
    this.#idle = undefined;
  }

  #crash(error: Error, message: unknown): false {
    if (!this.alive) return false;
    reportCrash({ pid: this, during: describe(message), error });
    return this.#finish(error);
  }

  /** The last callback, then the end. */
  #finish(reason: ExitReason): false {
    this.#phase = "terminating";
    try {
      const cleaned = this.#behaviour.terminate(reason, this.#state);
      if (cleaned instanceof Promise) {
        cleaned.catch((thrown) => this.#reportLast(thrown)).then(() => this.end(reason));
        return false;
      }
    } catch (thrown) {
      this.#reportLast(thrown);
    }
    this.end(reason);
    return false;
  }

  #reportLast(thrown: unknown): void {
    reportCrash({ pid: this, during: "terminate", error: exitReasonOf(thrown) });
  }
}

/** Stands for a `handleContinue` where a message is described. */
class Continue {
  readonly argument: unknown;

  constructor(argument: unknown) {
    this.argument = argument;
  }
}

function describe(message: unknown): string {
  if (message instanceof Call) return `handleCall "${message.name}"`;
  if (message instanceof Cast) return `handleCast "${message.name}"`;
  return message instanceof Continue ? "handleContinue" : "handleInfo";
}

function badResult(callback: string, result: InitResult<unknown> | InfoResult<unknown> | unknown): TypeError {
  const found = typeof result === "object" && result !== null && "next" in result ? `${result.next}` : typeof result;
  return new TypeError(`Cannot go on after ${callback}: it must return one of its results, returned ${found}`);
}
