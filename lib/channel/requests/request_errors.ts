/**
 * The errors of requests to a client.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { Issue } from "../../contract/issue.ts";
import { describeExit, type ExitReason } from "../../otp/process/exit_reason.ts";

/**
 * Thrown by a request that the client did not answer in time. A late answer is ignored, and reported as
 * `urvogel:channel:answer_ignored`.
 *
 * @category Channels
 */
export class RequestTimeoutError extends Error {
  /** The event of the request. */
  readonly event: string;
  /** How long the server waited, in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for the request `event`. */
  constructor(event: string, timeoutMs: number) {
    super(`Cannot request ${quoted(event)}: no answer within ${timeoutMs} ms`);
    this.name = "RequestTimeoutError";
    this.event = event;
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Thrown by a request whose channel ended, or whose client left or disconnected, before it answered. A handler of the
 * channel that throws it after its client has left or disconnected has not crashed.
 *
 * @category Channels
 */
export class RequestExitError extends Error {
  /** The event of the request. */
  readonly event: string;
  /** Why the channel ends: `{ shutdown: "left" }` if its client has left. */
  readonly reason: ExitReason;

  /** Creates the error for the request `event`. */
  constructor(event: string, reason: ExitReason) {
    super(`Cannot request ${quoted(event)}: the channel ends (${describeExit(reason)})`, { cause: reason });
    this.name = "RequestExitError";
    this.event = event;
    this.reason = reason;
  }
}

/**
 * Thrown by a request that the client answered with `{ error }`.
 *
 * @category Channels
 */
export class RequestRefusedError extends Error {
  /** The event of the request. */
  readonly event: string;
  /** The `error` that the client sent: any JSON value. It is untrusted: validate it, and escape it in logs. */
  readonly response: unknown;

  /** Creates the error for the request `event`. */
  constructor(event: string, response: unknown) {
    super(`Cannot request ${quoted(event)}: the client refused with ${quoted(response)}`);
    this.name = "RequestRefusedError";
    this.event = event;
    this.response = response;
  }
}

/**
 * Thrown by a request while `Channel.maxPendingRequests` others wait for an answer.
 *
 * @category Channels
 */
export class TooManyRequestsError extends Error {
  /** The event of the request. */
  readonly event: string;
  /** How many requests may wait. */
  readonly max: number;

  /** Creates the error for the request `event`. */
  constructor(event: string, max: number) {
    super(`Cannot request ${quoted(event)}: "maxPendingRequests" is ${max}, and as many wait for an answer`);
    this.name = "TooManyRequestsError";
    this.event = event;
    this.max = max;
  }
}

/**
 * Thrown by a request whose answer does not fit the contract of the channel. The client gets an error reply to it:
 * `{ reason: "invalid answer", issues }`.
 *
 * @category Channels
 */
export class InvalidAnswerError extends Error {
  /** The event of the request. */
  readonly event: string;
  /** What is wrong with the answer. */
  readonly issues: readonly Issue[];

  /** Creates the error for the request `event`. */
  constructor(event: string, issues: readonly Issue[]) {
    super(`Cannot request ${quoted(event)}: the answer does not fit the contract`);
    this.name = "InvalidAnswerError";
    this.event = event;
    this.issues = issues;
  }
}
