/**
 * The close codes of a server's WebSockets, as in RFC 6455, section 7.4.
 *
 * The important difference is whether the client reconnects. phoenix.js 1.4, 1.5 and 1.8.16 reconnect
 * after every close that they did not request; 1.6 to 1.8.15 do so after every code but 1000;
 * Supabase's client always does. So no code keeps a client away: an unwanted client must be refused
 * when it connects or joins.
 *
 * | code | when | phoenix.js |
 * |---|---|---|
 * | 1000 | the server has finished | stays away in 1.6 to 1.8.15, else reconnects |
 * | 1001 | closed by `disconnect`, or silent for too long | reconnects |
 * | 1002 | a frame violates RFC 6455 (only where Deno does not handle it) | reconnects |
 * | 1003 | the socket does not accept frames of this type | reconnects |
 * | 1007 | the frame is malformed; Phoenix uses 1011 | reconnects |
 * | 1008 | a violation that has no code of its own | reconnects |
 * | 1009 | the message is too big | reconnects, and fails again if it sends the same |
 * | 1011 | the socket has crashed | reconnects |
 * | 1012 | the server restarts | reconnects, to another machine if there is one |
 * | 1013 | the server is overloaded | reconnects |
 * | 4401 | the client's token has expired | reconnects, with new `params` if they are a function |
 * | 4408 | the client reads too slowly | reconnects, and must resynchronise |
 * | 4429 | the client sends too much | reconnects |
 *
 * @example Usage
 * ```ts
 * import { CLOSE_CODES } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(CLOSE_CODES.goingAway, 1001);
 * ```
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";

/**
 * The close codes that the server sends, by name.
 *
 * @category Protocol
 */
export const CLOSE_CODES = {
  /** The server has finished. */
  normal: 1000,
  /** The socket was disconnected, or was silent for too long; the client may reconnect. */
  goingAway: 1001,
  /** The client has violated RFC 6455. */
  protocolError: 1002,
  /** The socket does not accept frames of this type. */
  unsupportedData: 1003,
  /** The frame is malformed: it is not a message of the protocol. */
  invalidText: 1007,
  /** A violation that has no code of its own. */
  policyViolation: 1008,
  /** The message is larger than the socket accepts. */
  messageTooBig: 1009,
  /** The socket has crashed. */
  internalError: 1011,
  /** The server restarts. */
  serviceRestart: 1012,
  /** The server is overloaded. */
  tryAgainLater: 1013,
  /** The client's token has expired. */
  authExpired: 4401,
  /** The client reads too slowly: too much data waits to be sent. */
  slowReader: 4408,
  /** The client exceeds a rate limit. */
  rateLimited: 4429,
} as const;

/**
 * One of {@linkcode CLOSE_CODES}.
 *
 * @category Protocol
 */
export type CloseCode = typeof CLOSE_CODES[keyof typeof CLOSE_CODES];

/** The codes of RFC 6455 for what happened without one: no close frame carries them. */
export const UNSENT_CLOSE_CODES = {
  /** The close frame had no code. */
  none: 1005,
  /** The connection broke. */
  abnormal: 1006,
} as const;

/** Maximum length of the text in a close frame, without the two bytes of the code: RFC 6455, section 5.5. */
const MAX_TEXT_BYTES = 123;

/**
 * Throws if a close frame cannot carry a code and text. Deno would write such a code, and clients drop the connection.
 *
 * @example Usage
 * ```ts
 * import { assertClose } from "./close_codes.ts";
 * import { assertThrows } from "@std/assert";
 *
 * assertClose(4001, "bye");
 * assertThrows(() => assertClose(1006, ""), RangeError);
 * ```
 *
 * @param code The code.
 * @param text The text that goes with it.
 * @throws {RangeError} If no server may send `code`, or `text` takes more than 123 bytes.
 */
export function assertClose(code: number, text: string): void {
  if (!isCloseCode(code)) {
    throw new RangeError(
      `Cannot close connection: "code" must be 1000-1003, 1007-1014 or 3000-4999, received ${code}`,
    );
  }
  const length = utf8Length(text);
  if (length > MAX_TEXT_BYTES) {
    throw new RangeError(`Cannot close connection: "text" must be <= ${MAX_TEXT_BYTES} bytes, received ${length}`);
  }
}

/** Returns whether a close frame may carry `code`: RFC 6455, section 7.4, and the registry that extends it. */
export function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}
