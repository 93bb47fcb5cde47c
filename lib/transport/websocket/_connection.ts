/**
 * The connection of one WebSocket, from the upgrade to its end, on any server.
 *
 * This file works around gaps of Deno's sockets. If a client vanishes during the handshake, its socket neither opens
 * nor closes. If a client does not answer a close, its socket never ends. `close` may come twice, and an exception in a
 * handler ends the program. Sockets that can do more implement the optional methods of {@linkcode RawSocket}.
 *
 * ```text
 * opening ── open ──> open ── close(), silence, fault ──> closing ── answered or late ──> closed
 *    └── never opened: nobody is told        └── the client went ─────────────────────────────┘
 * ```
 *
 * If a client does not answer a close in time, its session ends, but its seat is kept until its TCP connection has
 * ended: at once if the socket can end it, otherwise when Deno reports `close`. A connection that never opened releases
 * its seat at once, since no event will follow.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import { setImmediate } from "node:timers";
import { Alarm } from "../../base/alarm.ts";
import { attempt } from "../../base/attempt.ts";
import type { Log } from "../../base/log.ts";
import type { LogFields } from "../../base/log_record.ts";
import type { ExitReason } from "../../otp/process/exit_reason.ts";
import { assertClose, CLOSE_CODES, UNSENT_CLOSE_CODES } from "../../protocol/close_codes.ts";
import { READS_TOO_SLOWLY } from "../../protocol/close_texts.ts";
import type { Frame } from "../../protocol/message.ts";
import { type Seat, UNCOUNTED } from "../../limits/seat.ts";
import type { CloseOptions, Connection } from "../connection.ts";
import type { ConnectionSet } from "../connection_set.ts";
import { isLargerThan } from "../../limits/frame_size.ts";
import { ReadingPace } from "../../limits/reading_pace.ts";
import type { Draining, DrainSweep } from "../drain_sweep.ts";
import type { IdleSweep, Watched } from "../idle_sweep.ts";
import { type Lane, Outbox } from "../outbox.ts";
import type { AcceptedSocket, SocketSession } from "../socket_driver.ts";
import { limitHit } from "../../limits/telemetry.ts";
import type { RawSocket, SocketListener } from "../request/websocket_host.ts";
import { connectionClosed, driverFailed, reportDrop } from "../telemetry.ts";
import { traffic } from "../traffic.ts";

/** Limits and objects that all connections of a mount share. */
export interface ConnectionLimits {
  readonly maxFrameBytes: number;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly maxBufferedBytes: number;
  readonly slowReaderTimeoutMs: number;
  /** Sends what waits for slow readers. */
  readonly drain: DrainSweep;
  /** Finds silent connections. */
  readonly idle: IdleSweep;
  /** The connections that are open. */
  readonly open: ConnectionSet;
  /** Where failures are logged. */
  readonly log?: Log | undefined;
}

type Phase =
  | { readonly name: "opening"; readonly accepted: AcceptedSocket }
  | { readonly name: "open"; readonly session: SocketSession }
  | { readonly name: "closing"; readonly session: SocketSession; readonly reason: ExitReason; readonly code: number }
  | { readonly name: "closed" };

const CLOSED: Phase = { name: "closed" };

/**
 * How long a handshake may take in a mount that drains. Of one that goes on, only the response has yet to be sent; of a
 * client that vanished, Deno reports nothing.
 */
const HURRIED_OPENING_MS = 1000;

/**
 * Maximum number of unread bytes that are handed to the socket. Deno keeps them until TCP gives up. Further frames wait
 * in an outbox, which can be discarded.
 */
const MOST_IN_FLIGHT_BYTES = 1_048_576;

/** The state of a connection while frames wait for its client. */
interface SlowReading {
  readonly outbox: Outbox;
  readonly pace: ReadingPace;
  /** The number of bytes the socket held at the last check. */
  heldBytes: number;
  /** The number of bytes the client has read since the last check of the sweep. */
  readBytes: number;
  /** Whether the client had read anything at the last check. Initially `true`. */
  reads: boolean;
}

