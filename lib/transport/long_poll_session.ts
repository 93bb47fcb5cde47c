/**
 * One client that polls: a connection without a wire of its own.
 *
 * What the server sends waits here until a poll takes it along.
 *
 * ```text
 * open ── close(), not polled ──> closing (frames wait for a last poll) ──> closed
 *   └─────────────────────── nothing waits ────────────────────────────────────┘
 * ```
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { attempt } from "../base/attempt.ts";
import type { ExitReason } from "../otp/exit_reason.ts";
import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Frame } from "../protocol/message.ts";
import { type Seat, UNCOUNTED } from "../limits/seat.ts";
import type { CloseOptions, Connection } from "./connection.ts";
import type { ConnectionSet } from "./connection_set.ts";
import type { IdleSweep, Watched } from "./idle_sweep.ts";
import { type Lane, Outbox } from "./outbox.ts";
import type { AcceptedSocket, SocketSession } from "./socket_driver.ts";
import { connectionClosed, driverFailed, limitHit, reportDrop } from "./telemetry.ts";

/** What all sessions of a mount share. */
export interface SessionContext {
  /** See `LongPollOptions`. */
  readonly windowMs: number;
  /** See `LongPollOptions`. */
  readonly maxBufferedBytes: number;
  /** Finds sessions that nobody polls. */
  readonly idle: IdleSweep;
  /** The sessions that are open. */
  readonly open: ConnectionSet;
  /** Called when a session is over and nothing of it is left. */
  readonly onGone: (session: LongPollSession) => void;
}

/** What a poll brings. */
export type Polled =
  | { readonly outcome: "frames"; readonly frames: readonly Frame[] }
  /** Nothing came within the window. */
  | { readonly outcome: "nothing" };

type Phase =
  | { readonly name: "open"; readonly session: SocketSession | undefined }
  | { readonly name: "closing" }
  | { readonly name: "closed" };

const NOTHING: Polled = { outcome: "nothing" };

/** The connection behind the polls of one client. */
export class LongPollSession implements Connection, Watched {
  readonly transport = "longpoll";
  readonly id: string;
  lastSeen = 0;
  readonly #context: SessionContext;
  readonly #seat: Seat;
  #phase: Phase = { name: "open", session: undefined };
  readonly #outbox: Outbox = new Outbox();
  #poll: ((polled: Polled) => void) | undefined;
  #flushing = false;

  /** Opens a session that `accepted` is about to take over. */
  constructor(id: string, accepted: AcceptedSocket, context: SessionContext, seat: Seat = UNCOUNTED) {
    this.id = id;
    this.#seat = seat;
    this.#context = context;
    context.idle.add(this);
    context.open.add(this);
    if (this.isOpen) this.#open(accepted);
  }

  /** Whether messages of the client are taken. */
  get isOpen(): boolean {
    return this.#phase.name === "open";
  }

  /** Bytes that wait for a poll. */
  get bufferedBytes(): number {
    return this.#outbox.bytes;
  }

  /** See `LongPollOptions`. */
  get maxBufferedBytes(): number {
    return this.#context.maxBufferedBytes;
  }

  /** Keeps a frame for the next poll, or gives it to the one that waits. */
  send(frame: Frame, lane?: Lane): void {
    if (this.#phase.name !== "open") return;
    reportDrop(this, lane, this.#outbox.put(frame, lane));
    const { maxBufferedBytes } = this.#context;
    if (this.#outbox.bytes > maxBufferedBytes) {
      limitHit("maxBufferedBytes", { max: maxBufferedBytes, found: this.#outbox.bytes, connection: this });
      this.#outbox.clear();
      return this.close(CLOSE_CODES.slowReader, { reason: "slow_reader" });
    }
    this.#flushSoon();
  }

  /** Takes a message of the client. */
  receive(frame: Frame): void {
    if (this.#phase.name !== "open") return;
    const { session } = this.#phase;
    attempt(() => session?.handleIn(frame), (thrown) => this.#fail(thrown));
  }

  /** Waits for something to come, for at most a window. A poll that comes while another waits takes its place. */
  poll(): Promise<Polled> {
    this.lastSeen = this.#context.idle.now;
    if (this.#phase.name === "closed") return Promise.resolve(NOTHING);
    const { promise, resolve } = Promise.withResolvers<Polled>();
    const patience = new Alarm(() => resolve(NOTHING)).set(this.#context.windowMs);
    this.#poll = resolve;
    if (!this.#outbox.isEmpty) this.#flush();
    return promise.finally(() => {
      patience.clear();
      if (this.#poll === resolve) this.#poll = undefined;
      this.lastSeen = this.#context.idle.now;
    });
  }

  /** Puts frames back that a poll did not carry to the client, before those that have come since. */
  putBack(frames: readonly Frame[]): void {
    if (this.#phase.name !== "open") return;
    this.#outbox.putBack(frames);
  }

  /** Ends the session. Frames that wait may still be polled, once. */
  close(code: number, { reason = "local_closed" }: CloseOptions = {}): void {
    if (this.#phase.name !== "open") return;
    const { session } = this.#phase;
    const why: ExitReason = typeof reason === "string" ? { shutdown: reason } : reason;
    this.#phase = { name: "closing" };
    if (why instanceof Error) this.#outbox.clear(); // as with a WebSocket that fails
    this.#context.open.delete(this);
    this.#seat.release();
    connectionClosed.emit({ connection: this, reason: why, code });
    attempt(() => session?.close(why), driverFailed);
    if (this.#poll || this.#outbox.isEmpty) this.#flush();
  }

  /** Called by the sweep: nobody has polled for long. */
  onSilence(): void {
    limitHit("windowMs", { max: this.#context.windowMs, connection: this });
    this.close(CLOSE_CODES.goingAway, { reason: "inactive" });
    this.abandon();
  }

  /** Forgets a session that is closed: nobody will poll any more. */
  abandon(): void {
    if (this.#phase.name !== "closing") return;
    this.#flush();
  }

  #open(accepted: AcceptedSocket): void {
    try {
      const session = accepted.open(this);
      if (this.#phase.name === "open") this.#phase = { name: "open", session };
      else attempt(() => session.close({ shutdown: "local_closed" }), driverFailed); // by the driver, as it opened
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    const error = driverFailed(thrown);
    this.close(CLOSE_CODES.internalError, { reason: error });
  }

  /** What is sent in one go goes with one poll. */
  #flushSoon(): void {
    if (!this.#poll || this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      if (this.#poll) this.#flush();
    });
  }

  #flush(): void {
    const poll = this.#poll;
    const frames = this.#outbox.takeAll();
    this.#poll = undefined;
    if (this.#phase.name === "closing") this.#end();
    poll?.(frames.length > 0 ? { outcome: "frames", frames } : NOTHING);
  }

  #end(): void {
    this.#phase = { name: "closed" };
    this.#outbox.clear();
    this.#context.idle.delete(this);
    this.#context.onGone(this);
  }
}
