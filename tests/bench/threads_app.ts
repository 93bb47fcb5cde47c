/**
 * Urvogel in one of several threads, which `threadsAdapter()` connects: what each thread serves.
 *
 * @module
 */

import { PubSub } from "@urvogel/realtime";
import { threadsAdapter } from "@urvogel/realtime/threads";
import type { App } from "@urvogel/realtime/serve";
import { createEndpoint } from "./bench_endpoint.ts";
import { MEMORY_PATH, memoryUsage } from "./contestant.ts";

const pubsub = new PubSub({ adapter: threadsAdapter() });
await pubsub.ready;
const endpoint = createEndpoint(pubsub);

const app: App = {
  fetch: (request, info) =>
    request.url.endsWith(MEMORY_PATH) ? Response.json(memoryUsage()) : endpoint.fetch(request, info),
};

export default app;
