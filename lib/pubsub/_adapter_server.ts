/**
 * The process of an adapter, and its connection: tries again if a start fails, and starts the adapter again if the
 * process was ended by force.
 *
 * Connecting does not happen within the process's `init`: an engine that cannot be reached must not delay the start of
 * trackers and presences, or use up the restarts of their supervisor.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { Backoff } from "../base/backoff.ts";
import { isInstance } from "../base/foreign.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { ok } from "../otp/server/result.ts";
import type { BusNode, PubSubAdapter } from "./adapter.ts";
import { type CarriedServer, type Ending, obey } from "./carried.ts";
import { BusSetupError } from "./errors.ts";
import type { FirstConnection } from "./_first_connection.ts";
import type { Interest } from "./_interest.ts";

const RETRY = { firstMs: 500, maxMs: 30_000 };

/** The parts of a node's bus that follow its connection. */
export interface Connected {
  /** What the adapter calls. */
  readonly node: BusNode;
  /** The topics to subscribe at the engine. */
  readonly interest: Interest;
  /** Settles with the first connection. */
  readonly first: FirstConnection;
  /** Called when the adapter is connected. Returns what `first` waits for, if anything. */
  readonly prepare: () => Promise<void> | undefined;
}

/** Keeps an adapter running until it is stopped. */
export class AdapterServer implements CarriedServer<undefined> {
  readonly #adapter: PubSubAdapter;
  readonly #parts: Connected;
  readonly #backoff = new Backoff(RETRY);
  readonly #retry = new Alarm(() => void this.#restart());
  #run = 0; // numbers the attempts: what an earlier one comes to does not count
  #hasLostProcess = false;
  #stopped: Promise<void> | undefined;

  /** Creates the server of an adapter that does not run. */
  constructor(adapter: PubSubAdapter, parts: Connected) {
    this.#adapter = adapter;
    this.#parts = parts;
  }

  /** Whether the adapter was stopped for good. */
  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Starts the adapter for the first time, within this call. */
  connect(): void {
    void this.#start(++this.#run);
  }

  /** Stops the adapter for good. Rejects with what its `stop` throws. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  /** Does nothing: there is no pending work. */
  attach(): void {}

  /** The next process starts the adapter again. */
  detach(): void {
    this.#hasLostProcess = true;
  }

  /** Stops the adapter. If supervision failed, the adapter keeps running without it. */
  over(ending: Ending): MaybePromise<void> {
    if (ending === "stopped") return this.stop();
  }

  /** Starts the adapter again if an earlier process was ended by force. */
  init(): InitResult<undefined> {
    if (this.#hasLostProcess) {
      this.#parts.node.changed({ status: "down", error: new Error("the process of the adapter was ended by force") });
      void this.#restart();
    }
    return ok();
  }

  /** Ignores messages, except for exit signals. */
  handleInfo(message: unknown): InfoResult<undefined> {
    return obey(message, undefined);
  }

  async #stop(): Promise<void> {
    this.#run++;
    this.#retry.clear();
    this.#parts.interest.stop();
    this.#parts.first.abandon();
    await this.#adapter.stop();
  }

  async #restart(): Promise<void> {
    if (this.#stopped) return;
    const run = ++this.#run;
    this.#retry.clear();
    try {
      await this.#adapter.stop();
    } catch (thrown) {
      return this.#failed(run, thrown);
    }
    if (run === this.#run) await this.#start(run);
  }

  async #start(run: number): Promise<void> {
    try {
      const started = this.#adapter.start(this.#parts.node);
      if (run > 1) this.#parts.interest.renew();
      await started;
    } catch (thrown) {
      return this.#failed(run, thrown);
    }
    if (run !== this.#run) return;
    this.#backoff.reset();
    this.#parts.first.connected(this.#parts.prepare());
    if (this.#adapter.isConnected) this.#parts.node.changed({ status: "up" });
  }

  #failed(run: number, thrown: unknown): void {
    if (run !== this.#run) return;
    const error = exitReasonOf(thrown);
    this.#parts.node.changed({ status: "down", error });
    // Later it is tried again, as after other errors: somebody may mend it, and nothing waits for it any more.
    if (isInstance(error, BusSetupError) && this.#parts.first.refused(error)) return;
    this.#retry.set(this.#backoff.nextMs());
  }
}
