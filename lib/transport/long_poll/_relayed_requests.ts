/**
 * Relays requests for the sessions of other nodes.
 *
 * @module
 */

import { nextTurn } from "../../base/pause.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { longPollUnrelayed } from "../telemetry.ts";
import type { LongPollLimits } from "./options.ts";
import { TURNS_TO_NOTICE } from "./_poll_delivery.ts";
import type { LongPollRelay } from "./relay.ts";
import {
  decodeHead,
  decodePiece,
  encodePacket,
  NOTHING,
  type Packet,
  PIECE_BYTES,
  type RelayedHead,
  type RelayMessage,
} from "./_relay_message.ts";
import { CORS, emptyPoll, status } from "./_responses.ts";

/** A session of another node. */
export interface RemoteSession {
  /** The node. */
  readonly node: string;
  /** The id of the session. */
  readonly id: string;
  /** Its token. */
  readonly token: string;
}

/** Time for what is sent between nodes, in milliseconds, in addition to what a request may wait. */
const TRAVEL_MS = 5_000;
const HEADERS = ["content-type", "content-length"] as const;

/** Returns the name of the requests for the sessions of one transport. */
export function relayName(home: string): string {
  return `longpoll ${home}`;
}

/** Relays the requests of one mount. */
export class RelayedRequests {
  readonly #relay: LongPollRelay;
  readonly #limits: LongPollLimits;
  readonly #waiting = new Set<(head: "ended") => void>();
  #isEnded = false;

  /** Creates a mount without relayed requests. */
  constructor(relay: LongPollRelay, limits: LongPollLimits) {
    this.#relay = relay;
    this.#limits = limits;
  }

  /**
   * Relays a request.
   *
   * @returns The response; `undefined` if the session does not exist, or its node cannot be reached.
   */
  async send(request: Request, session: RemoteSession): Promise<Response | undefined> {
    const exchange = new RemoteExchange(this.#relay, session);
    const { windowMs, bodyTimeoutMs } = this.#limits;
    const isPost = request.method === "POST";
    const answer = exchange.begin(request, windowMs + (isPost ? bodyTimeoutMs : 0) + TRAVEL_MS);
    if (isPost) void exchange.passBody(request.body, answer);
    const head = await this.#headOrEnd(answer);
    if (head !== "ended") return head && exchange.respond(head);
    exchange.cancel();
    return isPost ? status(410) : emptyPoll(session.token); // which the client repeats, elsewhere
  }

  /** Ends the requests that wait for other nodes. */
  end(): void {
    this.#isEnded = true;
    for (const resolve of this.#waiting) resolve("ended");
  }

  /** Waits for an answer. With a promise of its own for the end: one for all requests would keep all answers. */
  async #headOrEnd<T>(answer: Promise<T>): Promise<T | "ended"> {
    const { promise, resolve } = Promise.withResolvers<T | "ended">();
    answer.then(resolve); // is never rejected
    this.#waiting.add(resolve);
    if (this.#isEnded) resolve("ended");
    try {
      return await promise;
    } finally {
      this.#waiting.delete(resolve);
    }
  }
}

/** One relayed request. */
class RemoteExchange {
  readonly #relay: LongPollRelay;
  readonly #session: RemoteSession;
  readonly #id = crypto.randomUUID();
  readonly #name: string;
  #isOver = false;

  constructor(relay: LongPollRelay, session: RemoteSession) {
    this.#relay = relay;
    this.#session = session;
    this.#name = relayName(session.id.split(".")[1] ?? "");
  }

  /** Sends the head of a request. Resolves with the head of its response, `undefined` if there is none. */
  async begin({ method, headers }: Request, timeoutMs: number): Promise<Packet<RelayedHead> | undefined> {
    const { id: session, token } = this.#session;
    const known = HEADERS.flatMap((name) => headers.has(name) ? [[name, headers.get(name)!]] : []);
    try {
      const begin = {
        kind: "begin",
        exchange: this.#id,
        session,
        token,
        method: method as "GET" | "POST",
        headers: Object.fromEntries(known),
      } as const;
      return decodeHead(await this.#ask(begin, NOTHING, timeoutMs));
    } catch (thrown) {
      longPollUnrelayed.emit({ node: this.#session.node, error: exitReasonOf(thrown) });
      return undefined;
    }
  }

  /**
   * Passes the body on, until the request is answered; the rest is read and thrown away. A piece is sent when the next
   * one is there, so that a body of one piece takes one message.
   */
  async passBody(body: Request["body"], answer: Promise<unknown>): Promise<void> {
    void answer.then(() => this.#isOver = true);
    const reader = body?.getReader();
    let held: Uint8Array = NOTHING;
    try {
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
        await this.#pass(held, false);
        held = piece.value;
      }
      await this.#pass(held, true);
    } catch { // the client has gone
      if (!this.#isOver) this.cancel();
    }
  }

  /** Creates the response. Its end waits for the other node, which then considers its frames delivered. */
  respond({ header: { status, contentType, isLast }, body: first }: Packet<RelayedHead>): Response {
    const headers = { ...CORS, ...(contentType !== null && { "content-type": contentType }) };
    return new Response(isLast ? first : this.#stream(first), { status, headers });
  }

  /** Reports that the client has gone. */
  cancel(): void {
    this.#isOver = true;
    this.#ask({ kind: "cancel", exchange: this.#id }).catch(() => {}); // then it finds out by itself
  }

  #stream(first: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
    let isCancelled = false;
    return new ReadableStream({
      start: (controller) => controller.enqueue(first),
      pull: async (controller) => {
        for (let turn = 0; turn < TURNS_TO_NOTICE; turn++) await nextTurn();
        const piece = isCancelled ? undefined : await this.#read();
        if (isCancelled) return;
        if (piece) controller.enqueue(piece.body);
        if (piece?.header.isLast ?? true) controller.close(); // without its last byte if the other node has gone
      },
      cancel: () => {
        isCancelled = true;
        this.cancel();
      },
    }, { highWaterMark: 0 });
  }

  async #read() {
    try {
      const piece = decodePiece(await this.#ask({ kind: "read", exchange: this.#id }));
      return piece.body.length > 0 ? piece : undefined;
    } catch (thrown) {
      longPollUnrelayed.emit({ node: this.#session.node, error: exitReasonOf(thrown) });
      return undefined;
    }
  }

  async #pass(bytes: Uint8Array, isLast: boolean): Promise<void> {
    let at = 0;
    do {
      if (this.#isOver || (bytes.length === 0 && !isLast)) return;
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      at += piece.length;
      await this.#passPiece(piece, isLast && at === bytes.length);
    } while (at < bytes.length);
  }

  async #passPiece(piece: Uint8Array, isLast: boolean): Promise<void> {
    try {
      await this.#ask({ kind: "body", exchange: this.#id, isLast }, piece);
    } catch { // the other node has gone: so has the answer, which reports it
      this.#isOver = true;
    }
  }

  #ask(message: RelayMessage, bytes: Uint8Array = NOTHING, timeoutMs = TRAVEL_MS) {
    const { link } = this.#relay;
    return link.ask(this.#session.node, this.#name, encodePacket(message, bytes), { timeoutMs });
  }
}
