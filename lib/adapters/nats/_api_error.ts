/**
 * What the errors of JetStream mean.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";

/** The codes of the errors that are expected. */
export const ApiCode = {
  noMessage: 10057,
  nameInUse: 10058,
  noStream: 10059,
  wrongLastSequence: 10071,
  noSuchSubject: 10093,
} as const;

/** Returns whether JetStream has replied with an error of this code. */
export function isApiError(thrown: unknown, code: number): boolean {
  return thrown instanceof JetStreamApiError && thrown.code === code;
}

/**
 * Returns whether the stream is not the one that was found: it is gone, or has another epoch. No stream has the subject
 * of a message then, which the client calls a missing JetStream.
 */
export function isStale(thrown: unknown): boolean {
  if (thrown instanceof StaleStreamError || isApiError(thrown, ApiCode.noStream)) return true;
  return isApiError(thrown, ApiCode.noSuchSubject) || thrown instanceof Error && thrown.name === "JetStreamNotEnabled";
}

/** The stream has gone, or has another epoch: whatever was asked of it was not done. */
export class StaleStreamError extends Error {
  /** Creates the error. */
  constructor(options?: ErrorOptions) {
    super("Cannot use stream: it has another epoch", options);
    this.name = "StaleStreamError";
  }
}
