/**
 * Whether an endpoint can serve clients, for load balancers.
 *
 * @module
 */

/**
 * The health of an endpoint, as {@linkcode healthHandler} reports it.
 *
 * @category Endpoint
 */
export interface EndpointHealth {
  /**
   * - `"ok"`: it serves clients, together with the other nodes;
   * - `"degraded"`: its bus is down, so clients here reach only each other;
   * - `"draining"`: it shuts down, and refuses new clients.
   */
  readonly status: "ok" | "degraded" | "draining";
  /**
   * Whether new clients should come here: not while it is draining, and while it is degraded only if it can do without
   * the bus (`requireBus: false`).
   */
  readonly isReady: boolean;
  /** The connection with the other nodes; `"none"` for an endpoint that runs alone. */
  readonly bus: "up" | "down" | "none";
  /** The number of nodes that are up, this one included, and of those that are down and may come back. */
  readonly nodes: { readonly up: number; readonly down: number };
  /** The number of its connections. */
  readonly connections: number;
}

/**
 * An object that reports its health: an `Endpoint`.
 *
 * @category Endpoint
 */
export interface HealthSource {
  /** See `Endpoint.health`. */
  health(): EndpointHealth;
}

const METHODS = "GET, HEAD";

/**
 * Creates a handler that reports the health of an endpoint to a load balancer: status 200 if clients should be sent to
 * it, otherwise 503. The body is the {@linkcode EndpointHealth} in JSON; it has no names, addresses or errors, so
 * everybody may read it.
 *
 * While an engine is down, all nodes that require it report 503. Most balancers then use all of them; if yours does
 * not, and clients should be served nevertheless, set `requireBus: false`.
 *
 * @category Endpoint
 * @example Usage
 * ```ts
 * import { Endpoint, healthHandler } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const health = healthHandler(endpoint);
 * const fetch = (request: Request, info?: Deno.ServeHandlerInfo) =>
 *   new URL(request.url).pathname === "/health" ? health(request) : endpoint.fetch(request, info);
 *
 * const response = await fetch(new Request("http://localhost/health"));
 * assertEquals(response.status, 200);
 * assertEquals((await response.json()).status, "ok");
 * ```
 *
 * @param endpoint The endpoint.
 * @returns The handler.
 */
export function healthHandler(endpoint: HealthSource): (request: Request) => Response {
  return ({ method }) => {
    if (method !== "GET" && method !== "HEAD") return new Response(null, { status: 405, headers: { allow: METHODS } });
    const health = endpoint.health();
    const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
    const body = method === "HEAD" ? null : JSON.stringify(health);
    return new Response(body, { status: health.isReady ? 200 : 503, headers });
  };
}
