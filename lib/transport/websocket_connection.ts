/**
 * One WebSocket from the upgrade to its end.
 *
 * Deno's sockets have gaps that this file closes: a client that vanishes during the handshake leaves a socket that never
 * opens nor closes, one that does not answer a close leaves one that never ends, `close` may come twice, and what a
 * handler throws becomes an error of the whole program.
 *
 * ```text
 * opening ── open ──> open ── close(), silence, fault ──> closing ── answered or late ──> closed
 *    └── never opened: nobody is told        └── the client went ─────────────────────────────┘
 * ```
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Alarm } from "../base/alarm.ts";
import { type ExitReason, exitReasonOf } from "../otp/exit_reason.ts";
import { assertClose, CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Frame } from "../protocol/message.ts";
import type { CloseOptions, Connection } from "./connection.ts";
import type { ConnectionSet } from "./connection_set.ts";
import { isLargerThan } from "./frame_size.ts";
import type { IdleSweep, Watched } from "./idle_sweep.ts";
import type { AcceptedSocket, SocketSession } from "./socket_driver.ts";
import { connectionClosed, driverFailed } from "./telemetry.ts";

/** What all connections of a mount share. */
export interface ConnectionLimits {
  /** See `WebSocketOptions`. */
  readonly maxFrameBytes: number;
  /** See `WebSocketOptions`. */
  readonly connectTimeoutMs: number;
  /** See `WebSocketOptions`. */
  readonly closeTimeoutMs: number;
  /** Finds silent connections. */
  readonly idle: IdleSweep;
  /** The connections that are open. */
  readonly open: ConnectionSet;
}

type Phase =
  | { readonly name: "opening"; readonly accepted: AcceptedSocket }
  | { readonly name: "open"; readonly session: SocketSession }
  | { readonly name: "closing"; readonly session: SocketSession; readonly reason: ExitReason }
  | { readonly name: "closed" };

const CLOSED: Phase = { name: "closed" };

/** The connection behind one of Deno's WebSockets. */
export class WebSocketConnection implements Connection, Watched, EventListenerObject {
  readonly transport = "websocket";
  lastSeen = 0;
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  // While opening: the client must arrive. While closing: it must answer. An idle connection has none.
  #deadline: Alarm | undefined;
  #phase: Phase;

  /** Takes over `socket`, which is about to open. */
  constructor(socket: WebSocket, accepted: AcceptedSocket, limits: ConnectionLimits) {
    this.#socket = socket;
    this.#limits = limits;
    this.#phase = { name: "opening", accepted };
    socket.binaryType = "arraybuffer";
    for (const event of EVENTS) socket.addEventListener(event, this);
    this.#deadline = new Alarm(() => this.#ended("peer_closed")).set(limits.connectTimeoutMs);
  }

  /** Bytes that wait for a slow client. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Sends a frame. */
  send(frame: Frame): void {
    if (this.#phase.name === "open") this.#socket.send(frame);
  }

  /** Closes the connection. */
  close(code: number, { text = "", reason = "local_closed" }: CloseOptions = {}): void {
    assertClose(code, text);
    if (this.#phase.name !== "open") return;
    const why = typeof reason === "string" ? { shutdown: reason } : reason;
    this.#phase = { name: "closing", session: this.#phase.session, reason: why };
    this.#limits.idle.delete(this);
    this.#deadline = new Alarm(() => this.#ended("local_closed")).set(this.#limits.closeTimeoutMs);
    // At the end of the turn: what the client has sent meanwhile is read by then. Deno would drop the connection over it,
    // and the close frame with it.
    setImmediate(() => this.#socket.close(code, text));
  }

  /** Called by Deno for each event of the socket. */
  handleEvent(event: Event): void {
    switch (event.type) {
      case "message":
        return this.#received((event as MessageEvent).data);
      case "open":
        return this.#opened();
      case "close":
        return this.#ended(closedBy(event as CloseEvent));
      case "error": // `close` follows; without a listener the program would end
        return;
    }
  }

  /** Called by the sweep. */
  onSilence(): void {
    this.close(CLOSE_CODES.goingAway, { reason: "read_timeout" });
  }

  #opened(): void {
    if (this.#phase.name !== "opening") return this.#socket.close(CLOSE_CODES.goingAway); // it came too late
    this.#deadline?.clear();
    this.#deadline = undefined;
    const { accepted } = this.#phase;
    const session: { open?: SocketSession } = {};
    // Open before the driver is told, so that it may send and close at once.
    this.#phase = {
      name: "open",
      session: { handleIn: (frame) => session.open?.handleIn(frame), close: (reason) => session.open?.close(reason) },
    };
    this.#limits.idle.add(this);
    this.#limits.open.add(this); // last: a mount that drains closes at once
    try {
      session.open = accepted.open(this);
      if (this.#phase.name === "open") this.#phase = { name: "open", session: session.open };
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #received(data: string | ArrayBuffer): void {
    if (this.#phase.name !== "open") return;
    this.lastSeen = this.#limits.idle.now;
    const frame: Frame = typeof data === "string" ? data : new Uint8Array(data);
    if (isLargerThan(frame, this.#limits.maxFrameBytes)) return this.close(CLOSE_CODES.messageTooBig);
    try {
      const done = this.#phase.session.handleIn(frame);
      if (done instanceof Promise) done.catch((thrown) => this.#fail(thrown));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    const error = exitReasonOf(thrown);
    driverFailed(error);
    this.close(CLOSE_CODES.internalError, { reason: error });
  }

  /** The end, however it came. Deno may tell of it twice, or not at all. */
  #ended(how: string): void {
    const phase = this.#phase;
    if (phase.name === "closed") return;
    this.#phase = CLOSED;
    this.#deadline?.clear();
    for (const event of EVENTS) if (event !== "error") this.#socket.removeEventListener(event, this);
    this.#limits.idle.delete(this);
    this.#limits.open.delete(this);
    if (phase.name === "opening") return this.#socket.addEventListener("open", () => this.#socket.close());
    const reason: ExitReason = phase.name === "closing" ? phase.reason : { shutdown: how };
    connectionClosed.emit({ connection: this, reason });
    try {
      const done = phase.session.close(reason);
      if (done instanceof Promise) done.catch((thrown) => driverFailed(exitReasonOf(thrown)));
    } catch (thrown) {
      driverFailed(exitReasonOf(thrown));
    }
  }
}

const EVENTS = ["open", "message", "close", "error"] as const;

/** Who ended the connection, in the words of Phoenix's web server. Deno's code for a connection that broke is 0. */
function closedBy(event: CloseEvent): string {
  return event.wasClean && event.code !== 0 ? "local_closed" : "peer_closed";
}
