/**
 * Information about a client that connects, besides its parameters.
 *
 * Cookies and most headers are left out on purpose, as in Phoenix: a browser adds them to connections that a foreign
 * page opens, so they do not prove who the client is.
 *
 * @module
 */

import type { Session } from "../../security/session_cookie.ts";
import type { RequestSnapshot } from "./snapshot.ts";
import type { WebSocketHost } from "./websocket_host.ts";

/**
 * The client's address.
 *
 * @category Transport
 */
export interface PeerData {
  /** IP address. */
  readonly hostname: string;
  /** TCP port. */
  readonly port: number;
}

/**
 * Information about a client that connects. Phoenix's `connect_info`.
 *
 * @category Transport
 */
export interface ConnectInfo {
  /** How the client connects: `"websocket"` or `"longpoll"`. */
  readonly transport: string;
  /** The requested URL. */
  readonly uri: URL;
  /** The other end of the TCP connection: the client, or a proxy in front of it; `undefined` if it is not known. */
  readonly peerData: PeerData | undefined;
  /**
   * The client's address, as the endpoint's `addressOf` reads it; by default the other end of the TCP connection.
   * `undefined` if it is not known. Logs, events and the inspector have it.
   */
  readonly address: string | undefined;
  /** The `User-Agent` header. */
  readonly userAgent: string | undefined;
  /** All headers that begin with `x-`, in lower case. */
  readonly xHeaders: ReadonlyMap<string, string>;
  /** `traceparent` and `tracestate`, where sent. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
  /** All headers that begin with `sec-websocket-`, in lower case. */
  readonly secWebSocketHeaders: ReadonlyMap<string, string>;
  /** The token that the client sent outside the URL. Set only if the mount's `authToken` is on. */
  readonly authToken: string | undefined;
  /**
   * The browser's session. Set only if the mount has a `session` option, the cookie is valid, and the page belongs to
   * this server. Its `data` was written by the program itself.
   */
  readonly session: Session | undefined;
}

/**
 * What a server passes along with a request, as `Deno.serve` and `serve` do. Other servers may omit parts of it.
 *
 * @category Transport
 */
export interface ServeInfo {
  /** The other end of the TCP connection. */
  readonly remoteAddr?: unknown;
  /**
   * Turns the request into a WebSocket, if Deno does not do that.
   *
   * @default {Deno.upgradeWebSocket}
   */
  readonly webSockets?: WebSocketHost;
}

/** Returns the address of a client. */
export type AddressOf = (info: ConnectInfo) => string | undefined;

/** What information about a client is made of. */
export interface RequestInfoParts {
  /** The request. */
  readonly request: RequestSnapshot;
  /** What the host passes along with it. */
  readonly serveInfo: ServeInfo | undefined;
  /** The name of the transport. */
  readonly transport: string;
  /** The client's token. */
  readonly authToken: string | undefined;
  /** The browser's session. */
  readonly session: Session | undefined;
  /** Returns the client's address. */
  readonly addressOf: AddressOf;
}

/**
 * Information about the client behind a request. Most programs use only parts of it, so each part is computed on
 * demand.
 */
export class RequestInfo implements ConnectInfo {
  readonly transport: string;
  readonly peerData: PeerData | undefined;
  readonly authToken: string | undefined;
  readonly session: Session | undefined;
  readonly #request: RequestSnapshot;
  readonly #addressOf: AddressOf;
  #isAddressRead = false;
  #address: string | undefined;
  #traceContext: ReadonlyMap<string, string> | undefined;

  /** Collects the information about a request. */
  constructor({ request, serveInfo, transport, authToken, session, addressOf }: RequestInfoParts) {
    this.#request = request;
    this.#addressOf = addressOf;
    this.peerData = peerData(serveInfo?.remoteAddr);
    this.transport = transport;
    this.authToken = authToken;
    this.session = session;
  }

  get address(): string | undefined {
    if (!this.#isAddressRead) {
      this.#isAddressRead = true;
      this.#address = hostnameOf(this); // if the next line throws, the report of that has it
      this.#address = this.#addressOf(this);
    }
    return this.#address;
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
    return this.#traceContext ??= this.#request.headersWhere((name) => TRACE_CONTEXT.has(name));
  }

  get secWebSocketHeaders(): ReadonlyMap<string, string> {
    return this.#request.headersWhere((name) => name.startsWith("sec-websocket-"));
  }
}

const TRACE_CONTEXT: ReadonlySet<string> = new Set(["traceparent", "tracestate"]);

/** Returns the other end of the TCP connection. */
export function hostnameOf({ peerData }: ConnectInfo): string | undefined {
  return peerData?.hostname;
}

/** Reads the address that a host provides. Hosts may use any type for it. */
export function peerData(address: unknown): PeerData | undefined {
  if (typeof address !== "object" || address === null) return undefined;
  const { hostname, port } = address as Partial<PeerData>;
  return typeof hostname === "string" && typeof port === "number" ? { hostname, port } : undefined;
}
