/**
 * What can be wrong with a frame.
 *
 * @module
 */

/**
 * Thrown by a serializer that cannot read what a client sent. Phoenix closes the connection then,
 * with code 1011.
 *
 * What JSON or UTF-8 decoding had to say is in `cause`. The frame itself is not kept: it may be
 * large, and not for logs.
 */
export class MalformedFrameError extends Error {
  /** Creates the error; `reason` ends the sentence "Cannot decode frame: ...". */
  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot decode frame: ${reason}`, options);
    this.name = "MalformedFrameError";
  }
}
