/**
 * The process of an adapter: while it runs, the adapter does. One that ends is followed by another, which starts the
 * adapter again.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { ok } from "../otp/server/result.ts";
import type { PubSubAdapter } from "./adapter.ts";
import type { BroadcastData } from "./broadcast.ts";
import { type CarriedServer, type Ending, obey } from "./carried.ts";

/** Keeps an adapter running that was started already. */
export class AdapterServer implements CarriedServer<undefined> {
  readonly #adapter: PubSubAdapter;
  readonly #receive: (broadcast: BroadcastData) => void;
  #isStarted = true;

  /** Creates the server of a running adapter. */
  constructor(adapter: PubSubAdapter, receive: (broadcast: BroadcastData) => void) {
    this.#adapter = adapter;
    this.#receive = receive;
  }

  /** There is nothing that waits for a process. */
  attach(): void {}

  /** The next process starts the adapter again. */
  detach(): void {
    this.#isStarted = false;
  }

  /** Stops the adapter; one that only cannot be supervised any more goes on without. */
  over(ending: Ending): MaybePromise<void> {
    if (ending === "stopped") return this.#adapter.stop();
  }

  /** Starts the adapter where it does not run. */
  init(): MaybePromise<InitResult<undefined>> {
    return this.#isStarted ? ok() : this.#restart();
  }

  /** There is nothing to hear. */
  handleInfo(message: unknown): InfoResult<undefined> {
    return obey(message, undefined);
  }

  /** The adapter is stopped when it is over, or about to be started again. */
  async #restart(): Promise<InitResult<undefined>> {
    await this.#adapter.stop();
    this.#adapter.start(this.#receive);
    this.#isStarted = true;
    return ok();
  }
}
