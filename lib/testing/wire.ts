/**
 * How a test client reaches its server: within the program, or over a real WebSocket.
 *
 * @module
 */

import { attempt } from "../base/attempt.ts";
import { oneLine } from "../base/printable.ts";
import { SocketProcess } from "../channel/socket_process.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import { Process, processOf } from "../otp/process/process.ts";
import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Frame } from "../protocol/message.ts";
import type { CloseOptions, Connection } from "../transport/connection.ts";
import type { AcceptedSocket, SocketSession } from "../transport/socket_driver.ts";
import { driverFailed } from "../transport/telemetry.ts";

/** How a connection ended. */
export interface Closed {
  /** The close code. */
  readonly code: number;
  /** The reason text sent with the close code. */
  readonly text: string;
}

/** Receives the frames and the end of a connection. */
export interface WireListener {
  /** Called for each frame of the server. */
  onFrame(frame: Frame): void;
  /**
   * Called when the server ended the connection; `reason` is the server's internal reason, if the server is in this
   * program.
   */
  onClose(closed: Closed, reason?: string | Error): void;
}

/** A connection to a server. */
export interface Wire {
  /** Sends a frame. Does nothing once the connection is closed. */
  send(frame: Frame): void;
  /** Closes the connection, as a client that leaves does. */
  close(): Promise<void>;
  /** Returns the process of a channel of this client, if the server is in this program. */
  channelOf(topic: string): Process | undefined;
}

/** The same limit as for a WebSocket. This wire itself buffers nothing. */
const MAX_BUFFERED_BYTES = 16_000_000;

/** A connection to a server of this program, without a network. */
export class LocalWire implements Wire {
  readonly #listener: WireListener;
  readonly #session: SocketSession;
  readonly #connection: Connection;
  #open = true;

  /** Opens a connection that a driver has accepted. */
  constructor(accepted: AcceptedSocket, listener: WireListener) {
    this.#listener = listener;
    this.#connection = {
      transport: "test",
      bufferedBytes: 0,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
      send: (frame) => void (this.#open && listener.onFrame(frame)),
      close: (code, options) => this.#closeByServer(code, options),
      reportFailure: (thrown) => driverFailed(thrown, { fields: { transport: "test" }, connection: this.#connection }),
    };
    this.#session = accepted.open(this.#connection);
  }

  /** Passes a frame to the server at once. If that throws, the connection is closed with 1011, as over a network. */
  send(frame: Frame): void {
    if (!this.#open) return;
    attempt(() => this.#session.handleIn(frame), (thrown) => this.#fail(thrown));
  }

  /** Ends the connection without a close frame, or with `reason`. */
  close(reason: ExitReason = { shutdown: "peer_closed" }): Promise<void> {
    if (this.#open) {
      this.#open = false;
      void this.#session.close(reason);
    }
    return Promise.resolve();
  }

  /** Finds the channel through the process of the connection. */
  channelOf(topic: string): Process | undefined {
    const socket = Process.list().find((pid) => pid instanceof SocketProcess && pid.carries(this.#connection));
    if (!(socket instanceof SocketProcess)) return undefined; // a driver without channels, or a closed connection
    const channel = socket.channels.find((channel) => channel.topic === topic)?.pid;
    return channel && processOf(channel);
  }

  #fail(thrown: unknown): void {
    this.#closeByServer(CLOSE_CODES.internalError, { reason: this.#connection.reportFailure(thrown) });
  }

  #closeByServer(code: number, { text = "", reason = "local_closed" }: CloseOptions = {}): void {
    if (!this.#open) return;
    this.#open = false;
    this.#listener.onClose({ code, text }, reason);
    // As with a real connection: the session is notified of the end later, not within its own call.
    queueMicrotask(() => void this.#session.close(typeof reason === "string" ? { shutdown: reason } : reason));
  }
}

/** A connection over a real WebSocket. */
export class WebSocketWire implements Wire {
  readonly #socket: WebSocket;
  readonly #closed: Promise<void>;

  private constructor(socket: WebSocket, listener: WireListener) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      listener.onFrame(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer));
    });
    this.#closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        listener.onClose({ code, text: reason });
        resolve();
      });
    });
  }

  /**
   * Connects.
   *
   * @param protocols The subprotocols to offer.
   * @throws {Error} If the server refuses. The text has the status, if the runtime says it.
   */
  static connect(url: URL, protocols: string[], listener: WireListener): Promise<WebSocketWire> {
    const socket = new WebSocket(url, protocols);
    socket.binaryType = "arraybuffer";
    const wire = new WebSocketWire(socket, listener);
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(wire));
      socket.addEventListener("error", (event) => {
        const why = "message" in event ? oneLine(String(event.message)) : "no reason was given";
        reject(new Error(`Cannot connect to ${url.origin}${url.pathname}: ${why}`));
      });
    });
  }

  /** Sends a frame. */
  send(frame: Frame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  /** Closes the connection, and waits until the server has answered. */
  async close(): Promise<void> {
    this.#socket.close();
    await this.#closed;
  }

  /** Returns `undefined`: the server runs elsewhere. */
  channelOf(): undefined {
    return undefined;
  }
}
