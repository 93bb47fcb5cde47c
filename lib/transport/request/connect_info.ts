/**
 * What is known of a client that connects, besides its parameters.
 *
 * Cookies and most headers are left out on purpose, as in Phoenix: a browser adds them to connections that a foreign
 * page opens, so they prove nothing about who is asking.
 *
 * @module
 */

import type { Session } from "../../security/session_cookie.ts";
import type { RequestSnapshot } from "./snapshot.ts";
import type { WebSocketHost } from "./websocket_host.ts";

/** The client's address. */
export interface PeerData {
  /** IP address. */
  readonly hostname: string;
  /** TCP port. */
  readonly port: number;
}

/** What is known of a client that connects. Phoenix's `connect_info`. */
export interface ConnectInfo {
  /** How the client connects: `"websocket"` or `"longpoll"`. */
  readonly transport: string;
  /** The URL that was asked for. */
  readonly uri: URL;
  /** The address of the client, or of the proxy before it; `undefined` where the server does not say. */
  readonly peerData: PeerData | undefined;
  /** The `User-Agent` header. */
  readonly userAgent: string | undefined;
  /** All headers that begin with `x-`, in lower case. */
  readonly xHeaders: ReadonlyMap<string, string>;
  /** `traceparent` and `tracestate`, where sent. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
  /** All headers that begin with `sec-websocket-`, in lower case. */
  readonly secWebSocketHeaders: ReadonlyMap<string, string>;
  /** The token that the client gave apart from the URL; only where the mount's `authToken` is on. */
  readonly authToken: string | undefined;
  /**
   * The browser's session; only where the mount names a `session`, the cookie is good, and the page is one of this
   * server. What is in `data` was put there by the program itself.
   */
  readonly session: Session | undefined;
}

/** What a server knows of a request: what `Deno.serve` gives, or `serve`. Parts of it may be missing elsewhere. */
export interface ServeInfo {
  /** The other end of the TCP connection. */
  readonly remoteAddr?: unknown;
  /**
   * Turns the request into a WebSocket, where that is not left to Deno.
   *
   * @default {Deno.upgradeWebSocket}
   */
  readonly webSockets?: WebSocketHost;
}

/** What is known of the client behind a request. Few look at all of it: what has to be made is made when asked for. */
export class RequestInfo implements ConnectInfo {
  readonly transport: string;
  readonly peerData: PeerData | undefined;
  readonly authToken: string | undefined;
  readonly session: Session | undefined;
  readonly #request: RequestSnapshot;

  /**
   * Collects what is known.
   *
   * @param request The request.
   * @param info What the host says of it.
   * @param transport How the connection is carried.
   * @param authToken The client's token.
   * @param session The browser's session.
   */
  constructor(
    request: RequestSnapshot,
    info: ServeInfo | undefined,
    transport: string,
    authToken: string | undefined,
    session?: Session,
  ) {
    this.#request = request;
    this.peerData = peerData(info?.remoteAddr);
    this.transport = transport;
    this.authToken = authToken;
    this.session = session;
  }

  get uri(): URL {
    return new URL(this.#request.url);
  }

  get userAgent(): string | undefined {
    return this.#request.headersWhere((name) => name === "user-agent").get("user-agent");
  }

  get xHeaders(): ReadonlyMap<string, string> {
    return this.#request.headersWhere((name) => name.startsWith("x-"));
  }

  get traceContextHeaders(): ReadonlyMap<string, string> {
    return this.#request.headersWhere((name) => name === "traceparent" || name === "tracestate");
  }

  get secWebSocketHeaders(): ReadonlyMap<string, string> {
    return this.#request.headersWhere((name) => name.startsWith("sec-websocket-"));
  }
}

/** Reads the address that a host gives, whose type it may define as it likes. */
export function peerData(address: unknown): PeerData | undefined {
  if (typeof address !== "object" || address === null) return undefined;
  const { hostname, port } = address as Partial<PeerData>;
  return typeof hostname === "string" && typeof port === "number" ? { hostname, port } : undefined;
}
