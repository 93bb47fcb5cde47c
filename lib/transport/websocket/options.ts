/**
 * Options of a WebSocket mount.
 *
 * @module
 */

import type { CheckOrigin } from "../../security/check_origin.ts";
import type { SessionOptions } from "../request/session_finder.ts";

/**
 * Options for the WebSockets of one mount point. The defaults of the limits depend on `EndpointOptions.limits`.
 *
 * @category Transport
 */
export interface WebSocketOptions extends SessionOptions {
  /**
   * The path behind the mount's path. May contain path parameters.
   *
   * @default {"/websocket"}
   */
  readonly path?: string;
  /**
   * How long a client may be silent, in milliseconds, before it is considered gone. Since Deno does not report a
   * client's pings, the connection gets more time: it is closed (code 1001) after 1.75 to 2 times this time. `Infinity`
   * never closes it.
   *
   * @default {60000}
   */
  readonly timeoutMs?: number;
  /**
   * Maximum size of a message, in bytes on the wire. A larger one closes the connection (code 1009). Deno itself ends a
   * connection at a frame of more than 64 MiB.
   *
   * @default {1048576}
   */
  readonly maxFrameBytes?: number;
  /**
   * How long `connect` may take, and then the client to finish the handshake, in milliseconds. While the server shuts
   * down, the handshake may take a second.
   *
   * @default {10000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * How long a client may take to confirm a close, in milliseconds, before the connection is considered closed. It
   * counts towards `maxConnectionsPerAddress` until its TCP connection ends.
   *
   * @default {5000}
   */
  readonly closeTimeoutMs?: number;
  /**
   * How many bytes may wait for a client without a time limit. If more wait, the client has to read them within
   * {@linkcode WebSocketOptions.slowReaderTimeoutMs | slowReaderTimeoutMs}, or the connection is closed (code 4408) and
   * the client must resynchronise. Broadcasts of a topic can be dropped instead: see `Channel.slowReader`.
   *
   * A client that keeps reading is never closed for this, however much the server sends at once.
   *
   * @default {16000000}
   */
  readonly maxBufferedBytes?: number;
  /**
   * How long a client may take, in milliseconds, to read what waits for it once more than
   * {@linkcode WebSocketOptions.maxBufferedBytes | maxBufferedBytes} wait. A client that reads nothing is closed
   * earlier, depending on how much waits: with 16 MB after four seconds, with 64 MB after one, and never within a
   * second. By default a client has to read 270 kB a second while 16 MB wait.
   *
   * @default {60000}
   */
  readonly slowReaderTimeoutMs?: number;
  /**
   * Maximum size, in bytes, of a WebSocket message that holds several messages for a client that accepts batches (see
   * `@urvogel/realtime/client`). What does not fit is sent in the next batch. A single message may be larger. `1` sends
   * all messages one by one.
   *
   * @default {65536}
   */
  readonly maxBatchBytes?: number;
  /**
   * Which web pages may connect.
   *
   * @default {the endpoint's}
   */
  readonly checkOrigin?: CheckOrigin;
  /**
   * Whether `info.authToken` is read from the subprotocols that the client offers, as phoenix.js sends it for its
   * option `authToken`.
   *
   * @default {false}
   */
  readonly authToken?: boolean;
  /**
   * Subprotocols that the server supports, the preferred one first. A client that offers none of them is refused with
   * 403; a client that offers no protocol is accepted.
   *
   * @default {[]}
   */
  readonly subprotocols?: readonly string[];
  /**
   * Creates the response for a client that `connect` refused.
   *
   * @default {403 without a body}
   */
  readonly errorHandler?: (reason: unknown, request: RefusedRequest) => Response | Promise<Response>;
}

/**
 * The refused request, as an error handler gets it.
 *
 * @category Transport
 */
export interface RefusedRequest {
  /** The requested URL. */
  readonly url: string;
  /** The request's headers. */
  readonly headers: Headers;
}
