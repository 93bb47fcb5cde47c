/**
 * What is known of a client that connects, besides its parameters.
 *
 * Cookies and most headers are left out on purpose, as in Phoenix: a browser adds them to connections that a foreign
 * page opens, so they prove nothing about who is asking.
 *
 * @module
 */

/** The client's address. */
export interface PeerData {
  /** IP address. */
  readonly hostname: string;
  /** TCP port. */
  readonly port: number;
}

/** What is known of a client that connects. Phoenix's `connect_info`. */
export interface ConnectInfo {
  /** `"websocket"`. */
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
}

/** What `Deno.serve` tells about a request; parts of it may be missing in other hosts. */
export interface ServeInfo {
  /** The other end of the TCP connection. */
  readonly remoteAddr?: unknown;
  /** Settles when the response has been sent, or fails when it could not be. */
  readonly completed?: Promise<void>;
}

/**
 * Copies what is worth knowing out of a request, which cannot be read any more once it is upgraded.
 *
 * @param request The request.
 * @param info What the host says of it.
 * @param transport How the connection is carried.
 * @param authToken The client's token.
 */
export function connectInfo(
  request: Request,
  info: ServeInfo | undefined,
  transport: string,
  authToken: string | undefined,
): ConnectInfo {
  const headers = [...request.headers];
  const withPrefix = (prefix: string) => new Map(headers.filter(([name]) => name.startsWith(prefix)));
  return {
    transport,
    uri: new URL(request.url),
    peerData: peerData(info?.remoteAddr),
    userAgent: request.headers.get("user-agent") ?? undefined,
    xHeaders: withPrefix("x-"),
    traceContextHeaders: new Map(headers.filter(([name]) => name === "traceparent" || name === "tracestate")),
    secWebSocketHeaders: withPrefix("sec-websocket-"),
    authToken,
  };
}

function peerData(address: unknown): PeerData | undefined {
  if (typeof address !== "object" || address === null) return undefined;
  const { hostname, port } = address as Partial<PeerData>;
  return typeof hostname === "string" && typeof port === "number" ? { hostname, port } : undefined;
}
