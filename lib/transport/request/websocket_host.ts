/**
 * The interface between connections and the servers that carry their WebSockets.
 *
 * @module
 */

import type { Frame } from "../../protocol/message.ts";

/**
 * A server's end of a WebSocket.
 *
 * @category Transport
 */
export interface RawSocket {
  /** Bytes that were sent but have not left yet. */
  readonly bufferedAmount: number;
  /** Sends a frame. Never throws. */
  send(frame: Frame): void;
  /** Sends a close frame. The listener's `onClose` is called when the client has confirmed it or is gone. */
  close(code?: number, text?: string): void;
  /** Ends the TCP connection at once. A socket without this method ends when its client disconnects. */
  terminate?(): void;
  /** Requests one `onDrain` call once everything sent has left. A socket without this method has to be polled. */
  requestDrain?(): void;
}

/**
 * Receives the events of a socket. Must not throw.
 *
 * @category Transport
 */
export interface SocketListener {
  /** The handshake is complete. */
  onOpen(): void;
  /** A message of the client has arrived. */
  onMessage(frame: Frame): void;
  /** The client has given a sign of life that is not a message, such as a ping. */
  onSign(): void;
  /** Everything sent has left. Called once after `requestDrain`. */
  onDrain(): void;
  /** The client violated the protocol, and the socket closed the connection with `code`. No more messages follow. */
  onBreach(code: number): void;
  /**
   * The WebSocket is closed.
   *
   * @param code The client's close code, 1005 if it gave none, 1006 if the connection broke.
   * @param isClean Whether the client has sent a close frame.
   */
  onClose(code: number, isClean: boolean): void;
  /** The TCP connection has ended, which may be long after `onClose`. */
  onGone(): void;
}

/**
 * Options of a socket that is about to open.
 *
 * @category Transport
 */
export interface UpgradeOptions {
  /** The negotiated subprotocol. */
  readonly protocol: string | undefined;
  /** Maximum size of a message, in bytes on the wire. */
  readonly maxFrameBytes: number;
  /** Whether the client accepts several text frames in one message, one per line. A server may ignore this. */
  readonly takesBatches: boolean;
}

/**
 * A socket that is about to open.
 *
 * @category Transport
 */
export interface Upgrade {
  /** The socket. */
  readonly socket: RawSocket;
  /** The response to return to the server. The socket opens once that has happened. */
  readonly response: Response;
  /** Sets the listener of the socket. Must be called at once. */
  listen(listener: SocketListener): void;
}

/**
 * Turns requests into WebSockets. `Deno.serve` is one such server.
 *
 * @category Transport
 */
export interface WebSocketHost {
  /** Whether its sockets report signs of life and room to send, so that no polling is needed. */
  readonly isAttentive: boolean;
  /**
   * Turns a request into a socket.
   *
   * @throws If the request cannot be turned into a socket.
   */
  upgrade(request: Request, options: UpgradeOptions): Upgrade;
}
