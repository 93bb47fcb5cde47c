/**
 * What can be wrong with a frame.
 *
 * @module
 */

/**
 * Thrown by a serializer that cannot read what a client sent. Phoenix closes the connection then,
 * with code 1011.
 *
 * Nothing of the frame is in it, nor in its `cause`: that may be large, and is not for logs.
 */
export class MalformedFrameError extends Error {
  /** Creates the error; `reason` ends the sentence "Cannot decode frame: ...". */
  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot decode frame: ${reason}`, options);
    this.name = "MalformedFrameError";
  }
}

/** Thrown where arrays and objects of a frame are nested too deep; see `Socket.maxNesting`. */
export class NestingError extends MalformedFrameError {
  /** How many levels are fine. */
  readonly maxNesting: number;

  /** Creates the error for a limit of `maxNesting` levels. */
  constructor(maxNesting: number) {
    super(`arrays and objects must be nested <= ${maxNesting} levels deep`);
    this.maxNesting = maxNesting;
  }
}
