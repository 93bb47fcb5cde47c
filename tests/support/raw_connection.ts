/**
 * A TCP connection that a test has in its hands: it reads only when asked to, and waits only as long as it is told.
 *
 * @module
 */

/** How waiting for bytes ended. */
export type Received =
  /** There are more bytes in {@linkcode RawConnection.buffered}. */
  | "more"
  /** Nothing came in time. */
  | "timeout"
  /** The other side ended the stream. */
  | "fin"
  /** The other side, or {@linkcode RawConnection.drop}, broke it off. */
  | "reset";

/** Where to connect to. */
export interface Address {
  /**
   * The server's address.
   *
   * @default {"127.0.0.1"}
   */
  readonly hostname?: string;
  /** The server's port. */
  readonly port: number;
}

const READ_BYTES = 65_536;

/** Bytes both ways. One that never calls {@linkcode receive} is a peer that does not read. */
export class RawConnection implements Disposable, AsyncDisposable {
  readonly #tcp: Deno.TcpConn;
  #buffered = new Uint8Array(0);
  #reading: Promise<Uint8Array | "fin" | "reset"> | undefined;
  #dropped = false;

  /** Use {@linkcode RawConnection.connect}. */
  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
  }

  /** Connects to `address`, without Nagle's delay. */
  static async connect({ hostname = "127.0.0.1", port }: Address): Promise<RawConnection> {
    const tcp = await Deno.connect({ hostname, port });
    tcp.setNoDelay(true);
    return new RawConnection(tcp);
  }

  /** What has come and was not taken yet. */
  get buffered(): Uint8Array {
    return this.#buffered;
  }

  /** Removes the first `length` bytes of {@linkcode buffered} and returns them. */
  take(length: number): Uint8Array {
    const taken = this.#buffered.slice(0, length);
    this.#buffered = this.#buffered.slice(length);
    return taken;
  }

  /** Writes all of `bytes`. Waits for as long as the other side does not read. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#tcp.write(bytes.subarray(written));
    }
  }

  /**
   * Waits for more bytes.
   *
   * A read that is late goes on, so that what it brings is there next time.
   *
   * @param timeoutMs How long to wait, in milliseconds.
   * @returns How it ended.
   */
  async receive(timeoutMs: number): Promise<Received> {
    this.#reading ??= this.#read();
    const received = await within(this.#reading, timeoutMs);
    if (received === undefined) return "timeout";
    if (typeof received === "string") return received;
    this.#reading = undefined;
    this.#buffered = concatenate(this.#buffered, received);
    return "more";
  }

  async #read(): Promise<Uint8Array | "fin" | "reset"> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      const length = await this.#tcp.read(buffer);
      return length === null ? "fin" : buffer.subarray(0, length);
    } catch (error) {
      if (this.#dropped || error instanceof Deno.errors.ConnectionReset) return "reset";
      throw error;
    }
  }

  /** Closes the TCP connection, at once and without a word. May be called again. */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#tcp.close();
  }

  /** As {@linkcode drop}. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** As {@linkcode drop}; then waits for the read that may be under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    await this.#reading;
  }
}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const { promise: tooLate, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** `first` and then `second`. */
export function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
