/**
 * The errors of history and owners, without what the client's errors hold.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { BusDownError, BusSetupError } from "../../pubsub/errors.ts";
import type { Session } from "./_session.ts";
import { StaleStreamError } from "./_api_error.ts";

/** Describes why an operation failed. */
export function failureOf(what: string, { engine, isOpen }: Session, thrown: unknown): Error {
  if (thrown instanceof BusDownError || thrown instanceof BusSetupError) return thrown;
  const error = exitReasonOf(thrown);
  if (!isOpen) return new BusDownError(what, { cause: new Error(`${engine} was lost`), mayBeDone: true });
  if (error.name === "TimeoutError") {
    return new BusDownError(what, { cause: new Error(`${engine} does not reply in time`), mayBeDone: true });
  }
  return new Error(`Cannot ${what}: ${engine} ${whyOf(error)}`);
}

function whyOf(error: Error): string {
  const isWithout = error.name === "JetStreamNotEnabled" || error instanceof StaleStreamError;
  return isWithout
    ? "has no JetStream (start nats-server with -js), or it is not ready"
    : `reported: ${oneLine(error.message)}`;
}
