/**
 * Converts requests and responses between node:http and the web's Fetch API.
 *
 * @module
 */

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Readable, type Writable } from "node:stream";
import { Alarm } from "../../base/alarm.ts";

/** Returns the client's address in the form of `Deno.serve`. */
export function remoteAddrOf({ remoteAddress, remotePort }: Socket): Deno.NetAddr {
  return { transport: "tcp", hostname: remoteAddress ?? "", port: remotePort ?? 0 };
}

/**
 * Turns a request of node:http into a `Request`.
 *
 * @param incoming The request.
 * @param scheme `"http"` or `"https"`.
 * @param signal Aborts when the client has disconnected.
 * @returns The request, or `undefined` if its URL is invalid, or the class does not allow it, such as `TRACE`.
 */
export function requestOf(incoming: IncomingMessage, scheme: string, signal?: AbortSignal): Request | undefined {
  const url = urlOf(incoming, scheme);
  if (url === undefined) return undefined;
  try {
    return createRequest(url, incoming, signal);
  } catch {
    return undefined; // the class says no
  }
}

function createRequest(url: string, incoming: IncomingMessage, signal: AbortSignal | undefined): Request {
  const { method = "GET" } = incoming;
  const headers = headersOf(incoming.rawHeaders);
  if (method === "GET" || method === "HEAD" || !hasBody(incoming)) {
    return new Request(url, { method, headers, ...(signal && { signal }) });
  }
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>;
  const init = { method, headers, body, duplex: "half", ...(signal && { signal }) };
  return new Request(url, init);
}

/** Returns whether a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/**
 * Returns the URL as text, built from the `Host` header and the path. The endpoint checks whether the host is valid. If
 * a request has an absolute URL, as sent to proxies, only its path is used.
 */
function urlOf({ url = "", headers }: IncomingMessage, scheme: string): string | undefined {
  const path = url.startsWith("/") ? url : pathOf(url);
  if (path === undefined) return undefined;
  const joined = `${scheme}://${headers.host || "localhost"}${path}`; // an empty one would make the path the host
  return URL.canParse(joined) ? joined : undefined;
}

function pathOf(url: string): string | undefined {
  const parsed = /^https?:/i.test(url) ? URL.parse(url) : null;
  return parsed ? parsed.pathname + parsed.search : undefined;
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i < raw.length; i += 2) headers.append(raw[i]!, raw[i + 1]!);
  return headers;
}

/** Limits how long a client may read nothing of its response. */
export interface SendLimit {
  /** How long, in milliseconds. */
  readonly timeoutMs: number;
  /** Called when it took longer. Ends the connection. */
  readonly onLate: () => void;
}

/**
 * Sends a response to a request of `method`. Its body is read as fast as the client receives it, and cancelled when the
 * client disconnects.
 *
 * @returns Resolves when it has been sent, or the client has disconnected.
 */
export async function sendResponse(
  response: Response,
  outgoing: ServerResponse,
  { method, ...limit }: SendLimit & { readonly method: string },
): Promise<void> {
  const { status, headers, body } = response;
  if (outgoing.destroyed) return void await body?.cancel();
  const all = [...headers].flat();
  if (body === null && !headers.has("content-length") && mayHaveBody(status)) all.push("content-length", "0");
  outgoing.writeHead(status, reasonOf(response), all);
  if (body === null || method === "HEAD" || !mayHaveBody(status)) {
    outgoing.end();
    await body?.cancel();
  } else {
    await pipe(body, outgoing, limit);
  }
}

/** What stands behind the status in the first line; few responses say it themselves. */
function reasonOf({ status, statusText }: Response): string {
  return statusText || STATUS_CODES[status] || "";
}

function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 304;
}

async function pipe(
  body: ReadableStream<Uint8Array>,
  outgoing: Writable,
  { timeoutMs, onLate }: SendLimit,
): Promise<void> {
  const reader = body.getReader();
  const patience = new Alarm(onLate);
  let isClosed = false;
  outgoing.once("close", () => {
    isClosed = true;
    patience.clear();
    void reader.cancel().catch(() => {}); // nothing, if it has been read to its end
  });
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      for (const part of partsOf(piece.value)) {
        if (isClosed || outgoing.write(part)) continue;
        patience.set(timeoutMs);
        await writable(outgoing);
        patience.clear();
      }
    }
    if (!isClosed) patience.set(timeoutMs);
    outgoing.end();
  } catch {
    outgoing.destroy(); // so that the client does not take what it has for all of it
  }
}

/** Cuts a piece into parts, so that a client that reads slowly is seen to read. */
function* partsOf(piece: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < piece.length; at += PART_BYTES) yield piece.subarray(at, at + PART_BYTES);
}

/** Waits until there is room, or the client has disconnected. */
function writable(outgoing: Writable): Promise<void> {
  return new Promise((resolve) => {
    const ready = () => {
      outgoing.off("drain", ready).off("close", ready);
      resolve();
    };
    outgoing.on("drain", ready).on("close", ready);
  });
}

const PART_BYTES = 65_536;

/** Headers of a response that may contradict how its body is sent. */
const FRAMING = ["transfer-encoding", "keep-alive"];

/**
 * Writes a response to a connection that node:http has detached. It is the last response on it: its body goes on until
 * the connection ends, which it does when all is written, even if the client keeps its half open.
 */
export async function writeResponse(response: Response, tcp: Socket, limit: SendLimit): Promise<void> {
  const { body } = response;
  if (tcp.destroyed) return void await body?.cancel();
  const headers = new Headers(response.headers);
  for (const name of FRAMING) headers.delete(name);
  headers.set("connection", "close");
  if (body === null) headers.set("content-length", "0");
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  tcp.write([`HTTP/1.1 ${response.status} ${reasonOf(response)}`, ...lines, "", ""].join("\r\n"), "latin1");
  tcp.resume(); // so that it is noticed when the client goes
  if (body) await pipe(body, tcp, limit);
  else tcp.end();
  tcp.destroySoon();
}
