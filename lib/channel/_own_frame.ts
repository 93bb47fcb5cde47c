/**
 * The frames that the library writes on its own behalf, such as `phx_error` or the answer to a heartbeat.
 *
 * No application code could catch an error here: these frames are written from timers and exit listeners. Their
 * payloads are plain, so a format that cannot encode them is broken, and only its own connection should be affected.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Frame } from "../protocol/message.ts";
import type { Connection } from "../transport/connection.ts";

/**
 * Encodes a frame of the library. If the format throws, the error is reported as `urvogel:socket:failed`, and the
 * connection closes with 1011. Never throws.
 *
 * @param connection The connection that the frame is for.
 * @param encode Encodes the frame.
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
