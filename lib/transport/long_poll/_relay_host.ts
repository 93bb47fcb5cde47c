/**
 * Handles requests that other nodes relay to the sessions of this one.
 *
 * The other node is treated as the client of the response: it asks for the next piece only when its own client has
 * taken the one before. So frames count as delivered under the same conditions as on one node: when the last byte is
 * handed over.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { nextTurn } from "../../base/pause.ts";
import { withinTime } from "../../base/within_time.ts";
import type { JsonOrBytes } from "../../protocol/payload.ts";
import type { PostedRequest } from "./posted_body.ts";
import { type Begin, type BodyPiece, decodeMessage, encodePacket, NOTHING } from "./_relay_message.ts";

type Piece = Uint8Array<ArrayBuffer>;

/** Responds to a relayed request; `undefined` if there is no such session. */
export type RelayedAnswer = (begin: Begin, request: PostedRequest) => Promise<Response> | undefined;

const GONE = encodePacket({ isGone: true });
const DONE = encodePacket({});
/** How long the transport waits at its end for responses that are under way, in milliseconds. */
const END_MS = 1_000;

/** The relayed requests to the sessions of one mount. */
export class RelayHost {
  readonly #answer: RelayedAnswer;
  readonly #patienceMs: number;
  readonly #exchanges = new Map<string, Exchange>();
  #onIdle: (() => void) | undefined;

  /**
   * Creates a host.
   *
   * @param answer Responds to a request.
   * @param patienceMs How long a response waits for the other node to ask for its next piece.
   */
  constructor(answer: RelayedAnswer, patienceMs: number) {
    this.#answer = answer;
    this.#patienceMs = patienceMs;
  }

  /**
   * Handles a message of another node. Registers a new request within this call, since its body may follow at once.
   *
   * @throws {TypeError} If it is malformed.
   */
  async handle(packet: JsonOrBytes): Promise<Piece> {
    const { header, body } = decodeMessage(packet);
    if (header.kind === "begin") return await this.#begin(header);
    const exchange = this.#exchanges.get(header.exchange);
    switch (header.kind) {
      case "body":
        exchange?.put(header, body);
        return DONE;
      case "read":
        return await exchange?.read() ?? encodePacket({ isLast: true });
      case "cancel":
        exchange?.cancel();
        return DONE;
    }
  }

  /** Waits for responses that are under way, for a second at most, and gives up the others. */
  async end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    if (this.#exchanges.size === 0) return;
    await withinTime(promise, END_MS, () => new Error("late")).catch(() => {});
    for (const exchange of [...this.#exchanges.values()]) exchange.cancel();
  }

  async #begin(begin: Begin): Promise<Piece> {
    const exchange = new Exchange(this.#patienceMs, () => this.#delete(begin.exchange));
    this.#exchanges.set(begin.exchange, exchange);
    try {
      const answer = this.#answer(begin, { headers: new Headers(begin.headers), body: exchange.body });
      if (answer) return await exchange.respond(await answer, begin.method === "POST");
    } catch (thrown) {
      exchange.cancel();
      throw thrown;
    }
    exchange.cancel();
    return GONE;
  }

  #delete(exchange: string): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#onIdle?.();
  }
}

/** One relayed request. */
class Exchange {
  /** The body of the request, as it arrives. */
  readonly body: ReadableStream<Piece>;
  readonly #onOver: () => void;
  readonly #patienceMs: number;
  readonly #patience = new Alarm(() => this.cancel());
  #posted: ReadableStreamDefaultController<Piece> | undefined;
  #reader: ReadableStreamDefaultReader<Piece> | undefined;
  #isOver = false;

  constructor(patienceMs: number, onOver: () => void) {
    this.#patienceMs = patienceMs;
    this.#onOver = onOver;
    this.body = new ReadableStream({ start: (controller) => void (this.#posted = controller) });
  }

  /** Adds a piece to the body of the request. */
  put({ isLast }: BodyPiece, bytes: Piece): void {
    if (bytes.length > 0) this.#posted?.enqueue(bytes);
    if (!isLast) return;
    this.#posted?.close();
    this.#posted = undefined;
  }

  /** Begins to send a response, or sends it in one piece. */
  async respond(response: Response, isWhole: boolean): Promise<Piece> {
    const { status, headers, body } = response;
    const head = { status, contentType: headers.get("content-type") };
    if (isWhole || !body) {
      this.#over();
      return encodePacket({ ...head, isLast: true }, new Uint8Array(await response.arrayBuffer()));
    }
    this.#reader = body.getReader();
    if (this.#isOver) this.#release(); // the client went while its poll waited
    return await this.#next(head);
  }

  /** Returns the next piece of the response. */
  async read(): Promise<Piece> {
    return await this.#next({});
  }

  /** Gives the request up: its body breaks off, and its response was not delivered. */
  cancel(): void {
    this.#posted?.error(new Error("the client has disconnected"));
    this.#posted = undefined;
    this.#over();
    this.#release();
  }

  async #next(head: object): Promise<Piece> {
    this.#patience.clear();
    if (!this.#reader) return encodePacket({ ...head, isLast: true });
    const { done, value = NOTHING } = await this.#reader.read();
    const isLast = done || await this.#isClosed(this.#reader);
    if (isLast) this.#over();
    else if (!this.#isOver) this.#patience.set(this.#patienceMs);
    return encodePacket({ ...head, isLast }, value);
  }

  /** Returns whether nothing follows, so that the other node need not ask. A stream that ends has done so by then. */
  async #isClosed(reader: ReadableStreamDefaultReader<Piece>): Promise<boolean> {
    return await Promise.race([reader.closed.then(() => true), nextTurn().then(() => false)]);
  }

  #release(): void {
    void this.#reader?.cancel().catch(() => {});
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#patience.clear();
    this.#posted?.close(); // what the client still sends is not needed
    this.#posted = undefined;
    this.#onOver();
  }
}
