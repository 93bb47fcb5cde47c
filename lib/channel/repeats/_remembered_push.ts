/**
 * One push with a key: a copy of it, which the client sends after it has lost its connection, is not handled again.
 *
 * @module
 */

import { PUSH_UNANSWERED } from "../../protocol/error_reasons.ts";

/** A copy of a push, which waits for what becomes of the first. */
export interface PushCopy {
  /** Sends the reply to the copy. */
  reply(status: string, response: unknown): void;
  /** Handles the copy, since the first never was. Returns whether its channel still runs. */
  handle(): boolean;
}

/** The reply, as it is kept: the application may change its response later. */
interface KeptReply {
  readonly status: string;
  readonly body: string | Uint8Array | undefined;
}

/** What a push takes beside its reply, about. */
const OVERHEAD_BYTES = 300;

/** The memory of one push. */
export class RememberedPush {
  /** When it arrived, in milliseconds since 1970. */
  readonly atMs: number;
  readonly #onGrown: (bytes: number) => void;
  readonly #onDropped: () => void;
  /** `"kept"`: a {@linkcode SocketRef} replies, maybe after the channel has ended. */
  #phase: "waiting" | "handled" | "kept" | "replied" = "waiting";
  #reply: KeptReply | undefined;
  #isForgotten = false;
  #copy: PushCopy | undefined;

  /**
   * Creates the memory of a push that waits for its handler.
   *
   * @param onGrown Receives the size of its reply.
   * @param onDropped Called when it ends without having been handled: it may come again.
   */
  constructor(atMs: number, onGrown: (bytes: number) => void, onDropped: () => void) {
    this.atMs = atMs;
    this.#onGrown = onGrown;
    this.#onDropped = onDropped;
  }

  /** The memory that it takes, in bytes, about. */
  get bytes(): number {
    return OVERHEAD_BYTES + sizeOf(this.#reply?.body);
  }

  /** Whether the end of its channel makes no difference to it. */
  get isOver(): boolean {
    return this.#copy === undefined && (this.#isForgotten || this.#phase === "replied" || this.#phase === "kept");
  }

  /** Whether it has its reply. */
  get isReplied(): boolean {
    return this.#phase === "replied";
  }

  /** Its handler begins. */
  begin(): void {
    this.#phase = "handled";
    if (this.#copy) this.#copy = { ...this.#copy, handle: () => false }; // lets go of the payload
  }

  /** Its handler keeps a reference, to reply later. */
  keep(): void {
    if (this.#phase === "handled") this.#phase = "kept";
  }

  /** A copy that arrives from now on is handled. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** It was replied to. Only the first reply is kept. */
  settle(status: string, response: unknown): void {
    if (this.#phase === "replied") return;
    this.#phase = "replied";
    this.#reply = { status, body: bodyOf(response) };
    this.#onGrown(sizeOf(this.#reply.body));
    this.#copy?.reply(status, response);
    this.#copy = undefined;
  }

  /** A copy has arrived. It gets the reply, now or as soon as there is one. */
  repeat(copy: PushCopy): void {
    if (this.#reply) copy.reply(this.#reply.status, responseOf(this.#reply.body));
    else this.#copy = copy;
  }

  /** Its channel has ended. A copy of what was not handled is handled; other copies are told that there is no reply. */
  end(): void {
    if (this.#phase === "handled") return this.settle("error", { reason: PUSH_UNANSWERED });
    if (this.#phase !== "waiting") return;
    const copy = this.#copy;
    this.#copy = undefined;
    if (!copy?.handle()) this.#onDropped();
  }
}

function bodyOf(response: unknown): KeptReply["body"] {
  return response instanceof Uint8Array ? response.slice() : JSON.stringify(response);
}

function responseOf(body: KeptReply["body"]): unknown {
  return typeof body === "string" ? JSON.parse(body) : body;
}

function sizeOf(body: KeptReply["body"]): number {
  return body?.length ?? 0;
}
