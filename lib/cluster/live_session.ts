/**
 * A session with an owner engine that is renewed in time, or lost.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { monotonicMs } from "../base/clock.ts";
import { Turnstile } from "../base/turnstile.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { BusDownError } from "../pubsub/errors.ts";
import type { OwnerSession, Ownership } from "./owner_engine.ts";

/**
 * Parts of the session's time: when it is renewed, when that is tried again without a reply and after a failure, when it is
 * considered lost.
 */
const RENEWED_AFTER = 1 / 4;
const OVERDUE_AFTER = 1 / 6;
const RETRIED_AFTER = 1 / 12;
const LOST_AFTER = 2 / 3;
/** How many operations on keys an engine gets at a time. With thousands, a renewal would wait behind them for too long. */
const MAX_OPERATIONS = 64;

/** Renews a session. Its time counts from the moment at which a renewal was sent, by the monotonic clock. */
export class LiveSession {
  /** Called after each renewal. */
  onRenewed: (() => void) | undefined;
  readonly #session: OwnerSession;
  readonly #ttlMs: number;
  readonly #onLost: (error: Error) => void;
  readonly #turnstile = new Turnstile(MAX_OPERATIONS);
  readonly #renewal = new Alarm(() => void this.#renew());
  readonly #loss = new Alarm(() => {
    if (this.isReliable) this.#awaitLoss(); // the alarm may be a fraction early
  });
  #renewedAtMs: number;
  #triedAtMs: number;
  #lastError: unknown;
  #isOver = false;
  #over: BusDownError | undefined;

  /**
   * Begins to renew a session.
   *
   * @param openedAtMs When it was asked for, by the monotonic clock.
   * @param onLost Called once, when it can no longer be relied on, unless it was closed.
   */
  constructor(session: OwnerSession, ttlMs: number, openedAtMs: number, onLost: (error: Error) => void) {
    this.#session = session;
    this.#ttlMs = ttlMs;
    this.#onLost = onLost;
    this.#renewedAtMs = this.#triedAtMs = openedAtMs;
    this.#tryAgain(RENEWED_AFTER);
    this.#awaitLoss();
  }

  /** Whether no other node can have its keys yet. Notices by itself that its time is over. */
  get isReliable(): boolean {
    if (this.#isOver) return false;
    if (monotonicMs() - this.#renewedAtMs < this.#ttlMs * LOST_AFTER) return true;
    this.#lose(new Error(`it was not renewed within ${Math.round(this.#ttlMs * LOST_AFTER)} ms`, this.#cause));
    return false;
  }

  /** See {@linkcode OwnerSession.claim}. */
  claim(key: string): Promise<Ownership> {
    return this.#checked(() => this.#session.claim(key));
  }

  /** See {@linkcode OwnerSession.ownerOf}. */
  ownerOf(key: string): Promise<Ownership | undefined> {
    return this.#checked(() => this.#session.ownerOf(key));
  }

  /** See {@linkcode OwnerSession.release}. */
  release(key: string, token: bigint): Promise<void> {
    return this.#checked(() => this.#session.release(key, token));
  }

  /** See {@linkcode OwnerSession.close}. */
  async close(): Promise<void> {
    this.#end();
    await this.#session.close();
  }

  /** Runs an operation on a key in its turn. After a failure it finds out whether the session still exists. */
  async #checked<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await this.#turnstile.run(() => {
        if (this.#isOver) throw this.#over ??= new BusDownError("own keys"); // one for all that waited
        return operation();
      });
    } catch (error) {
      if (!this.#isOver) this.#tryAgain(RETRIED_AFTER); // not at once: keys that are refused must not keep it busy
      throw error;
    }
  }

  get #cause(): ErrorOptions | undefined {
    return this.#lastError === undefined ? undefined : { cause: this.#lastError };
  }

  /** Renews it when this part of its time has passed since it was last tried. */
  #tryAgain(after: number): void {
    this.#renewal.set(Math.max(0, this.#triedAtMs + this.#ttlMs * after - monotonicMs()));
  }

  #awaitLoss(): void {
    this.#loss.set(Math.max(0, this.#renewedAtMs + this.#ttlMs * LOST_AFTER - monotonicMs()));
  }

  /** Renews. The reply to an attempt may be late, or lost: then there is another one, and each reply counts. */
  async #renew(): Promise<void> {
    const sentAtMs = this.#triedAtMs = monotonicMs();
    this.#tryAgain(OVERDUE_AFTER);
    try {
      const exists = await this.#session.renew();
      if (this.#isOver || !this.isReliable) return;
      if (!exists) return this.#lose(new Error("the engine does not have it any more"));
      this.#renewedAtMs = Math.max(this.#renewedAtMs, sentAtMs);
      this.#lastError = undefined;
      this.#tryAgain(RENEWED_AFTER);
      this.#awaitLoss();
      this.onRenewed?.();
    } catch (thrown) {
      this.#lastError = exitReasonOf(thrown);
      if (sentAtMs === this.#triedAtMs && this.isReliable) this.#renewal.set(this.#ttlMs * RETRIED_AFTER);
    }
  }

  #lose(error: Error): void {
    this.#end();
    this.#session.close().catch(() => {}); // so that others need not wait
    this.#onLost(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#renewal.clear();
    this.#loss.clear();
  }
}
