/**
 * Serves the metrics of endpoints to Prometheus.
 *
 * ```ts
 * import { Endpoint } from "@urvogel/realtime";
 * import { prometheusHandler } from "@urvogel/realtime/prometheus";
 * import { assert } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const metrics = prometheusHandler([endpoint]);
 * const fetch = (request: Request, info?: Deno.ServeHandlerInfo) =>
 *   new URL(request.url).pathname === "/metrics" ? metrics(request) : endpoint.fetch(request, info);
 *
 * const response = await fetch(new Request("http://localhost/metrics"));
 * assert((await response.text()).includes("urvogel_server_active_connections"));
 * metrics[Symbol.dispose](); // a server keeps it as long as it runs
 * ```
 *
 * The metrics are those of `@urvogel/realtime/opentelemetry`, under the names that OpenTelemetry's exporters give them:
 * `urvogel.connect.duration` is `urvogel_connect_duration_seconds`.
 * [The guide](https://github.com/urvogel/realtime/blob/main/examples/guides/observability.md) says how to read each, and
 * there is [a dashboard](https://github.com/urvogel/realtime/blob/main/examples/observability/dashboard.json) for Grafana.
 *
 * **Everybody who reaches the handler can read the numbers**, such as that of the connections: mount it on a port of its
 * own, or check a header before. A thread has its own numbers, so with several threads a scrape shows one of them; use
 * OpenTelemetry there.
 *
 * @module
 */

import type { Endpoint } from "../../endpoint/endpoint.ts";
import { measure } from "../metrics/_instruments.ts";
import { Registry } from "./_registry.ts";

/** Handles the requests of Prometheus. Disposing it ends the measurement. */
export interface PrometheusHandler extends Disposable {
  /** Responds with the metrics, or with 405 for methods other than GET and HEAD. */
  (request: Request): Response;
}

const METHODS = "GET, HEAD";

/**
 * Starts to count, and creates a handler that responds with the metrics as text. Counters begin with 0 now, so create
 * it when the program starts. It costs what its telemetry listeners cost: less than a microsecond for each message.
 *
 * @example Usage
 * ```ts
 * import { Endpoint } from "@urvogel/realtime";
 * import { prometheusHandler } from "@urvogel/realtime/prometheus";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const metrics = prometheusHandler([endpoint]);
 * // On a port of its own, which clients cannot reach: Deno.serve({ port: 9464 }, metrics);
 * assertEquals(metrics(new Request("http://localhost:9464/metrics")).status, 200);
 * metrics[Symbol.dispose]();
 * ```
 *
 * @param endpoints The endpoints of this thread.
 * @returns The handler.
 */
export function prometheusHandler(endpoints: readonly Endpoint[]): PrometheusHandler {
  const registry = new Registry();
  const measuring = measure(registry, endpoints);
  const handle = ({ method }: Request) => {
    if (method !== "GET" && method !== "HEAD") return new Response(null, { status: 405, headers: { allow: METHODS } });
    const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
    return new Response(method === "HEAD" ? null : `${registry}`, { headers });
  };
  return Object.assign(handle, { [Symbol.dispose]: () => measuring[Symbol.dispose]() });
}
