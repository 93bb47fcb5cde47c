/**
 * What stands behind a mount point: decides who may connect, and gets the frames of those who may.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import type { Ok, Refuse } from "../otp/server/result.ts";
import type { Seat } from "../limits/seat.ts";
import type { Frame } from "../protocol/message.ts";
import type { ConnectInfo } from "./request/connect_info.ts";
import type { Connection } from "./connection.ts";
import type { Params } from "./request/params.ts";

/**
 * Drives the connections of a mount point. Phoenix's `Phoenix.Socket.Transport`.
 *
 * Channels are one such driver. A socket without channels is another, and short:
 *
 * ```ts
 * import { Endpoint, ok, type SocketDriver } from "@urvogel/realtime";
 *
 * const echo: SocketDriver = {
 *   connect: () =>
 *     ok({
 *       open(connection) {
 *         return { handleIn: (frame) => connection.send(frame), close() {} };
 *       },
 *     }),
 * };
 * const endpoint = new Endpoint({ sockets: { "/echo": echo } });
 * ```
 */
export interface SocketDriver {
  /**
   * Decides about a connection.
   *
   * @param params The parameters of the URL's query and path.
   * @param info What else is known of the client.
   * @returns `ok(accepted)`, or `refuse(reason)`, which the mount's `errorHandler` turns into a response.
   */
  connect(params: Params, info: ConnectInfo): MaybePromise<Ok<AcceptedSocket> | Refuse>;
}

/** A client that may connect and has not quite. It may still vanish: then nothing more is called. */
export interface AcceptedSocket {
  /** What the connection is called in telemetry and logs, such as `user:7`; `null` or nothing if it has no name. */
  readonly id?: string | null;
  /**
   * Whether the client takes batches: several text frames in one WebSocket message, a line each. Then no text frame may
   * hold a line break.
   *
   * @default {false}
   */
  readonly takesBatches?: boolean;
  /**
   * Takes a seat among those of the same client, such as the connections of one user. Called once, before
   * {@linkcode open}; the transport gives the seat back when the connection has ended or never came, if the driver has not
   * done so before. Not limited by default.
   *
   * @returns The seat, or `undefined` if there is none left: then the client is refused with status 429.
   */
  takeSeat?(): Seat | undefined;
  /** Takes over the open connection. */
  open(connection: Connection): SocketSession;
}

/** Gets what happens on one open connection. What it throws, or rejects with, closes that connection with 1011. */
export interface SocketSession {
  /** Gets a frame of the client. The next one does not wait for a promise: keep their order yourself if you need it. */
  handleIn(frame: Frame): MaybePromise<void>;
  /** Hears, once, that the connection is over. */
  close(reason: ExitReason): MaybePromise<void>;
}
