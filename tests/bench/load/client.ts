/**
 * The cheapest client that a server cannot tell from a browser's: it sends bytes that were made before, and counts what
 * comes back.
 *
 * @module
 */

import { concatenate } from "../../support/raw_connection.ts";
import { encodeFrame, Opcode } from "../../support/ws_frame.ts";
import { type Dialect, type DialectName, DIALECTS } from "./dialect.ts";
import { FrameCounter } from "./frame_counter.ts";

const READ_BYTES = 4096;
const END_OF_HEAD = "\r\n\r\n";

/** Where a server's sockets are; travels to the generator as JSON. */
export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** What its clients speak. */
  readonly dialect: DialectName;
}

/** A connection to one server. */
export class Client implements Disposable {
  /** What it speaks. */
  readonly dialect: Dialect;
  readonly #tcp: Deno.TcpConn;
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #frames = new FrameCounter();
  /** Messages that came together with the answer to the handshake. */
  #early = 0;

  private constructor(tcp: Deno.TcpConn, dialect: Dialect) {
    this.#tcp = tcp;
    this.dialect = dialect;
  }

  /** Opens a WebSocket. */
  static async connect(target: Target): Promise<Client> {
    const tcp = await Deno.connect({ hostname: "127.0.0.1", port: target.port });
    tcp.setNoDelay(true);
    const client = new Client(tcp, DIALECTS[target.dialect]);
    try {
      await client.write(handshake(target));
      await client.#readHandshake();
      await client.#greet();
      return client;
    } catch (error) {
      tcp.close();
      throw error;
    }
  }

  /** Sends bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    let written = await this.#tcp.write(bytes);
    while (written < bytes.length) written += await this.#tcp.write(bytes.subarray(written));
  }

  /** Waits for more to come. Returns how many messages ended in it. */
  async read(): Promise<number> {
    if (this.#early === 0) return this.#frames.count(await this.#readBytes());
    const early = this.#early;
    this.#early = 0;
    return early;
  }

  /** Waits for `count` messages, and no more than these. */
  async readAll(count: number): Promise<void> {
    let missing = count;
    while (missing > 0) missing -= await this.read();
    if (missing < 0) throw new Error(`Cannot trust this run: ${count} messages were due, ${-missing} more came`);
  }

  /**
   * Joins a topic.
   *
   * @throws {Error} If the answer is not "ok".
   */
  async join(topic: string): Promise<void> {
    await this.write(textFrame(this.dialect.join(topic)));
    const answer = await this.#readBytes();
    const isOk = new TextDecoder().decode(answer).includes(this.dialect.joined);
    let frames = this.#frames.count(answer);
    while (frames < this.dialect.joinFrames) frames += this.#frames.count(await this.#readBytes());
    if (!isOk || frames !== this.dialect.joinFrames) {
      throw new Error(`Cannot trust this run: "${topic}" was not joined`);
    }
  }

  /** Drops the connection. */
  [Symbol.dispose](): void {
    this.#tcp.close();
  }

  async #readHandshake(): Promise<void> {
    const bytes = await this.#readBytes();
    const head = new TextDecoder("latin1").decode(bytes); // a character for each byte
    const end = head.indexOf(END_OF_HEAD);
    if (!head.startsWith("HTTP/1.1 101 ") || end === -1) {
      throw new Error(`Cannot open WebSocket: the server answered ${JSON.stringify(head)}`);
    }
    this.#early = this.#frames.count(bytes.subarray(end + END_OF_HEAD.length));
  }

  async #greet(): Promise<void> {
    const { greetings, hello } = this.dialect;
    await this.readAll(greetings);
    if (hello === undefined) return;
    await this.write(textFrame(hello));
    await this.readAll(1);
  }

  async #readBytes(): Promise<Uint8Array> {
    const length = await this.#tcp.read(this.#buffer);
    if (length === null) throw new Error("Cannot go on: the server ended a connection");
    return this.#buffer.subarray(0, length);
  }
}

/** The bytes of one message. */
export function textFrame(message: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeFrame({ opcode: Opcode.text, payload: new TextEncoder().encode(message) }));
}

/** The bytes of several messages in a row. */
export function textFrames(messages: readonly string[]): Uint8Array<ArrayBuffer> {
  return messages.map(textFrame).reduce(concatenate, new Uint8Array(0));
}

/** Opens `count` connections and does `then` with each. */
export async function connectAll(
  count: number,
  target: Target,
  then: (client: Client, index: number) => Promise<void>,
): Promise<Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const open = async () => {
    for (let index = next++; index < count; index = next++) {
      const client = await Client.connect(target);
      clients[index] = client;
      await then(client, index);
    }
  };
  await Promise.all(Array.from({ length: HANDSHAKES_AT_ONCE }, open));
  return clients;
}

/** How many connections open at the same time. */
export const HANDSHAKES_AT_ONCE = 50;

/** What Chromium sends: a server has to look at all of it, or decide not to. */
function handshake({ port, path }: Target): Uint8Array {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Pragma: no-cache",
    "Cache-Control: no-cache",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Upgrade: websocket",
    `Origin: http://127.0.0.1:${port}`,
    "Sec-WebSocket-Version: 13",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}
