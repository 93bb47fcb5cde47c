/**
 * The bodies of a session's posts: read within a time, a number, and a number of bytes for all that are under way.
 *
 * A body that is refused is read on and thrown away, and never cancelled: Deno reads on all the same, but out of reach,
 * and its `server.shutdown()` then waits for a client that has stalled.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";

/**
 * Why a body is not taken:
 *
 * - `tooLarge`: it is larger than all bodies of a session together may be,
 * - `tooMuch`: it is too much beside the others,
 * - `late`: it did not come in time,
 * - `broken`: the client went,
 * - `over`: the session has ended.
 */
export type BodyFault = "tooLarge" | "tooMuch" | "late" | "broken" | "over";

/** How much one session may post. */
export interface PostLimits {
  /** Bytes of all bodies that are under way. */
  readonly maxPostBytes: number;
  /** How many may be under way. */
  readonly maxRequests: number;
  /** How long each may take, in milliseconds. */
  readonly bodyTimeoutMs: number;
}

/** What a body counts towards. */
interface Budget {
  /** Counts bytes more, or less. Returns why there may not be as many. */
  add(bytes: number): "tooLarge" | "tooMuch" | undefined;
  /** Forgets the body. */
  delete(body: PostedBody): void;
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** The bodies of one session that are under way. */
export class PostedBodies {
  readonly #limits: PostLimits;
  readonly #open = new Set<PostedBody>();
  #bytes = 0;
  readonly #budget: Budget = {
    add: (bytes) => this.#add(bytes),
    delete: (body) => this.#open.delete(body),
  };

  /** Creates the count of a session that has posted nothing. */
  constructor(limits: PostLimits) {
    this.#limits = limits;
  }

  /** How many bytes of bodies are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes in the body of a request.
   *
   * @returns The body, which counts until it is disposed of, or `undefined` if as many are under way as may.
   */
  take(request: Request): PostedBody | undefined {
    const { maxRequests, maxPostBytes, bodyTimeoutMs } = this.#limits;
    if (this.#open.size >= maxRequests) return undefined;
    const announced = Number(request.headers.get("content-length") ?? 0);
    const body = new PostedBody(request.body?.getReader(), this.#budget, bodyTimeoutMs);
    this.#open.add(body);
    if (announced > maxPostBytes) body.stop("tooLarge");
    return body;
  }

  /** The session has ended: nothing more is taken. */
  end(): void {
    for (const body of [...this.#open]) body.stop("over");
  }

  #add(bytes: number): "tooLarge" | "tooMuch" | undefined {
    this.#bytes += bytes;
    if (this.#bytes <= this.#limits.maxPostBytes) return undefined;
    return this.#open.size > 1 ? "tooMuch" : "tooLarge";
  }
}

/** One body. To be disposed of when what it held has been used. */
export class PostedBody implements Disposable {
  readonly #reader: Reader | undefined;
  readonly #budget: Budget;
  readonly #deadline: Alarm;
  readonly #read = Promise.withResolvers<BodyFault | undefined>();
  // Grows as bytes come: what a client announces is not believed, and a byte at a time must not cost an object each.
  #buffer = new Uint8Array(0);
  #length = 0;
  #isOver = false;

  /** Begins to read. */
  constructor(reader: Reader | undefined, budget: Budget, timeoutMs: number) {
    this.#reader = reader;
    this.#budget = budget;
    this.#deadline = new Alarm(() => this.stop("late")).set(timeoutMs);
    void this.#pump();
  }

  /** Resolves when all of it is there, or with the reason why it will not be. */
  get read(): Promise<BodyFault | undefined> {
    return this.#read.promise;
  }

  /** What it held. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Takes no more of it. */
  stop(fault: BodyFault): void {
    if (this.#isOver) return;
    this.#end(fault);
    this[Symbol.dispose]();
  }

  /** Forgets what it held. */
  [Symbol.dispose](): void {
    this.#end("over");
    this.#budget.add(-this.#length);
    this.#budget.delete(this);
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
  }

  async #pump(): Promise<void> {
    try {
      for (let piece = await this.#reader?.read(); piece && !piece.done; piece = await this.#reader?.read()) {
        if (!this.#isOver) this.#keep(piece.value); // else it is thrown away
      }
      this.#end(undefined);
    } catch {
      this.stop("broken");
    }
  }

  #keep(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    const fault = this.#budget.add(piece.length);
    if (fault) {
      this.#budget.add(-piece.length);
      return this.stop(fault);
    }
    if (length > this.#buffer.length) {
      this.#buffer = new Uint8Array(this.#buffer.buffer.transfer(Math.max(length, 2 * this.#buffer.length)));
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  #end(fault: BodyFault | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline.clear();
    this.#read.resolve(fault);
  }
}

/** Reads a body that nobody wants, and throws it away. */
export async function discardBody(request: Request): Promise<void> {
  try {
    if (!request.body || request.bodyUsed || request.body.locked) return;
    const reader = request.body.getReader();
    while (!(await reader.read()).done);
  } catch { // the client went
  }
}
