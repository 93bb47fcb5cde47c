/**
 * Informs clients that this server shuts down, and when to reconnect.
 *
 * If all clients reconnect at once, the next server is overloaded. So each client can be given a random delay: in the
 * text of the close frame, such as `retry-after-ms=734`, and in the header `Retry-After` of a response with status 503.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import { RETRY_AFTER } from "../protocol/close_texts.ts";
import type { Connection } from "./connection.ts";

/** Asks clients to reconnect after a random delay. */
export class RestartNotice {
  readonly #jitterMs: number;

  /**
   * Creates a notice.
   *
   * @param jitterMs The maximum delay, in milliseconds. With 0, clients get no delay.
   */
  constructor(jitterMs = 0) {
    this.#jitterMs = jitterMs;
  }

  /** Closes a connection with a code after which clients reconnect. */
  sendAway(connection: Connection): void {
    const text = this.#jitterMs > 0 ? { text: `${RETRY_AFTER}${this.#pickMs()}` } : {};
    connection.close(CLOSE_CODES.serviceRestart, { reason: "restart", ...text });
  }

  /** Creates the response for a client that connects while the server shuts down. */
  response(headers: Readonly<Record<string, string>> = {}): Response {
    const seconds = Math.max(1, Math.ceil(this.#pickMs() / 1000)); // the header knows no smaller unit
    return new Response(null, { status: 503, headers: { ...headers, "retry-after": String(seconds) } });
  }

  #pickMs(): number {
    return Math.floor(Math.random() * this.#jitterMs);
  }
}
