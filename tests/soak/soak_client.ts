/**
 * A WebSocket client that costs little, so that one program can be thousands of them, and that may misbehave.
 *
 * @module
 */

import { concatenate } from "../support/raw_connection.ts";
import { decodeFrame, encodeFrame, type FrameToSend, Opcode } from "../support/ws_frame.ts";

/** What came: a message, an answer to a ping, the server's close code, or the end of the stream. */
export type Received =
  | { readonly kind: "message"; readonly message: readonly unknown[] }
  | { readonly kind: "pong" }
  | { readonly kind: "close"; readonly code: number }
  | { readonly kind: "end" };

/** A client, whatever carries its messages. */
export interface Talker {
  /** Sends a message of protocol V2. */
  send(...message: readonly unknown[]): Promise<void>;
  /** Waits for what comes next. */
  next(): Promise<Received>;
  /** Goes without a word. */
  drop(): void;
}

const READ_BYTES = 2048;
const END: Received = { kind: "end" };

/** One connection. It reads only when asked to. */
export class SoakClient implements Talker, Disposable {
  readonly #tcp: Deno.TcpConn;
  readonly #chunk = new Uint8Array(READ_BYTES);
  #buffered: Uint8Array = new Uint8Array(0);
  #dropped = false;

  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
  }

  /** Opens a TCP connection, and nothing more. */
  static async dial(port: number): Promise<SoakClient> {
    return new SoakClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Opens a WebSocket. */
  static async connect(port: number): Promise<SoakClient> {
    const client = await SoakClient.dial(port);
    try {
      await client.write(handshake(port));
      await client.#readHandshake();
      return client;
    } catch (error) {
      client.drop();
      throw error;
    }
  }

  /** Sends a message of protocol V2. */
  async send(...message: readonly unknown[]): Promise<void> {
    await this.sendFrame({ opcode: Opcode.text, payload: new TextEncoder().encode(JSON.stringify(message)) });
  }

  /** Sends any frame. */
  async sendFrame(frame: FrameToSend): Promise<void> {
    await this.write(encodeFrame(frame));
  }

  /** Sends any bytes. Once the connection is gone it does nothing: {@linkcode next} tells of that. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < bytes.length;) written += await this.#tcp.write(bytes.subarray(written));
    } catch (error) {
      if (!isOver(error)) throw error;
    }
  }

  /** Waits for what comes next. */
  async next(): Promise<Received> {
    while (true) {
      const decoded = decodeFrame(this.#buffered);
      if (!decoded) {
        if (!await this.#readMore()) return END;
        continue;
      }
      this.#buffered = this.#buffered.subarray(decoded.length);
      const { opcode, payload } = decoded.frame;
      if (opcode === Opcode.text) return { kind: "message", message: JSON.parse(new TextDecoder().decode(payload)) };
      if (opcode === Opcode.pong) return { kind: "pong" };
      if (opcode === Opcode.close) return { kind: "close", code: (payload[0] ?? 0) * 256 + (payload[1] ?? 0) };
    }
  }

  /** Vanishes, without a word. May be called again. */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#tcp.close();
  }

  /** As {@linkcode drop}. */
  [Symbol.dispose](): void {
    this.drop();
  }

  async #readMore(): Promise<boolean> {
    try {
      const length = await this.#tcp.read(this.#chunk);
      if (length === null) return false;
      this.#buffered = concatenate(this.#buffered, this.#chunk.subarray(0, length));
      return true;
    } catch (error) {
      if (!isOver(error)) throw error;
      return false;
    }
  }

  async #readHandshake(): Promise<void> {
    const latin1 = new TextDecoder("latin1");
    while (true) {
      const text = latin1.decode(this.#buffered);
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) {
        if (await this.#readMore()) continue;
        throw new Error(`Cannot open WebSocket: the server ended the connection`);
      }
      this.#buffered = this.#buffered.subarray(end + 4);
      if (text.startsWith("HTTP/1.1 101 ")) return;
      throw new Error(`Cannot open WebSocket: the server answered ${JSON.stringify(text.slice(0, 100))}`);
    }
  }
}

/** Whether the other side, or {@linkcode SoakClient.drop}, ended the connection. */
function isOver(error: unknown): boolean {
  return [
    Deno.errors.ConnectionReset,
    Deno.errors.BrokenPipe,
    Deno.errors.BadResource,
    Deno.errors.Interrupted,
    Deno.errors.ConnectionAborted,
    Deno.errors.NotConnected,
  ].some((type) => error instanceof type);
}

/** A request for a WebSocket. */
export function handshake(port: number, query = "vsn=2.0.0"): Uint8Array<ArrayBuffer> {
  const lines = [
    `GET /socket/websocket?${query} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}
