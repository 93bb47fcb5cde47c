/**
 * The process of an adapter. The adapter runs as long as this process does; a new process restarts the adapter.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { ok } from "../otp/server/result.ts";
import type { BusNode, PubSubAdapter } from "./adapter.ts";
import { type CarriedServer, type Ending, obey } from "./carried.ts";

/** Supervises an adapter that is already running. */
export class AdapterServer implements CarriedServer<undefined> {
  readonly #adapter: PubSubAdapter;
  readonly #node: BusNode;
  #isStarted = true;

  /** Creates the server of a running adapter. */
  constructor(adapter: PubSubAdapter, node: BusNode) {
    this.#adapter = adapter;
    this.#node = node;
  }

  /** Does nothing: there is no pending work. */
  attach(): void {}

  /** The next process starts the adapter again. */
  detach(): void {
    this.#isStarted = false;
  }

  /** Stops the adapter. If supervision failed, the adapter keeps running without it. */
  over(ending: Ending): MaybePromise<void> {
    if (ending === "stopped") return this.#adapter.stop();
  }

  /** Starts the adapter unless it is running. */
  init(): MaybePromise<InitResult<undefined>> {
    return this.#isStarted ? ok() : this.#restart();
  }

  /** Ignores messages, except for exit signals. */
  handleInfo(message: unknown): InfoResult<undefined> {
    return obey(message, undefined);
  }

  /** Stops the adapter, then starts it again. */
  async #restart(): Promise<InitResult<undefined>> {
    await this.#adapter.stop();
    await this.#adapter.start(this.#node);
    this.#isStarted = true;
    return ok();
  }
}
