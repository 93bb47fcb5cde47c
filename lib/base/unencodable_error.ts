/**
 * The error for messages that a wire format cannot represent.
 *
 * @module
 */

/**
 * Thrown when a wire format cannot represent something, such as bytes in protocol V1.
 *
 * @category Protocol
 */
export class UnencodableError extends Error {
  /** Creates the error. */
  constructor(message: string) {
    super(message);
    this.name = "UnencodableError";
  }
}
