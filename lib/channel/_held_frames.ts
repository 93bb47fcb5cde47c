/**
 * What is written to a topic while its channel is being replaced: held back until the new join has been answered.
 *
 * The old channel may take seconds to end, and broadcasts go on meanwhile. So no more than `maxBufferedBytes` are held,
 * for all topics of a connection together. What waits beside them has a rule of its own, that of slow readers: a client
 * that reads a lot all the time may join anew.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Frame } from "../protocol/message.ts";
import type { Connection } from "../transport/connection.ts";
import { type Lane, Outbox } from "../transport/outbox.ts";
import { limitHit } from "../limits/telemetry.ts";
import { reportDrop } from "../transport/telemetry.ts";

/** How much is held for all topics of one connection. */
export class Holding {
  readonly #connection: Connection;
  #bytes = 0;
  #isOver = false;

  /** Creates the count of a connection for which nothing is held. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Counts what one topic holds more, or less. @returns Whether the connection may go on. */
  add(bytes: number): boolean {
    this.#bytes += bytes;
    if (bytes > 0 && !this.#isOver) this.#check();
    return !this.#isOver;
  }

  /** Reports what a topic's policy dropped. */
  reportDrop(lane: Lane | undefined, drop: ReturnType<Outbox["put"]>): void {
    reportDrop(this.#connection, lane, drop);
  }

  #check(): void {
    const { maxBufferedBytes } = this.#connection;
    const found = this.#bytes;
    if (found <= maxBufferedBytes) return;
    this.#isOver = true;
    limitHit("maxBufferedBytes", { max: maxBufferedBytes, found, connection: this.#connection });
    this.#connection.close(CLOSE_CODES.slowReader, { text: "too much waits", reason: "slow_reader" });
  }
}

/** What is held for one topic. */
export class HeldFrames {
  readonly #holding: Holding;
  readonly #frames = new Outbox();

  /** Begins to hold. */
  constructor(holding: Holding) {
    this.#holding = holding;
  }

  /** Holds a frame, within the policy of its lane. Closes the connection if there are too many. */
  put(frame: Frame, lane: Lane | undefined): void {
    const before = this.#frames.bytes;
    this.#holding.reportDrop(lane, this.#frames.put(frame, lane));
    if (!this.#holding.add(this.#frames.bytes - before)) this.takeAll();
  }

  /** Takes all frames, in order. */
  takeAll(): Frame[] {
    this.#holding.add(-this.#frames.bytes);
    return this.#frames.takeAll();
  }
}
