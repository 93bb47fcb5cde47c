/**
 * Urvogel on Deno's own WebSocket, with an inspector.
 *
 * @module
 */

import { inspector } from "@urvogel/realtime/inspector";
import { createEndpoint } from "./bench_endpoint.ts";
import { CLOSED_PATH, INSPECTOR_PATH } from "./inspected.ts";
import { serveNatively } from "./native_contestant.ts";

const endpoint = createEndpoint();
const inspect = inspector(endpoint);

serveNatively((request, info) => {
  if (!request.url.includes(INSPECTOR_PATH)) return endpoint.fetch(request, info);
  if (!request.url.endsWith(CLOSED_PATH)) return inspect(request, info);
  inspect[Symbol.dispose](); // what is measured would go on for 15 seconds
  return new Response();
});
