/**
 * The frames that the library writes on its own behalf, such as `phx_error` or the answer to a heartbeat.
 *
 * There is no code of the application around them that a throw could reach: they are written from timers, from the
 * listeners of a process's end, between two connections' work. Their payloads are plain, so a format that cannot carry
 * them is broken, and only its own connection may suffer from that.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Frame } from "../protocol/message.ts";
import type { Connection } from "../transport/connection.ts";

/**
 * Encodes a frame of the library. If the format throws, that is reported as `urvogel:socket:failed`, and the connection
 * closes with 1011. Never throws.
 *
 * @param connection The connection that the frame is for.
 * @param encode Makes the frame.
 * @returns The frame, or `undefined` if there is none.
 */
export function encodeOwn(connection: Connection, encode: () => Frame): Frame | undefined {
  try {
    return encode();
  } catch (thrown) {
    connection.close(CLOSE_CODES.internalError, { reason: connection.reportFailure(thrown) });
    return undefined;
  }
}
