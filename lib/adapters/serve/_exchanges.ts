/**
 * The requests of connections, one after the other for each.
 *
 * node:http reads on while it has not sent a response, so without an order a client could make the app prepare any number
 * of them at the same time.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A request and its response. */
export interface Exchange {
  /** The request. */
  readonly incoming: IncomingMessage;
  /** Its response. */
  readonly outgoing: ServerResponse;
}

/** The requests of all connections. Pure: it neither handles nor ends them. */
export class Exchanges {
  readonly #maxWaiting: number;
  /** By connection. The first one is in progress, the others wait for it. */
  readonly #exchanges = new Map<Socket, Exchange[]>();

  /**
   * Creates it without requests.
   *
   * @param maxWaiting How many requests of one connection may wait.
   */
  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** The number of connections with requests. */
  get size(): number {
    return this.#exchanges.size;
  }

  /** Whether a connection has a request. */
  has(tcp: Socket): boolean {
    return this.#exchanges.has(tcp);
  }

  /** Adds a request. Returns whether it is handled now, or waits until {@linkcode next}, or is one too many. */
  add(exchange: Exchange): "now" | "waits" | "tooMany" {
    const { socket } = exchange.incoming;
    const exchanges = this.#exchanges.get(socket);
    if (!exchanges) {
      this.#exchanges.set(socket, [exchange]);
      return "now";
    }
    if (exchanges.length > this.#maxWaiting) return "tooMany";
    exchanges.push(exchange);
    return "waits";
  }

  /** Removes the request that was in progress. Returns the next one, if one waits. */
  next(tcp: Socket): Exchange | undefined {
    const exchanges = this.#exchanges.get(tcp);
    exchanges?.shift();
    const next = exchanges?.[0];
    if (!next) this.#exchanges.delete(tcp);
    return next;
  }

  /** Removes all requests of a connection. */
  delete(tcp: Socket): void {
    this.#exchanges.delete(tcp);
  }

  /** Whether the head of a response has been sent. */
  isAnswered(tcp: Socket): boolean {
    return this.#exchanges.get(tcp)?.[0]?.outgoing.headersSent ?? false;
  }

  /** Whether a response is not complete, or a request waits. A response that is complete may not have closed yet. */
  isAnswering(tcp: Socket): boolean {
    return this.#exchanges.get(tcp)?.some(({ outgoing }) => !outgoing.writableEnded) ?? false;
  }
}
