/**
 * The error of a format that cannot carry a message.
 *
 * @module
 */

/** Thrown where a wire format has no way to carry something, such as bytes in protocol V1. */
export class UnencodableError extends Error {
  /** Creates the error. */
  constructor(message: string) {
    super(message);
    this.name = "UnencodableError";
  }
}
