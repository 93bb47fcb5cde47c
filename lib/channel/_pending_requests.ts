/**
 * The requests of one channel that its client has not answered.
 *
 * @module
 */

import type { ExitReason } from "../otp/process/exit_reason.ts";
import { type Answer, readAnswer } from "../protocol/request.ts";

/** How a request ended: with the client's answer, or with the end of the channel. */
export type RequestOutcome = Answer | { readonly status: "ended"; readonly reason: ExitReason };

/** Receives the outcome of a request. Must not throw. */
export type OnOutcome = (outcome: RequestOutcome) => void;

/** What became of an answer: `"late"` if no request waits for it. */
export type AnswerFate = "taken" | "late" | "malformed";

/** The pending requests of one channel. They end with it, or as soon as its client leaves or disconnects. */
export class PendingRequests {
  /** How many may wait. */
  readonly max: number;
  readonly #signal: AbortSignal;
  readonly #byRef = new Map<string, OnOutcome>();

  /**
   * Creates an empty list.
   *
   * @param signal The signal of the channel's process.
   * @param max How many requests may wait.
   */
  constructor(signal: AbortSignal, max: number) {
    this.max = max;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /** Whether another request has to be refused. */
  get isFull(): boolean {
    return this.#byRef.size >= this.max;
  }

  /** Why no client is there to answer; `undefined` if there is one. */
  get endReason(): ExitReason | undefined {
    return this.#signal.aborted ? this.#signal.reason as ExitReason : undefined;
  }

  /** Adds the request `ref`, which must be new. */
  add(ref: string, onOutcome: OnOutcome): void {
    this.#byRef.set(ref, onOutcome);
  }

  /** Removes a request, which nobody waits for any more. */
  delete(ref: string): void {
    this.#byRef.delete(ref);
  }

  /** Settles the request that `payload`, the payload of an answer, belongs to. */
  answer(payload: unknown): AnswerFate {
    const read = readAnswer(payload);
    if (!read) return "malformed";
    const onOutcome = this.#byRef.get(read.ref);
    if (!onOutcome) return "late";
    this.#byRef.delete(read.ref);
    onOutcome(read.answer);
    return "taken";
  }

  #end(): void {
    const pending = [...this.#byRef.values()];
    this.#byRef.clear();
    for (const onOutcome of pending) onOutcome({ status: "ended", reason: this.#signal.reason });
  }
}
