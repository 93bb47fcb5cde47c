/**
 * Replies by the connection itself, before or instead of a channel.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import { TOO_MANY_BYTES, TOO_MANY_REFUSED } from "../protocol/close_texts.ts";
import { INVALID_ANSWER, UNKNOWN_REQUEST } from "../protocol/error_reasons.ts";
import type { ClientMessage } from "../protocol/message.ts";
import type { Serializer } from "../protocol/serializer.ts";
import type { Connection } from "../transport/connection.ts";
import type { LimitName } from "../limits/limit_name.ts";
import { limitHit } from "../limits/telemetry.ts";
import type { Excess } from "../limits/excess.ts";
import type { ClientLimits } from "./_client_limits.ts";
import { encodeOwn } from "./_own_frame.ts";
import type { AnswerFate } from "./requests/_pending_requests.ts";
import { answerIgnored } from "./telemetry.ts";

/** The member whose client has answered a request. */
export interface AnsweredMember {
  /** Its topic. */
  readonly topic: string;
  /** The `join_ref` of replies to it. */
  readonly frameRef: unknown;
}

/** Replies to messages of one client on behalf of the connection. */
export class Answers {
  readonly #serializer: Serializer;
  readonly #connection: Connection;
  readonly #limits: ClientLimits;

  /** Creates the replies of a connection. */
  constructor(serializer: Serializer, connection: Connection, limits: ClientLimits) {
    this.#serializer = serializer;
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Confirms `message`. */
  confirm(message: ClientMessage, joinRef: unknown): void {
    this.#replyOwn(message, joinRef, "ok", {});
  }

  /**
   * Replies to `message` with a response of the application. @throws The error of the format, which belongs to the
   * application.
   */
  reply({ ref, topic }: ClientMessage, joinRef: unknown, status: string, response: unknown): void {
    this.#connection.send(this.#serializer.encodeReply({ joinRef, ref, topic, status, response }));
  }

  /** Refuses `message` for one of the fixed reasons. */
  refuse(message: ClientMessage, joinRef: unknown, reason: string): void {
    this.#replyOwn(message, joinRef, "error", { reason });
  }

  /**
   * Replies to the client's answer to a request. One that is late costs no refusal: it is not the client's fault. One
   * that does not fit the contract does, as every message that does not.
   */
  confirmAnswer(message: ClientMessage, { topic, frameRef }: AnsweredMember, fate: AnswerFate): void {
    if (fate.kind === "late" || fate.kind === "malformed") answerIgnored.emit({ topic, reason: fate.kind });
    if (fate.kind === "invalid" && !this.mayGoOn()) return;
    if (message.ref === null) return; // expects no reply
    switch (fate.kind) {
      case "taken":
        return this.confirm(message, frameRef);
      case "late":
        return this.refuse(message, frameRef, UNKNOWN_REQUEST);
      case "malformed":
        return this.refuse(message, frameRef, INVALID_ANSWER);
      case "invalid":
        return this.#replyOwn(message, frameRef, "error", { reason: INVALID_ANSWER, issues: fate.issues });
    }
  }

  /** Refuses `message` for exceeding a limit. Closes the connection of a client that does this too often. */
  refuseExcess(message: ClientMessage, joinRef: unknown, { limit, max, found, reason }: Excess): void {
    const { topic } = message;
    limitHit(limit, { max, ...(found !== undefined && { found }), connection: this.#connection, topic });
    if (this.mayGoOn()) this.refuse(message, joinRef, reason);
  }

  /**
   * Counts something that the client should not have sent, and closes the connection after too many. Returns whether
   * the client may continue.
   */
  mayGoOn(): boolean {
    if (this.#limits.mayRefuse()) return true;
    this.#closeFlood("refusalRate", this.#limits.refusalsPerSecond, TOO_MANY_REFUSED);
    return false;
  }

  /**
   * Counts a frame before it is decoded. Closes the connection if the rate is exceeded: there is no ref to reply to
   * yet. Returns whether to decode it.
   */
  mayRead(length: number): boolean {
    if (this.#limits.mayReceive(length)) return true;
    this.#closeFlood("byteRate", this.#limits.bytesPerSecond, TOO_MANY_BYTES);
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
