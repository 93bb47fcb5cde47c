/**
 * The requests of one channel that its client has not answered.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import { whenDone } from "../../base/thenable.ts";
import type { Issue } from "../../contract/issue.ts";
import type { Validated } from "../../contract/validate.ts";
import type { ExitReason } from "../../otp/process/exit_reason.ts";
import { type Answer, readAnswer } from "../../protocol/request.ts";

/** How a request ended: with the client's answer, or with the end of the channel. */
export type RequestOutcome =
  | Answer
  | { readonly status: "invalid"; readonly issues: readonly Issue[] }
  | { readonly status: "ended"; readonly reason: ExitReason };

/** Receives the outcome of a request. Must not throw. */
export type OnOutcome = (outcome: RequestOutcome) => void;

/** The fate of an answer. It is late if no request waits for it, and invalid if it does not fit the contract. */
export type AnswerFate =
  | { readonly kind: "taken" | "late" | "malformed" }
  | { readonly kind: "invalid"; readonly issues: readonly Issue[] };

const TAKEN: AnswerFate = { kind: "taken" };
const LATE: AnswerFate = { kind: "late" };
const MALFORMED: AnswerFate = { kind: "malformed" };

/** What pending requests need from their channel. */
export interface RequestingChannel {
  /** The signal of the channel's process. */
  readonly signal: AbortSignal;
  /** How many requests may wait. */
  readonly maxPendingRequests: number;
  /** Validates the answer to the request `event`. Never throws or rejects. */
  validateAnswer(event: string, response: unknown): MaybePromise<Validated>;
}

interface Pending {
  readonly event: string;
  readonly onOutcome: OnOutcome;
}

/** The pending requests of one channel. They end with it, or as soon as its client leaves or disconnects. */
export class PendingRequests {
  readonly #channel: RequestingChannel;
  readonly #signal: AbortSignal;
  readonly #byRef = new Map<string, Pending>();

  /** Creates an empty list. */
  constructor(channel: RequestingChannel) {
    this.#channel = channel;
    this.#signal = channel.signal;
    this.#signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /** How many may wait. */
  get max(): number {
    return this.#channel.maxPendingRequests;
  }

  /** Whether another request has to be refused. */
  get isFull(): boolean {
    return this.#byRef.size >= this.max;
  }

  /** Why no client is there to answer; `undefined` if there is one. */
  get endReason(): ExitReason | undefined {
    return this.#signal.aborted ? this.#signal.reason as ExitReason : undefined;
  }

  /** Adds the request `event` with the reference `ref`, which must be new. */
  add(ref: string, event: string, onOutcome: OnOutcome): void {
    this.#byRef.set(ref, { event, onOutcome });
  }

  /** Removes a request, which nobody waits for any more. */
  delete(ref: string): void {
    this.#byRef.delete(ref);
  }

  /** Settles the request that `payload`, the payload of an answer, belongs to. */
  answer(payload: unknown): MaybePromise<AnswerFate> {
    const read = readAnswer(payload);
    if (!read) return MALFORMED;
    const { ref, answer } = read;
    const pending = this.#byRef.get(ref);
    if (!pending) return LATE;
    if (answer.status === "error") return this.#settle(ref, pending, answer);
    const validated = this.#channel.validateAnswer(pending.event, answer.response);
    return whenDone(validated, (validated) => this.#settle(ref, pending, outcomeOf(validated)));
  }

  /** Settles a request, unless it has ended while its answer was validated. */
  #settle(ref: string, { onOutcome }: Pending, outcome: RequestOutcome): AnswerFate {
    if (!this.#byRef.delete(ref)) return LATE;
    onOutcome(outcome);
    return outcome.status === "invalid" ? { kind: "invalid", issues: outcome.issues } : TAKEN;
  }

  #end(): void {
    const pending = [...this.#byRef.values()];
    this.#byRef.clear();
    for (const { onOutcome } of pending) onOutcome({ status: "ended", reason: this.#signal.reason });
  }
}

function outcomeOf(validated: Validated): RequestOutcome {
  if (validated.kind === "valid") return { status: "ok", response: validated.value };
  return { status: "invalid", issues: validated.issues };
}
