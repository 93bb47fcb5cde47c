/**
 * A WebSocket client without hidden behaviour: it never answers pings, never echoes close frames, never reassembles
 * messages, reads only when asked to, and can send any bytes at all.
 *
 * @module
 */

import { type Address, RawConnection } from "./raw_connection.ts";
import { hostOf, type RawHeaders, readBody, readHead, type ResponseHead, writeHead } from "./raw_http.ts";
import {
  decodeClose,
  decodeFrame,
  encodeClose,
  encodeFrame,
  type Frame,
  type FrameToSend,
  Opcode,
} from "./ws_frame.ts";

/** What a client sends to open a WebSocket. */
export interface RawClientOptions extends Address {
  /** Path and query. */
  readonly path: string;
  /** Header fields to add to the usual ones, or with `null` to leave out. */
  readonly headers?: RawHeaders;
  /**
   * How long the server may take to answer, in milliseconds.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
}

/** The server's answer to the request to open a WebSocket. */
export interface Handshake extends ResponseHead {
  /** What came with a status other than 101. */
  readonly body: string;
  /** Whether the status is 101 and `sec-websocket-accept` fits the request's key. */
  readonly accepted: boolean;
}

/** What a client is sent. Frames that are not whole messages, and those that make no sense, are `"other"`. */
export type Incoming =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary" | "ping" | "pong"; readonly data: Uint8Array }
  | { readonly kind: "close"; readonly code: number | null; readonly reason: string }
  | { readonly kind: "other"; readonly frame: Frame }
  | { readonly kind: "eof"; readonly how: "fin" | "reset" };

/** One connection. Dispose of it with `await using`, or with `using` where nothing else is to be awaited. */
export class RawClient implements Disposable, AsyncDisposable {
  /** What the server answered. Frames make sense only if it is `accepted`. */
  readonly handshake: Handshake;
  readonly #connection: RawConnection;

  private constructor(connection: RawConnection, handshake: Handshake) {
    this.#connection = connection;
    this.handshake = handshake;
  }

  /**
   * Connects and asks for a WebSocket.
   *
   * @example Usage
   * ```ts ignore
   * await using client = await RawClient.connect({ port, path: "/socket/websocket?vsn=2.0.0" });
   * await client.sendText('[null,"1","phoenix","heartbeat",{}]');
   * const answer = await client.recv(1000);
   * ```
   *
   * @throws {Error} If what comes back is not HTTP, or comes late.
   */
  static async connect(options: RawClientOptions): Promise<RawClient> {
    const connection = await RawConnection.connect(options);
    try {
      return new RawClient(connection, await shakeHands(connection, options));
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Sends a text frame. */
  async sendText(text: string): Promise<void> {
    await this.sendFrame({ opcode: Opcode.text, payload: new TextEncoder().encode(text) });
  }

  /** Sends a binary frame. */
  async sendBinary(data: Uint8Array): Promise<void> {
    await this.sendFrame({ opcode: Opcode.binary, payload: data });
  }

  /** Sends a close frame, empty if `code` is `null`. */
  async sendClose(code: number | null = 1000, reason = ""): Promise<void> {
    await this.sendFrame({ opcode: Opcode.close, payload: encodeClose(code, reason) });
  }

  /** Sends any frame, also one that breaks the RFC. */
  async sendFrame(frame: FrameToSend): Promise<void> {
    await this.sendBytes(encodeFrame(frame));
  }

  /** Sends any bytes. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#connection.write(bytes);
  }

  /**
   * Reads the next frame.
   *
   * @param timeoutMs How long to wait for it, in milliseconds.
   * @returns The frame, or `undefined` if none came in time.
   */
  async recv(timeoutMs = 3000): Promise<Incoming | undefined> {
    const end = performance.now() + timeoutMs;
    while (true) {
      const decoded = decodeFrame(this.#connection.buffered);
      if (decoded) {
        this.#connection.take(decoded.length);
        return incoming(decoded.frame);
      }
      const received = await this.#connection.receive(Math.max(0, end - performance.now()));
      if (received === "timeout") return undefined;
      if (received !== "more") return { kind: "eof", how: received };
    }
  }

  /** Drops the TCP connection without a close frame. May be called again. */
  drop(): void {
    this.#connection.drop();
  }

  /** As {@linkcode drop}. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** As {@linkcode drop}; then waits for the read that may be under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}

async function shakeHands(
  connection: RawConnection,
  options: RawClientOptions,
): Promise<Handshake> {
  const { path, headers = {}, timeoutMs = 5000 } = options;
  const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  const usual = {
    "Host": hostOf(options),
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
  };
  await writeHead(connection, `GET ${path}`, { ...usual, ...headers });
  const head = await readHead(connection, timeoutMs);
  if (head.status !== 101) {
    const body = new TextDecoder().decode(await readBody(connection, head, timeoutMs));
    return { ...head, body, accepted: false };
  }
  return {
    ...head,
    body: "",
    accepted: head.headers.get("sec-websocket-accept") === await acceptKey(key),
  };
}

/** RFC 6455, section 4.2.2. */
async function acceptKey(key: string): Promise<string> {
  const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", text)).toBase64();
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function incoming(frame: Frame): Incoming {
  if (!frame.fin || frame.rsv !== 0) return { kind: "other", frame };
  switch (frame.opcode) {
    case Opcode.text:
      return { kind: "text", text: utf8.decode(frame.payload) };
    case Opcode.binary:
      return { kind: "binary", data: frame.payload };
    case Opcode.ping:
      return { kind: "ping", data: frame.payload };
    case Opcode.pong:
      return { kind: "pong", data: frame.payload };
    case Opcode.close:
      return { kind: "close", ...decodeClose(frame.payload) };
    default:
      return { kind: "other", frame };
  }
}
