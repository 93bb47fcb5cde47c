/**
 * Urvogel on Deno's own WebSocket.
 *
 * @module
 */

import { createEndpoint } from "./bench_endpoint.ts";
import { serveNatively } from "./native_contestant.ts";

serveNatively(createEndpoint().fetch);
