/**
 * The connection to one client, as its driver uses it.
 *
 * @module
 */

import type { Frame } from "../protocol/message.ts";
import type { Lane } from "./outbox.ts";

/**
 * An open connection to one client.
 *
 * @category Transport
 */
export interface Connection {
  /** The name of its transport: `"websocket"` or `"longpoll"`; `"test"` in tests. */
  readonly transport: string;
  /** Bytes that were sent but have not left yet, because the client reads slowly or not at all. */
  readonly bufferedBytes: number;
  /** Maximum number of bytes that may wait for a client that reads slowly or not at all. */
  readonly maxBufferedBytes: number;
  /**
   * Sends a frame. Does nothing once the connection closes. Never throws.
   *
   * @param frame The frame.
   * @param lane The lane of its topic's broadcasts, if some may be dropped for a client that reads too slowly.
   */
  send(frame: Frame, lane?: Lane): void;
  /**
   * Closes the connection; only the first call has an effect. The session's `close` is called once the client has
   * confirmed it, or after a few seconds if it does not.
   *
   * @param code A close code, see {@linkcode CLOSE_CODES}.
   * @param options The text that goes with the code, at most 123 bytes, and the reason the session ends with.
   * @throws {RangeError} If servers may not send `code`, or the text is too long. The connection stays as it is.
   */
  close(code: number, options?: CloseOptions): void;
  /**
   * Reports a failure of the code behind the connection: publishes `urvogel:socket:failed`, or writes a log record if
   * there is no listener. The connection stays as it is.
   *
   * @param thrown What was thrown.
   * @returns The thrown value as an error, such as for the `reason` of {@linkcode Connection.close}.
   */
  reportFailure(thrown: unknown): Error;
}

/**
 * Options for {@linkcode Connection.close}.
 *
 * @category Transport
 */
export interface CloseOptions {
  /**
   * Text for the client, at most 123 bytes.
   *
   * @default {""}
   */
  readonly text?: string;
  /**
   * The reason that is passed to the session's `close`.
   *
   * @default {"local_closed"}
   */
  readonly reason?: string | Error;
}
