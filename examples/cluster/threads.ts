/**
 * The chat on several threads of one program.
 *
 * ```sh
 * ADAPTER=threads deno serve --parallel --allow-net --allow-env examples/cluster/threads.ts
 * ```
 *
 * @module
 */

import { type ServeInfo, shutdownOnSignal } from "@urvogel/realtime";
import { endpoint } from "../chat/endpoint.ts";
import { answerPage } from "../chat/page.ts";

/** What each thread serves. */
export default {
  fetch: (request: Request, info: ServeInfo) => answerPage(request) ?? endpoint.fetch(request, info),
};

shutdownOnSignal(endpoint);
