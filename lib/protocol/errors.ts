/**
 * The errors for invalid frames.
 *
 * @module
 */

/**
 * Thrown by a serializer that cannot read a client's frame. Phoenix then closes the connection with
 * code 1011.
 *
 * Neither the error nor its `cause` contains the frame, which may be large and must not be logged.
 *
 * @category Protocol
 */
export class MalformedFrameError extends Error {
  /** Creates the error; `reason` ends the sentence "Cannot decode frame: ...". */
  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot decode frame: ${reason}`, options);
    this.name = "MalformedFrameError";
  }
}

/** Thrown when arrays and objects of a frame are nested too deep; see `Socket.maxNesting`. */
export class NestingError extends MalformedFrameError {
  /** The maximum number of levels. */
  readonly maxNesting: number;

  /** Creates the error for a limit of `maxNesting` levels. */
  constructor(maxNesting: number) {
    super(`arrays and objects must be nested <= ${maxNesting} levels deep`);
    this.maxNesting = maxNesting;
  }
}
