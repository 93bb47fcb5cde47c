/**
 * What a connection needs of a WebSocket, and what it is told by it: the seam between connections and the servers that
 * carry them.
 *
 * @module
 */

import type { Frame } from "../../protocol/message.ts";

/** A server's end of a WebSocket. */
export interface RawSocket {
  /** Bytes that were sent but have not left yet. */
  readonly bufferedAmount: number;
  /** Sends a frame. Never throws. */
  send(frame: Frame): void;
  /** Sends a close frame. The listener hears of the end when the client has answered or is gone. */
  close(code?: number, text?: string): void;
  /** Ends the TCP connection at once. A socket without it ends when its client does. */
  terminate?(): void;
  /** Asks for one `onDrain`, when all that was sent has left. A socket without it has to be asked. */
  requestDrain?(): void;
}

/** Gets what happens to a socket. Must not throw. */
export interface SocketListener {
  /** The handshake is complete. */
  onOpen(): void;
  /** A message of the client has come. */
  onMessage(frame: Frame): void;
  /** The client has shown that it is there without a message, such as by a ping. */
  onSign(): void;
  /** All that was sent has left, after `requestDrain`. */
  onDrain(): void;
  /** The client has broken a rule, and the socket has closed the connection with `code`: nothing more comes of it. */
  onBreach(code: number): void;
  /**
   * The conversation is over.
   *
   * @param code The client's close code, 1005 if it gave none, 1006 if the connection broke.
   * @param isClean Whether the client has sent a close frame.
   */
  onClose(code: number, isClean: boolean): void;
  /** The TCP connection is over, which may be long after the conversation. */
  onGone(): void;
}

/** How a socket is to be. */
export interface UpgradeOptions {
  /** The subprotocol that was agreed on. */
  readonly protocol: string | undefined;
  /** How large a message may be, in bytes on the wire. */
  readonly maxFrameBytes: number;
  /** Whether the client takes several text frames in one message, a line each. A server need not make use of it. */
  readonly takesBatches: boolean;
}

/** A socket that is about to open. */
export interface Upgrade {
  /** The socket. */
  readonly socket: RawSocket;
  /** What the server has to be given: the socket opens once it has been. */
  readonly response: Response;
  /** Names who gets what happens. To be called at once. */
  listen(listener: SocketListener): void;
}

/** Turns requests into WebSockets. `Deno.serve` is one such server. */
export interface WebSocketHost {
  /** Whether its sockets report signs of life and room to send, so that nobody has to guess or ask. */
  readonly isAttentive: boolean;
  /**
   * Turns a request into a socket.
   *
   * @throws If the request is none that can be turned into one.
   */
  upgrade(request: Request, options: UpgradeOptions): Upgrade;
}
