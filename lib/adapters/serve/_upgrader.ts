/**
 * Turns requests into WebSockets: the parts of the handshake (RFC 6455, section 4.2) that the endpoint's gate does not
 * do.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Upgrade, UpgradeOptions, WebSocketHost } from "../../transport/request/websocket_host.ts";
import { FramesSocket } from "./frames/_frames_socket.ts";
import { agreedDeflate } from "./frames/_permessage_deflate.ts";
import type { Turn } from "./frames/_turn.ts";
import { hasBody } from "./_requests.ts";

/** The suffix of the key of a handshake: RFC 6455, section 1.3. */
const KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A socket that opens once its response has been returned. */
interface Pending {
  readonly socket: FramesSocket;
  readonly response: Response;
  readonly head: readonly string[];
}

/** Turns one request into a WebSocket on demand. */
export class Upgrader implements WebSocketHost {
  readonly isAttentive = true;
  readonly #incoming: IncomingMessage;
  readonly #turn: Turn;
  #pending: Pending | undefined;

  /** Creates the upgrader of a request. */
  constructor(incoming: IncomingMessage, turn: Turn) {
    this.#incoming = incoming;
    this.#turn = turn;
  }

  /** Creates a socket, which opens once its response has been returned. */
  upgrade(_request: Request, { protocol, maxFrameBytes }: UpgradeOptions): Upgrade {
    if (this.#pending) throw new TypeError("Cannot upgrade request: it has been upgraded before");
    const { headers } = this.#incoming;
    const deflate = this.#turn.deflater ? agreedDeflate(headers["sec-websocket-extensions"]) : undefined;
    const socket = new FramesSocket(this.#turn, { maxFrameBytes, inflates: deflate !== undefined });
    const response = new Response(null);
    const head = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${acceptOf(headers["sec-websocket-key"] ?? "")}`,
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
      ...(deflate === undefined ? [] : [`Sec-WebSocket-Extensions: ${deflate}`]),
    ];
    this.#pending = { socket, response, head };
    return { socket, response, listen: (listener) => socket.listen(listener) };
  }

  /**
   * Opens the socket that belongs to `response`.
   *
   * @returns The socket, or `undefined` if it is another response: then there will be no socket.
   */
  open(response: Response, tcp: Socket, head: Buffer): FramesSocket | undefined {
    const pending = this.#pending;
    if (!pending) return undefined;
    const { socket } = pending;
    if (pending.response !== response) {
      socket.abandon();
      return undefined;
    }
    if (tcp.destroyed || !tcp.readable || !tcp.writable) { // the client has gone
      tcp.destroy();
      socket.abandon();
      return socket;
    }
    const more = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    tcp.write([...pending.head, ...more, "", ""].join("\r\n"), "latin1");
    socket.open(tcp, head);
    return socket;
  }
}

function acceptOf(key: string): string {
  return createHash("sha1").update(key + KEY_SUFFIX).digest("base64");
}

/**
 * Returns whether a request asks for a WebSocket. Others that ask for an upgrade, such as those of Java's client for
 * `h2c`, are answered as if they did not: RFC 9110, section 7.8.
 */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? "");
}

/** Checks what the gate cannot see of an upgrade request: RFC 6455, section 4.2.1, and HTTP/1.1. */
export function isPlainUpgrade(incoming: IncomingMessage): boolean {
  const isAtLeast11 = incoming.httpVersionMajor === 1 && incoming.httpVersionMinor >= 1;
  return isAtLeast11 && incoming.headers.host !== undefined && !hasBody(incoming);
}
