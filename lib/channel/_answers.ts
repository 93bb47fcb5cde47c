/**
 * What the connection itself answers a client, before or instead of a channel.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { ClientMessage } from "../protocol/message.ts";
import type { Serializer } from "../protocol/serializer.ts";
import type { Connection } from "../transport/connection.ts";
import { limitHit, type LimitName } from "../limits/telemetry.ts";
import type { Excess } from "../limits/excess.ts";
import type { ClientLimits } from "./_client_limits.ts";
import { encodeOwn } from "./_own_frame.ts";

/** Answers the messages of one client. */
export class Answers {
  readonly #serializer: Serializer;
  readonly #connection: Connection;
  readonly #limits: ClientLimits;

  /** Creates the answers of a connection. */
  constructor(serializer: Serializer, connection: Connection, limits: ClientLimits) {
    this.#serializer = serializer;
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Confirms `message`. */
  confirm(message: ClientMessage, joinRef: unknown): void {
    this.#replyOwn(message, joinRef, "ok", {});
  }

  /** Answers `message` with what the application says. @throws What the format throws, so that it reaches that. */
  reply({ ref, topic }: ClientMessage, joinRef: unknown, status: string, response: unknown): void {
    this.#connection.send(this.#serializer.encodeReply({ joinRef, ref, topic, status, response }));
  }

  /** Refuses `message` for one of the fixed reasons. */
  refuse(message: ClientMessage, joinRef: unknown, reason: string): void {
    this.#replyOwn(message, joinRef, "error", { reason });
  }

  /** Refuses `message` for being over a limit; closes the connection of a client that does not mind. */
  refuseExcess(message: ClientMessage, joinRef: unknown, { limit, max, found, reason }: Excess): void {
    const { topic } = message;
    limitHit(limit, { max, ...(found !== undefined && { found }), connection: this.#connection, topic });
    if (this.mayGoOn()) this.refuse(message, joinRef, reason);
  }

  /** Counts something that the client should not have sent. Closes the connection if there is too much of that. */
  mayGoOn(): boolean {
    if (this.#limits.mayRefuse()) return true;
    this.#closeFlood("refusalRate", this.#limits.refusalsPerSecond, "too many messages");
    return false;
  }

  /** Counts a frame before it is read. Closes the connection if it is too much: there is no ref that could be answered. */
  mayRead(length: number): boolean {
    if (this.#limits.mayReceive(length)) return true;
    this.#closeFlood("byteRate", this.#limits.bytesPerSecond, "too many bytes");
    return false;
  }

  #closeFlood(limit: LimitName, max: number, text: string): void {
    limitHit(limit, { max, connection: this.#connection });
    this.#connection.close(CLOSE_CODES.rateLimited, { text, reason: "rate_limited" });
  }

  #replyOwn({ ref, topic }: ClientMessage, joinRef: unknown, status: string, response: object): void {
    const reply = { joinRef, ref, topic, status, response };
    const frame = encodeOwn(this.#connection, () => this.#serializer.encodeReply(reply));
    if (frame !== undefined) this.#connection.send(frame);
  }
}
