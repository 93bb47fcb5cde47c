/**
 * HTTP/1.1 on a {@linkcode RawConnection}: no header is sent that the test did not ask for, but `host` and
 * `content-length`.
 *
 * @module
 */

import { type Address, concatenate, RawConnection } from "./raw_connection.ts";

/** Header fields by name. `null` takes a usual one away. */
export type RawHeaders = Readonly<Record<string, string | null>>;

/** A request for {@linkcode rawRequest}. */
export interface RawRequest extends Address {
  /** Such as `GET`. */
  readonly method: string;
  /** Path and query, as they go into the request line. */
  readonly path: string;
  /** Further header fields. */
  readonly headers?: RawHeaders;
  /** What it carries, if anything. */
  readonly body?: Uint8Array | undefined;
  /**
   * How long each part of the answer may take, in milliseconds.
   *
   * @default {30_000}
   */
  readonly timeoutMs?: number;
  /** Drops the connection when aborted. */
  readonly signal?: AbortSignal;
}

/** The first part of an answer. */
export interface ResponseHead {
  /** Such as 200. */
  readonly status: number;
  /** The header fields. */
  readonly headers: Headers;
}

/** A whole answer. */
export interface RawResponse extends ResponseHead {
  /** What it carried. */
  readonly body: Uint8Array;
  /** How long it took from the request's first byte to the answer's last, in milliseconds. */
  readonly elapsedMs: number;
}

/** Sends one request on a connection of its own and reads the answer. */
export async function rawRequest(request: RawRequest): Promise<RawResponse> {
  const { method, path, headers = {}, body, timeoutMs = 30_000, signal } = request;
  await using connection = await RawConnection.connect(request);
  const drop = () => connection.drop();
  signal?.addEventListener("abort", drop);
  try {
    const started = performance.now();
    const length = body && { "content-length": `${body.length}` };
    await writeHead(connection, `${method} ${path}`, {
      host: hostOf(request),
      ...headers,
      ...length,
    });
    if (body) await connection.write(body);
    const head = await readHead(connection, timeoutMs);
    const content = method === "HEAD" ? new Uint8Array(0) : await readBody(connection, head, timeoutMs);
    return { ...head, body: content, elapsedMs: performance.now() - started };
  } finally {
    signal?.removeEventListener("abort", drop);
  }
}

/** The value of the header `host`. */
export function hostOf({ hostname = "127.0.0.1", port }: Address): string {
  return `${hostname}:${port}`;
}

/** Writes a request line and header fields, leaving out those that are `null`. */
export async function writeHead(
  connection: RawConnection,
  methodAndPath: string,
  headers: RawHeaders,
): Promise<void> {
  const fields = Object.entries(headers).filter(([, value]) => value !== null);
  const lines = [
    `${methodAndPath} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  await connection.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
}

/** Reads a status line and header fields. */
export async function readHead(
  connection: RawConnection,
  timeoutMs: number,
): Promise<ResponseHead> {
  const [statusLine = "", ...fields] = (await readThrough(connection, "\r\n\r\n", timeoutMs)).split(
    "\r\n",
  );
  const headers = new Headers();
  for (const field of fields) {
    const colon = field.indexOf(":");
    if (colon > 0) headers.append(field.slice(0, colon), field.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(" ")[1]), headers };
}

/** Reads what follows `head`: counted, in chunks, or all there is until the stream ends. */
export async function readBody(
  connection: RawConnection,
  head: ResponseHead,
  timeoutMs: number,
): Promise<Uint8Array> {
  if (head.status === 204 || head.status === 304) return new Uint8Array(0);
  if (head.headers.get("transfer-encoding") === "chunked") {
    return await readChunks(connection, timeoutMs);
  }
  const length = head.headers.get("content-length");
  if (length !== null) return await readBytes(connection, Number(length), timeoutMs);
  while (await connection.receive(timeoutMs) === "more");
  return connection.take(connection.buffered.length);
}

async function readChunks(connection: RawConnection, timeoutMs: number): Promise<Uint8Array> {
  let body = new Uint8Array(0);
  while (true) {
    const length = parseInt(await readThrough(connection, "\r\n", timeoutMs), 16);
    const chunk = await readBytes(connection, length, timeoutMs);
    await readThrough(connection, "\r\n", timeoutMs);
    if (length === 0) return body;
    body = concatenate(body, chunk);
  }
}

async function readBytes(
  connection: RawConnection,
  length: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  while (connection.buffered.length < length) await receiveMore(connection, timeoutMs);
  return connection.take(length);
}

/** Reads up to `end` and returns what is before it. */
async function readThrough(
  connection: RawConnection,
  end: string,
  timeoutMs: number,
): Promise<string> {
  while (true) {
    const text = latin1.decode(connection.buffered);
    const at = text.indexOf(end);
    if (at >= 0) {
      connection.take(at + end.length);
      return text.slice(0, at);
    }
    await receiveMore(connection, timeoutMs);
  }
}

const latin1 = new TextDecoder("latin1");

async function receiveMore(connection: RawConnection, timeoutMs: number): Promise<void> {
  const received = await connection.receive(timeoutMs);
  if (received === "more") return;
  const text = latin1.decode(connection.buffered.subarray(0, 200));
  throw new Error(`Cannot read answer: ${received} after ${JSON.stringify(text)}`);
}
