/**
 * The errors of the client. They are told apart by class, or by `name` where a page has two copies of this code.
 *
 * @module
 */

/** Thrown when the server replied with an error: to a call, a join or a refresh. */
export class ReplyError extends Error {
  /** The name of the class. */
  override readonly name: string = "ReplyError";
  /** The response that came with the error, such as `{ reason: "unauthorized" }`. */
  declare readonly response: unknown;

  /** Creates the error for what was refused, such as `call say`. */
  constructor(what: string, response: unknown) {
    super(`Cannot ${what}: the server replied ${JSON.stringify(response)}`);
    this.response = response;
  }
}

/** Thrown when no reply arrived in time. The server may have handled the request. */
export class ReplyTimeoutError extends Error {
  /** The name of the class. */
  override readonly name: string = "ReplyTimeoutError";
  /** How long it was waited for, in milliseconds. */
  declare readonly timeoutMs: number;

  /** Creates the error for what was not done, such as `call say`. */
  constructor(what: string, timeoutMs: number) {
    super(`Cannot ${what}: no reply within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Thrown when the channel closed, failed or lost its connection before a reply came. The server may have handled the
 * request.
 */
export class ChannelClosedError extends Error {
  /** The name of the class. */
  override readonly name: string = "ChannelClosedError";
  /** Whether the channel was left, or closed by the server. Otherwise phoenix.js joins it again. */
  declare readonly isFinal: boolean;

  /** Creates the error for what was not done, such as `call say`. */
  constructor(what: string, isFinal: boolean) {
    super(`Cannot ${what}: the channel ${isFinal ? "is closed" : "was lost"}`);
    this.isFinal = isFinal;
  }
}

/** Thrown by a loop over events that reads too slowly, after the events that wait: there is no room for another. */
export class QueueFullError extends Error {
  /** The name of the class. */
  override readonly name: string = "QueueFullError";
  /** How many events may wait. */
  declare readonly capacity: number;

  /** Creates the error for the events of one name. */
  constructor(event: string, capacity: number) {
    super(`Cannot queue ${event}: ${capacity} events wait`);
    this.capacity = capacity;
  }
}
