/**
 * The session of a polling client: a connection that outlives single HTTP requests.
 *
 * What the server sends waits here until a poll takes it. Frames that a poll took but did not deliver return to the
 * front of the queue; see `_poll_delivery.ts`. So do those that were delivered, but that the client did not receive; see
 * `_receipts.ts`.
 *
 * ```text
 * open ── close() ──> closing (frames wait for polls) ── abandon() ──> ending (a response is under way) ──> closed
 *                        └──────────────────── nothing waits, nothing is under way ──────────────────────────┘
 * ```
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import { attempt } from "../../base/attempt.ts";
import type { Log } from "../../base/log.ts";
import type { LogFields } from "../../base/log_record.ts";
import { ReadingPace } from "../../limits/reading_pace.ts";
import { type Seat, UNCOUNTED } from "../../limits/seat.ts";
import type { ExitReason } from "../../otp/process/exit_reason.ts";
import { CLOSE_CODES } from "../../protocol/close_codes.ts";
import type { Frame } from "../../protocol/message.ts";
import type { CloseOptions, Connection } from "../connection.ts";
import type { ConnectionSet } from "../connection_set.ts";
import type { Draining, DrainSweep } from "../drain_sweep.ts";
import type { IdleSweep, Watched } from "../idle_sweep.ts";
import type { LongPollLimits } from "./options.ts";
import { type Lane, Outbox } from "../outbox.ts";
import { type DeliveryOwner, PollDelivery } from "./_poll_delivery.ts";
import { PostedBodies } from "./posted_body.ts";
import { Receipts } from "./_receipts.ts";
import { WaitingPolls } from "./_waiting_polls.ts";
import type { AcceptedSocket, SocketSession } from "../socket_driver.ts";
import { limitHit } from "../../limits/telemetry.ts";
import { connectionClosed, driverFailed, longPollRepeated, reportDrop } from "../telemetry.ts";
import { traffic } from "../traffic.ts";

/** Objects that all sessions of a mount share. */
export interface SessionContext {
  readonly limits: SessionLimits;
  /** Finds sessions that are not polled. */
  readonly idle: IdleSweep;
  /** Checks sessions for which too many bytes wait. */
  readonly drain: DrainSweep;
  /** The sessions that are open. */
  readonly open: ConnectionSet;
  /** Where failures are logged. */
  readonly log?: Log | undefined;
  /** Called when a session has ended completely. */
  readonly onGone: (session: LongPollSession) => void;
}

/** The limits of a session. */
export type SessionLimits = Pick<
  LongPollLimits,
  | "windowMs"
  | "maxBufferedBytes"
  | "slowReaderTimeoutMs"
  | "maxPollBytes"
  | "maxPostBytes"
  | "bodyTimeoutMs"
  | "maxRequests"
>;

type Phase =
  | { readonly name: "open"; readonly session: SocketSession | undefined }
  | { readonly name: "closing" }
  /** Only work in progress is finished. */
  | { readonly name: "ending" }
  | { readonly name: "closed" };

/** The connection to one polling client. */
export class LongPollSession implements Connection, Watched, Draining, DeliveryOwner {
  readonly transport = "longpoll";
  readonly id: string;
  /** What the client posts. */
  readonly posts: PostedBodies;
  lastSeen = 0;
  readonly #context: SessionContext;
  readonly #seat: Seat;
  /** Log fields that identify the client. */
  readonly #fields: LogFields;
  #phase: Phase = { name: "open", session: undefined };
  readonly #openedAt = Math.trunc(monotonicMs()); // whole milliseconds take no memory of their own
  readonly #outbox: Outbox = new Outbox();
  readonly #polls = new WaitingPolls();
  #flushing = false;
  /** The response in progress. There is one at a time, so that frames stay in order even if it fails. */
  #delivery: PollDelivery | undefined;
  readonly #receipts = new Receipts();
  /** Bytes that the last poll took. The next poll confirms that they have arrived. */
  #sentBytes = 0;
  /** Bytes that the client has read of the response in progress, and of all responses since the last check. */
  #takenBytes = 0;
  #readBytes = 0;
  #pace: ReadingPace | undefined;

