/**
 * Frames written to a topic while its channel is being replaced, and broadcasts to a client whose join has not been
 * answered. They are held back until the join has been answered.
 *
 * The old channel may take seconds to end while broadcasts continue. So at most `maxBufferedBytes` are held for all
 * topics of a connection together. Frames in the connection's own buffer are not counted here but follow the rule for
 * slow readers, so a client with a busy connection can still rejoin.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import { READS_TOO_SLOWLY } from "../protocol/close_texts.ts";
import type { Frame } from "../protocol/message.ts";
import type { Connection } from "../transport/connection.ts";
import { type Lane, Outbox } from "../transport/outbox.ts";
import { limitHit } from "../limits/telemetry.ts";
import { reportDrop } from "../transport/telemetry.ts";

/** Counts the held bytes of all topics of one connection. */
export class Holding {
  static readonly #all = new WeakMap<Connection, Holding>(); // most connections hold nothing back
  readonly #connection: Connection;
  #bytes = 0;
  #isOver = false;

  /** Creates the count of a connection without held frames. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Returns the count of a connection. */
  static of(connection: Connection): Holding {
    const known = this.#all.get(connection);
    if (known) return known;
    const holding = new Holding(connection);
    this.#all.set(connection, holding);
    return holding;
  }

  /** Adds to the held bytes, or subtracts. @returns Whether the connection may continue. */
  add(bytes: number): boolean {
    this.#bytes += bytes;
    if (bytes > 0 && !this.#isOver) this.#check();
    return !this.#isOver;
  }

  /** Reports the frames that a topic's policy dropped. */
  reportDrop(lane: Lane | undefined, drop: ReturnType<Outbox["put"]>): void {
    reportDrop(this.#connection, lane, drop);
  }

  #check(): void {
    const { maxBufferedBytes } = this.#connection;
    const found = this.#bytes;
    if (found <= maxBufferedBytes) return;
    this.#isOver = true;
    limitHit("maxBufferedBytes", { max: maxBufferedBytes, found, connection: this.#connection });
    this.#connection.close(CLOSE_CODES.slowReader, { text: READS_TOO_SLOWLY, reason: "slow_reader" });
  }
}

/** The held frames of one topic. */
export class HeldFrames {
  readonly #holding: Holding;
  readonly #frames = new Outbox();

  /** Creates an empty queue of held frames. */
  constructor(holding: Holding) {
    this.#holding = holding;
  }

  /** Holds a frame, within the policy of its lane. Closes the connection if too much is held. */
  put(frame: Frame, lane: Lane | undefined): void {
    const before = this.#frames.bytes;
    this.#holding.reportDrop(lane, this.#frames.put(frame, lane));
    if (!this.#holding.add(this.#frames.bytes - before)) this.takeAll();
  }

  /** Removes and returns all frames, in order. */
  takeAll(): Frame[] {
    this.#holding.add(-this.#frames.bytes);
    return this.#frames.takeAll();
  }
}
