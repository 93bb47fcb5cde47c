/**
 * Options of a WebSocket mount.
 *
 * @module
 */

import type { CheckOrigin } from "../../security/check_origin.ts";
import type { SessionOptions } from "../request/session_finder.ts";

/** Options for the WebSockets of one mount point. Limits have the defaults of `EndpointOptions.limits`. */
export interface WebSocketOptions extends SessionOptions {
  /**
   * What follows the mount's path. May hold path parameters.
   *
   * @default {"/websocket"}
   */
  readonly path?: string;
  /**
   * How long a client may be silent, in milliseconds, before it is taken for gone. Since Deno does not tell of a
   * client's pings, the connection gets more: it is closed (code 1001) between one and three quarters and twice this
   * time. `Infinity` keeps it.
   *
   * @default {60000}
   */
  readonly timeoutMs?: number;
  /**
   * How large a message may be, in bytes on the wire. A larger one closes the connection (code 1009). Deno itself ends
   * connections at 64 MiB a frame.
   *
   * @default {1048576}
   */
  readonly maxFrameBytes?: number;
  /**
   * How long `connect` may take, and then the client to finish the handshake, in milliseconds.
   *
   * @default {10000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * How long a client may take to answer a close, in milliseconds, before it is forgotten. Its seat under
   * `maxConnectionsPerAddress` is kept until its TCP connection ends.
   *
   * @default {5000}
   */
  readonly closeTimeoutMs?: number;
  /**
   * How many bytes may wait for a client for as long as it takes. A client for whom more wait has to read them within
   * {@linkcode slowReaderTimeoutMs}, or it is closed (code 4408), and has to catch up on its own. The broadcasts of a
   * topic need not wait: see `Channel.slowReader`.
   *
   * A client that keeps reading is not closed, however much the server sends at once.
   *
   * @default {16000000}
   */
  readonly maxBufferedBytes?: number;
  /**
   * How long a client may take, in milliseconds, to read what waits for it once more than {@linkcode maxBufferedBytes}
   * wait. One that reads nothing at all is closed earlier, in proportion to what waits: with 16 MB after four seconds,
   * with 64 MB after one, and never within a second. By default a client has to read 270 kB a second while 16 MB wait.
   *
   * @default {60000}
   */
  readonly slowReaderTimeoutMs?: number;
  /**
   * How large a WebSocket message may become, in bytes, that holds several messages for a client that takes batches (see
   * `@urvogel/realtime/client`). What does not fit is sent in the next one. A single message may be larger. `1` sends
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
   * Takes a token from the subprotocols that the client offers, into `info.authToken`: phoenix.js's `authToken`.
   *
   * @default {false}
   */
  readonly authToken?: boolean;
  /**
   * Subprotocols that the server speaks, the preferred one first. A client that offers none of them is refused with
   * 403; one that offers no protocol at all is not.
   *
   * @default {[]}
   */
  readonly subprotocols?: readonly string[];
  /**
   * Answers a client that `connect` refused.
   *
   * @default {403 without a body}
   */
  readonly errorHandler?: (reason: unknown, request: RefusedRequest) => Response | Promise<Response>;
}

/** What an error handler may look at. */
export interface RefusedRequest {
  /** The URL that was asked for. */
  readonly url: string;
  /** The request's headers. */
  readonly headers: Headers;
}
