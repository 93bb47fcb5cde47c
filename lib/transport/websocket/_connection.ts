/**
 * One WebSocket from the upgrade to its end, whatever server carries it.
 *
 * Deno's sockets have gaps that this file closes: a client that vanishes during the handshake leaves a socket that never
 * opens nor closes, one that does not answer a close leaves one that never ends, `close` may come twice, and what a
 * handler throws becomes an error of the whole program. Sockets that can do more say so by the optional methods of
 * {@linkcode RawSocket}.
 *
 * ```text
 * opening ── open ──> open ── close(), silence, fault ──> closing ── answered or late ──> closed
 *    └── never opened: nobody is told        └── the client went ─────────────────────────────┘
 * ```
 *
 * A client that is late to answer a close is forgotten, but keeps its seat until its TCP connection is gone: at once
 * where that can be ended, else when Deno says `close`. One that never opened gives its seat back at once, for nothing
 * more will be said of it.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Alarm } from "../../base/alarm.ts";
import { attempt } from "../../base/attempt.ts";
import type { Log } from "../../base/log.ts";
import type { LogFields } from "../../base/log_record.ts";
import type { ExitReason } from "../../otp/process/exit_reason.ts";
import { assertClose, CLOSE_CODES } from "../../protocol/close_codes.ts";
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

/** What all connections of a mount share. */
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
 * How much is handed to the socket before the client has read it. Deno keeps it whatever happens, until TCP gives up;
 * what comes on top waits in an outbox, which can be thrown away.
 */
const MOST_IN_FLIGHT_BYTES = 1_048_576;

/** What there is of a connection while something waits for its client. */
interface SlowReading {
  readonly outbox: Outbox;
  readonly pace: ReadingPace;
  /** What the socket had to send the last time, exactly. */
  heldBytes: number;
  /** What the client has read since the last look of the sweep. */
  readBytes: number;
  /** Whether the client had read anything at the last look. At first it gets the benefit of the doubt. */
  reads: boolean;
}

/** The connection behind a WebSocket. */
export class WebSocketConnection implements Connection, Watched, Draining, SocketListener {
  readonly transport = "websocket";
  lastSeen = 0;
  readonly #socket: RawSocket;
  readonly #limits: ConnectionLimits;
  readonly #seat: Seat;
  /** What logs say of the client. */
  readonly #fields: LogFields;
  // While opening: the client must arrive. While closing: it must answer. An idle connection has none.
  #deadline: Alarm | undefined;
  #phase: Phase;
  // No less than what the socket holds: grows with each frame, and is set right when it has grown too large to be true.
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
    limits.open.expect(this);
    this.#deadline = new Alarm(() => this.#neverOpened()).set(limits.connectTimeoutMs);
  }

  /** Bytes that wait for a slow client. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount + (this.#slow?.outbox.bytes ?? 0);
  }

  get maxBufferedBytes(): number {
    return this.#limits.maxBufferedBytes;
  }

  /** Sends a frame, or lets it wait for a slow client. */
  send(frame: Frame, lane?: Lane): void {
    if (this.#phase.name !== "open") return;
    if (this.#slow) return this.#wait(this.#slow, frame, lane);
    if (!this.#hasRoom()) return this.#wait(this.#beginToWait(), frame, lane);
    this.#write(frame);
  }

  /** Sends what there is room for; closes the connection of a client that reads too slowly. Called by the sweep. */
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

  /** Sends what there is room for. Called by a socket whose client has read all that was sent. */
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
    // At the end of the turn: what the client has sent meanwhile is read by then. Deno would drop the connection over it,
    // and the close frame with it.
    setImmediate(() => this.#socket.close(code, text));
  }

  /** Reports what the session threw. */
  reportFailure(thrown: unknown): Error {
    return driverFailed(thrown, { log: this.#limits.log, fields: this.#fields, connection: this });
  }

  /** The client has shown that it is there. */
  onSign(): void {
    this.lastSeen = this.#limits.idle.now;
  }

  /** The client broke a rule, and its socket has closed the connection. */
  onBreach(code: number): void {
    const isTooBig = code === CLOSE_CODES.messageTooBig;
    if (isTooBig) limitHit("maxFrameBytes", { max: this.#limits.maxFrameBytes, connection: this });
    this.#ended(isTooBig ? "local_closed" : "protocol_error", code);
  }

  /** The conversation is over. Who ended it is said in the words of Phoenix's web server. */
  onClose(code: number, isClean: boolean): void {
    this.#ended(isClean ? "local_closed" : "peer_closed", code);
  }

  /** The TCP connection is over. */
  onGone(): void {
    this.#seat.release();
  }

  /** Called by the sweep. */
  onSilence(): void {
    limitHit("timeoutMs", { max: this.#limits.idle.timeoutMs, connection: this });
    this.close(CLOSE_CODES.goingAway, { reason: "read_timeout" });
  }

  /** The client has arrived. */
  onOpen(): void {
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

  /** A message has come. */
  onMessage(frame: Frame): void {
    if (this.#phase.name !== "open") return;
    this.lastSeen = this.#limits.idle.now;
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

  /** Sees what the client has read. Returns what is still under way. */
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
    this.close(CLOSE_CODES.slowReader, { text: "reads too slowly", reason: "slow_reader" });
    return false;
  }

  /**
   * The connection closes in order: a client that reads gets what waits, as far as that is no more than may wait. Deno
   * would keep it for one that does not read.
   */
  #sendLast({ outbox, heldBytes, reads }: SlowReading): void {
    this.#endWaiting();
    let sentBytes = this.#socket.bufferedAmount;
    if (!reads && sentBytes >= heldBytes) return;
    while (!outbox.isEmpty && sentBytes < this.#limits.maxBufferedBytes) {
      const before = outbox.bytes;
      this.#socket.send(outbox.take()!);
      sentBytes += before - outbox.bytes;
    }
  }

  #neverOpened(): void {
    limitHit("connectTimeoutMs", { max: this.#limits.connectTimeoutMs, connection: this });
    this.#seat.release();
    this.#ended("peer_closed", ABNORMAL);
  }

  #neverAnswered(): void {
    limitHit("closeTimeoutMs", { max: this.#limits.closeTimeoutMs, connection: this });
    this.#socket.terminate?.();
    this.#ended("local_closed", ABNORMAL);
  }

  /** The end, however it came. It may come twice, or not at all. */
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
    connectionClosed.emit({ connection: this, reason: end.reason, code: end.code });
    attempt(() => phase.session.close(end.reason), (thrown) => void this.reportFailure(thrown));
  }
}

/** RFC 6455's code for a connection that broke off. */
const ABNORMAL = 1006;
