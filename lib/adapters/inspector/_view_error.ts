/**
 * Why a view cannot be shown.
 *
 * @module
 */

/** A request that cannot be fulfilled, with the status of its response. The message is shown to the one who asked. */
export class ViewError extends Error {
  /** The status of the response. */
  readonly status: 400 | 404 | 502 | 504;

  /** Creates the error. */
  constructor(status: ViewError["status"], message: string) {
    super(message);
    this.name = "ViewError";
    this.status = status;
  }
}
