/**
 * One push with a key: a copy of it, which the client sends after it has lost its connection, is not handled again.
 *
 * @module
 */

import { PUSH_UNANSWERED } from "../../protocol/error_reasons.ts";
import type { CopyProcess } from "./_push_copy.ts";

/** Sends the reply to a copy. */
export type ReplyToCopy = (status: string, response: unknown) => void;

/** A copy that waits until the push is over. Without its payload, which its channel lets go of when it ends. */
export interface WaitingCopy {
  /** The process of the channel that it came to. */
  readonly process: CopyProcess;
  /** Ends the wait. Receives whether the copy is to be handled. */
  readonly resolve: (isFirst: boolean) => void;
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
  #isOver = false;
  #replyToCopy: ReplyToCopy | undefined;
  #copies: WaitingCopy[] = [];

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
  get isSettled(): boolean {
    if (this.#replyToCopy !== undefined || this.#copies.length > 0) return false;
    return this.#isForgotten || (this.#isOver && this.#phase !== "handled");
  }

  /** Whether it has its reply. */
  get isReplied(): boolean {
    return this.#phase === "replied";
  }

  /** Whether its handler has returned: what its client sent after it may be handled. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Its handler begins. */
  begin(): void {
    this.#phase = "handled";
  }

  /** Its handler keeps a reference, to reply later. */
  keep(): void {
    if (this.#phase === "handled") this.#phase = "kept";
  }

  /** Its handler has returned. */
  finish(): void {
    this.#isOver = true;
    const copies = this.#copies;
    this.#copies = [];
    for (const { resolve } of copies) resolve(false);
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
    this.#replyToCopy?.(status, response);
    this.#replyToCopy = undefined;
  }

  /** A copy has arrived that waits until this is over. */
  queue(copy: WaitingCopy): void {
    this.#copies = this.#copies.filter(({ process }) => process.alive); // its client may come again and again
    this.#copies.push(copy);
  }

  /** The copy that came last gets the reply, now or as soon as there is one. */
  repeat(reply: ReplyToCopy): void {
    if (this.#reply) reply(this.#reply.status, responseOf(this.#reply.body));
    else this.#replyToCopy = reply;
  }

  /** Its channel has ended. A copy of what was not handled is handled; other copies are told that there is no reply. */
  end(): void {
    if (this.#phase === "waiting") return this.#passOn();
    if (this.#phase === "handled") this.settle("error", { reason: PUSH_UNANSWERED });
    this.finish();
  }

  /** The first copy whose channel still runs takes its place. */
  #passOn(): void {
    const heir = this.#copies.findIndex(({ process }) => process.alive);
    if (heir < 0) return this.#onDropped();
    const [{ process, resolve }] = this.#copies.splice(0, heir + 1).slice(-1) as [WaitingCopy];
    process.pushes.add(this);
    resolve(true);
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
