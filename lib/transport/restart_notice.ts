/**
 * How clients are told that this server goes, and when to come back to the next one.
 *
 * Clients that all come back at once are a burden for the next server. So each may be told a time of its own, picked at
 * random: in the text of the close frame, such as `retry-after-ms=734`, and in the header `Retry-After` of an answer
 * with status 503.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Connection } from "./connection.ts";

/** Tells clients to come back. */
export class RestartNotice {
  readonly #jitterMs: number;

  /**
   * Creates a notice.
   *
   * @param jitterMs The longest time, in milliseconds, that a client is asked to wait. 0 asks for nothing.
   */
  constructor(jitterMs = 0) {
    this.#jitterMs = jitterMs;
  }

  /** Closes a connection with a code after which clients come back. */
  sendAway(connection: Connection): void {
    const text = this.#jitterMs > 0 ? { text: `retry-after-ms=${this.#pickMs()}` } : {};
    connection.close(CLOSE_CODES.serviceRestart, { reason: "restart", ...text });
  }

  /** Answers a client that comes while the server goes. */
  response(headers: Readonly<Record<string, string>> = {}): Response {
    const seconds = Math.max(1, Math.ceil(this.#pickMs() / 1000)); // the header knows no smaller unit
    return new Response(null, { status: 503, headers: { ...headers, "retry-after": String(seconds) } });
  }

  #pickMs(): number {
    return Math.floor(Math.random() * this.#jitterMs);
  }
}
