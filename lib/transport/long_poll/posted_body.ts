/**
 * Reads the bodies of a session's posts. Limits their time, their number, and their bytes together.
 *
 * A refused body is read to its end and discarded, never cancelled: Deno would go on reading it internally, and its
 * `server.shutdown()` would wait for a client that has stalled.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";

/**
 * Why a body is refused:
 *
 * - `tooLarge`: it exceeds the limit for all bodies of a session,
 * - `tooMuch`: it exceeds that limit together with the other bodies,
 * - `late`: it did not arrive in time,
 * - `broken`: the client disconnected,
 * - `over`: the session has ended.
 */
export type BodyFault = "tooLarge" | "tooMuch" | "late" | "broken" | "over";

/** Limits for the posts of one session. */
export interface PostLimits {
  /** Maximum number of bytes of all bodies in progress. */
  readonly maxPostBytes: number;
  /** Maximum number of bodies in progress. */
  readonly maxRequests: number;
  /** Time limit for each body, in milliseconds. */
  readonly bodyTimeoutMs: number;
}

/** A post: its headers and its body. */
export type PostedRequest = Pick<Request, "headers" | "body">;

/** The budget that a body counts towards. */
interface Budget {
  /** Adds bytes to the count, or subtracts them. Returns why the limit is exceeded, if it is. */
  add(bytes: number): "tooLarge" | "tooMuch" | undefined;
  /** Removes the body. */
  delete(body: PostedBody): void;
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** The bodies of one session that are in progress. */
export class PostedBodies {
  readonly #limits: PostLimits;
  readonly #open = new Set<PostedBody>();
  #bytes = 0;
  readonly #budget: Budget = {
    add: (bytes) => this.#add(bytes),
    delete: (body) => this.#open.delete(body),
  };

  /** Creates an empty set of bodies. */
  constructor(limits: PostLimits) {
    this.#limits = limits;
  }

  /** The number of bytes held for all bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Begins to read the body of a request.
   *
   * @returns The body, which counts until it is disposed of, or `undefined` if the maximum number is in progress.
   */
  take(request: PostedRequest): PostedBody | undefined {
    const { maxRequests, maxPostBytes, bodyTimeoutMs } = this.#limits;
    if (this.#open.size >= maxRequests) return undefined;
    const announced = Number(request.headers.get("content-length") ?? 0);
    const body = new PostedBody(request.body?.getReader(), this.#budget, bodyTimeoutMs);
    this.#open.add(body);
    if (announced > maxPostBytes) body.stop("tooLarge");
    return body;
  }

  /** Ends the session: no more bodies are accepted. */
  end(): void {
    for (const body of [...this.#open]) body.stop("over");
  }

  #add(bytes: number): "tooLarge" | "tooMuch" | undefined {
    this.#bytes += bytes;
    if (this.#bytes <= this.#limits.maxPostBytes) return undefined;
    return this.#open.size > 1 ? "tooMuch" : "tooLarge";
  }
}

/** One body. Dispose of it once its bytes have been used. */
export class PostedBody implements Disposable {
  readonly #reader: Reader | undefined;
  readonly #budget: Budget;
  readonly #deadline: Alarm;
  readonly #read = Promise.withResolvers<BodyFault | undefined>();
  // Grows as bytes arrive: the announced length is not trusted, and single bytes must not cost an object each.
  #buffer = new Uint8Array(0);
  #length = 0;
  #isOver = false;

  /** Begins to read the body. */
  constructor(reader: Reader | undefined, budget: Budget, timeoutMs: number) {
    this.#reader = reader;
    this.#budget = budget;
    this.#deadline = new Alarm(() => this.stop("late")).set(timeoutMs);
    void this.#pump();
  }

  /** Resolves when the whole body has arrived, or with the reason why it will not. */
  get read(): Promise<BodyFault | undefined> {
    return this.#read.promise;
  }

  /** The bytes of the body. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Stops reading the body. */
  stop(fault: BodyFault): void {
    if (this.#isOver) return;
    this.#end(fault);
    this[Symbol.dispose]();
  }

  /** Frees its bytes. */
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

/** Reads a body and discards it. */
export async function discardBody(request: Request): Promise<void> {
  try {
    if (!request.body || request.bodyUsed || request.body.locked) return;
    const reader = request.body.getReader();
    while (!(await reader.read()).done);
  } catch { // the client went
  }
}