  /** Opens a session for the client that `accepted` describes. */
  constructor(
    id: string,
    accepted: AcceptedSocket,
    context: SessionContext,
    seat: Seat = UNCOUNTED,
    fields: LogFields = {},
  ) {
    this.id = id;
    this.posts = new PostedBodies(context.limits);
    this.#seat = seat;
    this.#fields = fields;
    this.#context = context;
    context.idle.add(this);
    context.open.add(this);
    if (this.isOpen) this.#open(accepted);
  }

  /** Whether messages of the client are accepted. */
  get isOpen(): boolean {
    return this.#phase.name === "open";
  }

  /** Bytes that wait for a poll. */
  get bufferedBytes(): number {
    return this.#outbox.bytes;
  }

  get maxBufferedBytes(): number {
    return this.#context.limits.maxBufferedBytes;
  }

  /** Gives a frame to the waiting poll, or keeps it for the next one. */
  send(frame: Frame, lane?: Lane): void {
    if (this.#phase.name !== "open") return;
    traffic.addSent(frame);
    reportDrop(this, lane, this.#outbox.put(frame, lane));
    if (this.#outbox.bytes > this.maxBufferedBytes) this.#watchPace();
    this.#flushSoon();
  }

  /** Handles a message of the client. */
  receive(frame: Frame): void {
    if (this.#phase.name !== "open") return;
    traffic.addReceived(frame);
    const { session } = this.#phase;
    attempt(() => session?.handleIn(frame), (thrown) => this.#fail(thrown));
  }

  /**
   * Waits for messages, for at most one window. A poll that arrives while another waits takes its place. One that
   * arrives while a response is in progress ends that response and gets its frames.
   *
   * @param received How many frames the client has received, as its token says; `undefined` if it is the first token.
   * @returns The delivery to respond with; `undefined` if too many later polls have arrived.
   */
  poll(received?: number): Promise<PollDelivery | undefined> {
    this.lastSeen = this.#context.idle.now;
    this.#delivery?.giveUp();
    const isKnown = this.#settle(received);
    const nothing = new PollDelivery([], this, this.#receipts.received);
    if (this.#phase.name === "closed" || !isKnown) return Promise.resolve(nothing);
    this.#sentBytes = 0;
    const answer = this.#polls.add(this.#context.limits.windowMs, nothing);
    this.#keepFew();
    this.#flush();
    return answer;
  }

  /** Called as a response is read: a sign of life. */
  onRead(bytes: number): void {
    this.lastSeen = this.#context.idle.now;
    this.#takenBytes += bytes;
    this.#readBytes += bytes;
  }

  /** Called when a response was delivered. */
  onDelivered(delivery: PollDelivery): void {
    this.lastSeen = this.#context.idle.now;
    if (delivery === this.#delivery) {
      this.#delivery = undefined;
      this.#receipts.onSent(delivery.frames);
    }
    this.#endIfDone();
  }

  /** Called when a response was not delivered. Its frames wait again, in front of newer ones. */
  onUndelivered(delivery: PollDelivery, frames: readonly Frame[]): void {
    if (delivery !== this.#delivery) return;
    this.#delivery = undefined;
    this.#readBytes -= this.#takenBytes;
    if (this.isOpen || this.#phase.name === "closing") this.#outbox.putBack(frames);
    this.#flush();
    this.#endIfDone();
  }

  /** Ends the session if too many bytes wait and its client reads too slowly. Called by the sweep. */
  drain(elapsedMs: number): boolean {
    const { maxBufferedBytes } = this;
    const [readBytes, sentBytes, waitingBytes] = [this.#readBytes, this.#sentBytes, this.#outbox.bytes];
    this.#readBytes = 0;
    if (this.#pace?.isTooSlow({ readBytes, sentBytes, waitingBytes, elapsedMs })) {
      limitHit("maxBufferedBytes", { max: maxBufferedBytes, found: sentBytes + waitingBytes, connection: this });
      this.#outbox.clear();
      this.close(CLOSE_CODES.slowReader, { reason: "slow_reader" });
    } else if (sentBytes + waitingBytes <= maxBufferedBytes) {
      this.#leavePace();
    }
    return readBytes > 0;
  }

  /** Ends the session. Frames that wait may still be polled. */
  close(code: number, { reason = "local_closed" }: CloseOptions = {}): void {
    if (this.#phase.name !== "open") return;
    const { session } = this.#phase;
    const why: ExitReason = typeof reason === "string" ? { shutdown: reason } : reason;
    this.#phase = { name: "closing" };
    if (why instanceof Error) this.#outbox.clear(); // as with a WebSocket that fails
    this.#leavePace();
    this.posts.end();
    this.#context.open.delete(this);
    this.#seat.release();
    const durationMs = Math.max(monotonicMs() - this.#openedAt, 0);
    connectionClosed.emit({ connection: this, reason: why, code, durationMs });
    attempt(() => session?.close(why), (thrown) => void this.reportFailure(thrown));
    this.#flush();
    this.#endIfDone();
  }

  /** Reports what the session threw. */
  reportFailure(thrown: unknown): Error {
    return driverFailed(thrown, { log: this.#context.log, fields: this.#fields, connection: this });
  }

  /** Called by the sweep when the session was not polled for too long. */
  onSilence(): void {
    if (this.isOpen) limitHit("windowMs", { max: this.#context.limits.windowMs, connection: this });
    this.close(CLOSE_CODES.goingAway, { reason: "inactive" });
    if (this.#phase.name !== "closed") this.#end();
  }

  /** Discards what waits in a closed session that will not be polled again. */
  abandon(): void {
    if (this.#phase.name !== "closing") return;
    this.#phase = { name: "ending" };
    this.#outbox.clear();
    this.#endIfDone();
  }

  #open(accepted: AcceptedSocket): void {
    try {
      const session = accepted.open(this);
      if (this.#phase.name === "open") this.#phase = { name: "open", session };
      else this.#closeEarly(session);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Handles that the driver closed the connection while it opened. */
  #closeEarly(session: SocketSession): void {
    attempt(() => session.close({ shutdown: "local_closed" }), (thrown) => void this.reportFailure(thrown));
  }

  #fail(thrown: unknown): void {
    this.close(CLOSE_CODES.internalError, { reason: this.reportFailure(thrown) });
  }

  /** Prepares the queue for a poll. Returns `false` if it is not known what the client has received. */
  #settle(received: number | undefined): boolean {
    const receipt = this.#receipts.settle(received);
    if (receipt.next === "ask") return false;
    const { repeated, known } = receipt;
    if (repeated.length > 0) {
      this.#outbox.putBack(repeated);
      this.#readBytes -= this.#takenBytes;
    }
    for (let n = 0; n < known; n++) this.#outbox.take();
    if (repeated.length > known) longPollRepeated.emit({ connection: this, frames: repeated.length - known });
    return true;
  }

  /**
   * Ends the oldest poll if there are too many, so that polls of a client that never reads a response do not pile up.
   */
  #keepFew(): void {
    const { maxRequests } = this.#context.limits;
    if (this.#polls.size <= maxRequests) return;
    limitHit("maxRequests", { max: maxRequests, found: this.#polls.size, connection: this });
    this.#polls.giveUpOldest();
  }

  /** Flushes after the current turn, so that frames sent together leave with one poll, as far as they fit. */
  #flushSoon(): void {
    if (!this.#polls.hasNewest || this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#polls.hasNewest || this.#outbox.isEmpty || this.#delivery) return;
    const before = this.#outbox.bytes;
    const frames = this.#outbox.takeSome(this.#context.limits.maxPollBytes);
    this.#sentBytes = before - this.#outbox.bytes;
    this.#takenBytes = 0;
    this.#delivery = new PollDelivery(frames, this, this.#receipts.received + frames.length);
    this.#polls.answerNewest(this.#delivery);
  }

  #watchPace(): void {
    if (this.#pace) return;
    const { maxBufferedBytes, slowReaderTimeoutMs } = this.#context.limits;
    this.#pace = new ReadingPace(maxBufferedBytes, slowReaderTimeoutMs);
    this.#context.drain.add(this);
  }

  #leavePace(): void {
    this.#pace = undefined;
    this.#context.drain.delete(this);
  }

  #endIfDone(): void {
    const { name } = this.#phase;
    if (name !== "open" && name !== "closed" && this.#outbox.isEmpty && !this.#delivery) this.#end();
  }

  #end(): void {
    this.#phase = { name: "closed" };
    this.#outbox.clear();
    this.#delivery?.giveUp();
    this.#polls.answerAll();
    this.#context.idle.delete(this);
    this.#context.onGone(this);
  }
}
