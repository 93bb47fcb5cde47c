/**
 * Urvogel on Deno's own WebSocket.
 *
 * @module
 */

import { endpoint } from "./bench_endpoint.ts";
import { serveNatively } from "./native_contestant.ts";

serveNatively(endpoint.fetch);
