/**
 * The interface of the code behind a mount point: it decides which clients may connect, and receives their frames.
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
 * Handles the connections of a mount point. Phoenix's `Phoenix.Socket.Transport`.
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
 *
 * @category Transport
 */
export interface SocketDriver {
  /**
   * Decides about a connection.
   *
   * @param params The parameters of the URL's query and path.
   * @param info More information about the client.
   * @returns `ok(accepted)`, or `refuse(reason)`, which the mount's `errorHandler` turns into a response.
   */
  connect(params: Params, info: ConnectInfo): MaybePromise<Ok<AcceptedSocket> | Refuse>;
}

/** A driver that is informed when its decision came too late. */
export interface TimedDriver extends SocketDriver {
  /**
   * Called when `connect` has taken too long: its client was refused, and what it still decides is ignored. Must not
   * throw.
   *
   * @param info What `connect` was called with.
   */
  onLate?(info: ConnectInfo): void;
}

/**
 * A client that may connect, but whose connection is not open yet. If it vanishes before that, nothing more is called.
 *
 * @category Transport
 */
export interface AcceptedSocket {
  /** The name of the connection in telemetry and logs, such as `user:7`; `null` or `undefined` if it has none. */
  readonly id?: string | null;
  /**
   * Whether the client accepts batches: several text frames in one WebSocket message, one per line. If so, text frames
   * must not contain line breaks.
   *
   * @default {false}
   */
  readonly takesBatches?: boolean;
  /**
   * Takes a seat under the limit for the same client, such as the connections of one user. Called once, before
   * {@linkcode AcceptedSocket.open | open}. The transport releases the seat when the connection has ended or did not
   * open, unless the driver has already done so. No limit by default.
   *
   * @returns The seat, or `undefined` if none is left: then the client is refused with status 429.
   */
  takeSeat?(): Seat | undefined;
  /** Takes over the open connection. */
  open(connection: Connection): SocketSession;
}

/**
 * Receives the events of one open connection. If it throws or rejects, the connection is closed with 1011.
 *
 * @category Transport
 */
export interface SocketSession {
  /**
   * Receives a frame of the client. The next frame does not wait for a returned promise: if order matters, ensure it
   * yourself.
   */
  handleIn(frame: Frame): MaybePromise<void>;
  /** Called once, when the connection has ended. */
  close(reason: ExitReason): MaybePromise<void>;
}
