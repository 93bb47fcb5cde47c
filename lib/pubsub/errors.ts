/**
 * The errors of the bus that callers may want to catch.
 *
 * @module
 */

/**
 * Thrown by `broadcast` while the bus is down: the broadcast was neither sent to other nodes nor delivered on this one.
 * `publish` rejects with it, too, also if the engine was lost before it confirmed: see {@linkcode
 * BusDownError.prototype.mayBeDone | mayBeDone}.
 *
 * @category PubSub
 */
export class BusDownError extends Error {
  /**
   * Whether the engine was lost before it replied, so that nobody knows whether it was done: a message of `publish` may
   * be kept. Publish it again with the same `key`, and it counts once.
   */
  readonly mayBeDone: boolean;

  /** Creates the error. */
  constructor(what: string, { mayBeDone = false, ...options }: BusDownErrorOptions = {}) {
    super(`Cannot ${what}: the bus is down${mayBeDone ? ", and nobody knows whether it was done" : ""}`, options);
    this.name = "BusDownError";
    this.mayBeDone = mayBeDone;
  }
}

/**
 * Options for {@linkcode BusDownError}.
 *
 * @category PubSub
 */
export interface BusDownErrorOptions extends ErrorOptions {
  /**
   * Whether the engine was lost before it replied.
   *
   * @default {false}
   */
  readonly mayBeDone?: boolean;
}

/**
 * Thrown by `broadcast` if the engine of the bus cannot carry a message of this size. It was not delivered anywhere.
 *
 * @category PubSub
 */
export class TooLargeError extends RangeError {
  /** The size of the message on the bus, in bytes. */
  readonly bytes: number;
  /** The largest size that the engine carries, in bytes. */
  readonly maxBytes: number;

  /** Creates the error. */
  constructor(topic: string, bytes: number, maxBytes: number) {
    super(`Cannot broadcast to "${topic}": the bus carries at most ${maxBytes} bytes, received ${bytes}`);
    this.name = "TooLargeError";
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }
}

/**
 * The reason why the bus cannot be used, and no retry will help: wrong credentials, missing rights, an untrusted
 * certificate. `pubsub.ready` rejects with it. The text names the engine without credentials.
 *
 * @category PubSub
 */
export class BusSetupError extends Error {
  /** Creates the error. */
  constructor(engine: string, why: string, options?: ErrorOptions) {
    super(`Cannot connect to ${engine}: ${why}`, options);
    this.name = "BusSetupError";
  }
}