/** The connection behind a WebSocket. */
export class WebSocketConnection implements Connection, Watched, Draining, SocketListener {
  readonly transport = "websocket";
  lastSeen = 0;
  readonly #socket: RawSocket;
  readonly #limits: ConnectionLimits;
  readonly #seat: Seat;
  /** Log fields that identify the client. */
  readonly #fields: LogFields;
  // While opening: limits the handshake. While closing, and when it opened too late: limits the client's answer. An open
  // connection has none.
  #deadline: Alarm | undefined;
  #phase: Phase;
  #openedAt = 0; // in whole milliseconds, which take no memory of their own
  // Upper bound of what the socket holds. It grows with each frame, and is corrected when it exceeds the limit.
  #inFlightBytes = 0;
  #slow: SlowReading | undefined;

  /** Takes over `socket`, which is about to open. */
  constructor(
    socket: RawSocket,
    accepted: AcceptedSocket,
    limits: ConnectionLimits,
    seat: Seat = UNCOUNTED,
    fields: LogFields = {},
  ) {
    this.#socket = socket;
    this.#seat = seat;
    this.#fields = fields;
    this.#limits = limits;
    this.#phase = { name: "opening", accepted };
    this.#deadline = new Alarm(() => this.#neverOpened()).set(limits.connectTimeoutMs);
    limits.open.expect(this, () => this.#hurry());
  }

  /** The number of bytes that wait for a slow client. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount + (this.#slow?.outbox.bytes ?? 0);
  }

  get maxBufferedBytes(): number {
    return this.#limits.maxBufferedBytes;
  }

  /** Sends a frame, or queues it for a slow client. */
  send(frame: Frame, lane?: Lane): void {
    if (this.#phase.name !== "open") return;
    if (this.#slow) return this.#wait(this.#slow, frame, lane);
    if (!this.#hasRoom()) return this.#wait(this.#beginToWait(), frame, lane);
    this.#write(frame);
  }

  /**
   * Sends as much as there is room for; closes the connection if its client reads too slowly. Called by the sweep when
   * the client was silent for too long.
   */
  drain(elapsedMs: number): boolean {
    const slow = this.#slow!;
    const { outbox, pace } = slow;
    const sentBytes = this.#look(slow);
    const { readBytes } = slow;
    slow.readBytes = 0;
    slow.reads = readBytes > 0;
    if (pace.isTooSlow({ readBytes, sentBytes, waitingBytes: outbox.bytes, elapsedMs })) return this.#giveUp(slow);
    this.#sendWaiting(slow, sentBytes);
    return slow.reads;
  }

  /** Sends as much as there is room for. Called by a socket whose client has read everything. */
  onDrain(): void {
    if (!this.#slow) return;
    this.#sendWaiting(this.#slow, this.#look(this.#slow));
    if (this.#slow) this.#socket.requestDrain?.();
  }

  /** Closes the connection. */
  close(code: number, { text = "", reason = "local_closed" }: CloseOptions = {}): void {
    assertClose(code, text);
    if (this.#phase.name !== "open") return;
    const why = typeof reason === "string" ? { shutdown: reason } : reason;
    this.#phase = { name: "closing", session: this.#phase.session, reason: why, code };
    this.#limits.idle.delete(this);
    this.#deadline = new Alarm(() => this.#neverAnswered()).set(this.#limits.closeTimeoutMs);
    if (this.#slow) this.#sendLast(this.#slow);
    // At the end of the turn, when data that the client has just sent has been read. Unread data would make Deno drop
    // the connection, and with it the close frame.
    setImmediate(() => this.#socket.close(code, text));
  }

  /** Reports what the session threw. */
  reportFailure(thrown: unknown): Error {
    return driverFailed(thrown, { log: this.#limits.log, fields: this.#fields, connection: this });
  }

  /** Called when the client gives a sign of life. */
  onSign(): void {
    this.lastSeen = this.#limits.idle.now;
  }

  /** Called when the client violated the protocol and its socket closed the connection. */
  onBreach(code: number): void {
    const isTooBig = code === CLOSE_CODES.messageTooBig;
    if (isTooBig) limitHit("maxFrameBytes", { max: this.#limits.maxFrameBytes, connection: this });
    this.#ended(isTooBig ? "local_closed" : "protocol_error", code);
  }

  /** Called when the WebSocket is closed. The reason is worded as by Phoenix's web server. */
  onClose(code: number, isClean: boolean): void {
    this.#ended(isClean ? "local_closed" : "peer_closed", code);
  }

  /** Called when the TCP connection has ended. */
  onGone(): void {
    this.#deadline?.clear();
    this.#seat.release();
  }

  /** Called by the sweep when the client was silent for too long. */
  onSilence(): void {
    limitHit("timeoutMs", { max: this.#limits.idle.timeoutMs, connection: this });
    this.close(CLOSE_CODES.goingAway, { reason: "read_timeout" });
  }

  /** Called when the handshake is complete. */
  onOpen(): void {
    if (this.#phase.name !== "opening") return this.#openedLate();
    this.#deadline?.clear();
    this.#deadline = undefined;
    const { accepted } = this.#phase;
    const session: { open?: SocketSession } = {};
    // Set to open before the driver is called, so that it may send and close at once.
    this.#phase = {
      name: "open",
      session: { handleIn: (frame) => session.open?.handleIn(frame), close: (reason) => session.open?.close(reason) },
    };
    this.#openedAt = Math.trunc(monotonicMs());
    this.#limits.idle.add(this);
    this.#limits.open.add(this); // last: a mount that drains closes at once
    try {
      session.open = accepted.open(this);
      if (this.#phase.name === "open") this.#phase = { name: "open", session: session.open };
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Called when a message has arrived. */
  onMessage(frame: Frame): void {
    if (this.#phase.name !== "open") return;
    this.lastSeen = this.#limits.idle.now;
    traffic.addReceived(frame);
    const { maxFrameBytes } = this.#limits;
    if (isLargerThan(frame, maxFrameBytes)) {
      limitHit("maxFrameBytes", { max: maxFrameBytes, connection: this });
      return this.close(CLOSE_CODES.messageTooBig);
    }
    const { session } = this.#phase;
    attempt(() => session.handleIn(frame), (thrown) => this.#fail(thrown));
  }

  #fail(thrown: unknown): void {
    this.close(CLOSE_CODES.internalError, { reason: this.reportFailure(thrown) });
  }

  #hasRoom(): boolean {
    const most = Math.min(MOST_IN_FLIGHT_BYTES, this.#limits.maxBufferedBytes / 2);
    if (this.#inFlightBytes < most) return true; // nearly always: no need to ask
    this.#inFlightBytes = this.#socket.bufferedAmount;
    return this.#inFlightBytes < most;
  }

  #write(frame: Frame): void {
    this.#inFlightBytes += typeof frame === "string" ? frame.length * 3 : frame.byteLength;
    traffic.addSent(frame);
    this.#socket.send(frame);
  }

  #wait({ outbox }: SlowReading, frame: Frame, lane: Lane | undefined): void {
    reportDrop(this, lane, outbox.put(frame, lane));
  }

  #beginToWait(): SlowReading {
    const { drain, maxBufferedBytes, slowReaderTimeoutMs } = this.#limits;
    drain.add(this);
    const pace = new ReadingPace(maxBufferedBytes, slowReaderTimeoutMs);
    const heldBytes = this.#socket.bufferedAmount;
    this.#slow = { outbox: new Outbox(), pace, heldBytes, readBytes: 0, reads: true };
    this.#socket.requestDrain?.();
    return this.#slow;
  }

  /** Updates how much the client has read. Returns how many bytes are still unread. */
  #look(slow: SlowReading): number {
    const sentBytes = this.#inFlightBytes = this.#socket.bufferedAmount;
    slow.readBytes += slow.heldBytes - sentBytes;
    slow.heldBytes = sentBytes;
    return sentBytes;
  }

  #sendWaiting(slow: SlowReading, sentBytes: number): void {
    const { outbox } = slow;
    const waitedBytes = outbox.bytes;
    while (!outbox.isEmpty && this.#hasRoom()) this.#write(outbox.take()!);
    slow.heldBytes = sentBytes + waitedBytes - outbox.bytes;
    if (outbox.isEmpty) this.#endWaiting();
  }

  #endWaiting(): void {
    this.#slow = undefined;
    this.#limits.drain.delete(this);
  }

  #giveUp({ outbox }: SlowReading): false {
    const { maxBufferedBytes } = this.#limits;
    limitHit("maxBufferedBytes", {
      max: maxBufferedBytes,
      found: this.#inFlightBytes + outbox.bytes,
      connection: this,
    });
    this.#endWaiting();
    this.close(CLOSE_CODES.slowReader, { text: READS_TOO_SLOWLY, reason: "slow_reader" });
    return false;
  }

  /**
   * Sends the waiting frames before a normal close, up to the limit for waiting bytes, if the client reads. For a
   * client that does not read, Deno would keep them.
   */
  #sendLast({ outbox, heldBytes, reads }: SlowReading): void {
    this.#endWaiting();
    let sentBytes = this.#socket.bufferedAmount;
    if (!reads && sentBytes >= heldBytes) return;
    while (!outbox.isEmpty && sentBytes < this.#limits.maxBufferedBytes) {
      const before = outbox.bytes;
      const frame = outbox.take()!;
      traffic.addSent(frame);
      this.#socket.send(frame);
      sentBytes += before - outbox.bytes;
    }
  }

  #neverOpened(): void {
    limitHit("connectTimeoutMs", { max: this.#limits.connectTimeoutMs, connection: this });
    this.#giveUpOpening();
  }

  /** The mount drains, which a client that vanished must not hold up. */
  #hurry(): void {
    if (this.#limits.connectTimeoutMs <= HURRIED_OPENING_MS) return;
    this.#deadline?.clear();
    this.#deadline = new Alarm(() => this.#giveUpOpening()).set(HURRIED_OPENING_MS);
  }

  #giveUpOpening(): void {
    this.#seat.release();
    this.#ended("peer_closed", UNSENT_CLOSE_CODES.abnormal);
  }

  /** Sends a client away whose handshake was given up. Its seat is gone, so its TCP connection must not stay. */
  #openedLate(): void {
    this.#deadline = new Alarm(() => this.#socket.terminate?.()).set(this.#limits.closeTimeoutMs);
    this.#socket.close(CLOSE_CODES.goingAway);
  }

  #neverAnswered(): void {
    limitHit("closeTimeoutMs", { max: this.#limits.closeTimeoutMs, connection: this });
    this.#socket.terminate?.();
    this.#ended("local_closed", UNSENT_CLOSE_CODES.abnormal);
  }

  /** Handles the end of the connection. May be called twice, or not at all. */
  #ended(how: string, code: number): void {
    const phase = this.#phase;
    if (phase.name === "closed") return;
    this.#phase = CLOSED;
    this.#deadline?.clear();
    if (this.#slow) this.#endWaiting();
    this.#limits.idle.delete(this);
    this.#limits.open.delete(this);
    if (phase.name === "opening") return;
    const end = phase.name === "closing" ? phase : { reason: { shutdown: how }, code };
    const durationMs = Math.max(monotonicMs() - this.#openedAt, 0);
    connectionClosed.emit({ connection: this, reason: end.reason, code: end.code, durationMs });
    attempt(() => phase.session.close(end.reason), (thrown) => void this.reportFailure(thrown));
  }
}
