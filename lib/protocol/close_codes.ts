/**
 * Why a server closes a WebSocket, in the numbers of RFC 6455, section 7.4.
 *
 * What matters is whether the client comes back. phoenix.js 1.4, 1.5 and 1.8.16 reconnect after
 * every close that they did not ask for; 1.6 to 1.8.15 do so after every code but 1000; Supabase's
 * client always does. So no code keeps a client away: who is not wanted has to be refused when they
 * connect or join.
 *
 * | code | when | phoenix.js |
 * |---|---|---|
 * | 1000 | the server has nothing more to say | stays away in 1.6 to 1.8.15, else reconnects |
 * | 1001 | thrown out by `disconnect`, or silent for too long | reconnects |
 * | 1002 | a frame breaks RFC 6455 (only where Deno does not deal with it) | reconnects |
 * | 1003 | the frame is of a type that this socket does not take | reconnects |
 * | 1007 | the frame is malformed; Phoenix says 1011 | reconnects |
 * | 1008 | a rule was broken that has no code of its own | reconnects |
 * | 1009 | the message is too big | reconnects, and fails again if it sends the same |
 * | 1011 | the socket has crashed | reconnects |
 * | 1012 | the server restarts | reconnects, to another machine if there is one |
 * | 1013 | the server has too much to do | reconnects |
 * | 4401 | the client's token has expired | reconnects, with new `params` if they are a function |
 * | 4408 | the client reads too slowly | reconnects, and has to catch up on its own |
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

/** The close codes that the server sends, by name. */
export const CLOSE_CODES = {
  /** The server has nothing more to say. */
  normal: 1000,
  /** The socket was thrown out, or was silent for too long; the client may come back. */
  goingAway: 1001,
  /** The client has broken RFC 6455. */
  protocolError: 1002,
  /** The frame is of a type that this socket does not take. */
  unsupportedData: 1003,
  /** The frame is malformed: no message of the protocol. */
  invalidText: 1007,
  /** A rule was broken that has no code of its own. */
  policyViolation: 1008,
  /** The message is bigger than the socket takes. */
  messageTooBig: 1009,
  /** The socket has crashed. */
  internalError: 1011,
  /** The server restarts. */
  serviceRestart: 1012,
  /** The server has too much to do. */
  tryAgainLater: 1013,
  /** The client's token has expired. */
  authExpired: 4401,
  /** The client reads so slowly that too much waits to be sent. */
  slowReader: 4408,
  /** The client sends more than it may. */
  rateLimited: 4429,
} as const;

/** One of {@linkcode CLOSE_CODES}. */
export type CloseCode = typeof CLOSE_CODES[keyof typeof CLOSE_CODES];

/** The bytes of a control frame, without the two of the code: RFC 6455, section 5.5. */
const MAX_TEXT_BYTES = 123;

/**
 * Refuses what a close frame cannot carry: Deno would write such a code all the same, and clients drop the connection.
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

/** Whether a close frame may carry `code`: RFC 6455, section 7.4, and the registry that goes on where it ends. */
export function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}
