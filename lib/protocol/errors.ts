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
