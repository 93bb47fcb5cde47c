/**
 * Keeps a connection with Redis: connects, notices when it is lost, and connects again.
 *
 * Each attempt has a client of its own, so that no state of a lost connection is left: nothing waits to be sent late,
 * and no channel is half subscribed.
 *
 * @module
 */

import { Backoff } from "../../base/backoff.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import { Pauses } from "../../base/pause.ts";
import { withinTime } from "../../base/within_time.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import type { RedisConnection } from "./connection.ts";
import { SilenceWatch } from "./_silence_watch.ts";

/** What a connection is used for. */
export interface RedisUse {
  /** Makes a client. */
  dial(signal: AbortSignal): MaybePromise<RedisConnection>;
  /**
   * Makes a connected client ready for use.
   *
   * @param lose Drops the connection.
   */
  open(client: RedisConnection, lose: (error: Error) => void): Promise<void>;
  /** Called when {@linkcode open} has resolved. */
  up(): void;
  /** Called when the connection was lost, and after each attempt that failed. The next one follows. */
  down(error: Error): void;
  /** Lets go of a client that {@linkcode open} may have seen. */
  close(error: Error): void;
  /** Returns how many messages and replies have arrived so far. */
  arrivals(): number;
  /** Returns an error that may be shown. */
  faultOf(thrown: unknown): Error;
}

/** Time for an attempt, in milliseconds, with everything that {@linkcode RedisUse.open} sends. */
const OPEN_MS = 4500;
const DELAYS = { firstMs: 50, maxMs: 1000 };

/** A connection that lasted for so long was a good one: the next delay is a short one again. */
const GOOD_MS = 5000;

/** Keeps one connection. */
export class Keeper {
  readonly #use: RedisUse;
  readonly #pauses = new Pauses();
  readonly #started = Promise.withResolvers<void>();
  #ended: Promise<void> | undefined;
  #lose: (error: Error) => void = () => {};
  #isStopped = false;
  #wasUp = false;

  /** Creates a keeper that does nothing yet. */
  constructor(use: RedisUse) {
    this.#use = use;
  }

  /**
   * Connects.
   *
   * @returns Resolves when it is connected for the first time, or was stopped before.
   * @throws {BusSetupError} If no retry will help.
   */
  start(): Promise<void> {
    this.#ended ??= this.#keep();
    return this.#started.promise;
  }

  /** Drops the connection: it is made again. */
  lose(error: Error): void {
    this.#lose(error);
  }

  /** Disconnects for good. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pauses.end();
    this.lose(new Error("stopped"));
    await this.#ended;
  }

  async #keep(): Promise<void> {
    const backoff = new Backoff(DELAYS);
    while (!this.#isStopped) {
      const startedAt = performance.now();
      const error = this.#use.faultOf(await this.#live());
      if (this.#isStopped) break;
      if (!this.#wasUp && error instanceof BusSetupError) return this.#started.reject(error);
      this.#use.down(error);
      if (performance.now() - startedAt > GOOD_MS) backoff.reset();
      await this.#pauses.pause(backoff.nextMs());
    }
    this.#started.resolve();
  }

  /** Uses one client until it is lost, and resolves to the reason. Never rejects. */
  async #live(): Promise<unknown> {
    const ending = new AbortController();
    const lost = Promise.withResolvers<Error>();
    this.#lose = lost.resolve;
    let client: RedisConnection | undefined;
    let watch: SilenceWatch | undefined;
    let reason: unknown;
    try {
      const failed = lost.promise.then((error) => Promise.reject(error));
      failed.catch(() => {});
      const opening = this.#open(ending.signal, lost.resolve, (made) => client = made);
      opening.catch(() => {}); // it may fail later than `lost`
      const opened = await withinTime(Promise.race([opening, failed]), OPEN_MS, () => new Error("no reply in time"));
      watch = new SilenceWatch(() => opened.sendCommand(["PING"]), () => this.#use.arrivals(), lost.resolve);
      this.#up();
      reason = await lost.promise;
    } catch (thrown) {
      reason = thrown;
    } finally {
      watch?.stop();
      this.#use.close(this.#use.faultOf(reason));
      client?.destroy();
      ending.abort();
    }
    return reason;
  }

  async #open(
    signal: AbortSignal,
    lose: (error: Error) => void,
    made: (client: RedisConnection) => void,
  ): Promise<RedisConnection> {
    const client = await this.#use.dial(signal);
    client.on("error", lose); // for ever: an error that nobody listens to ends the program
    made(client);
    if (!signal.aborted) await client.connect();
    if (signal.aborted) { // given up meanwhile: what is opened now would never be closed
      client.destroy();
      throw new Error("too late");
    }
    await this.#use.open(client, lose);
    return client;
  }

  #up(): void {
    this.#wasUp = true;
    this.#use.up();
    this.#started.resolve();
  }
}
