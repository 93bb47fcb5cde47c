/**
 * The same on several threads of one program.
 *
 * ```sh
 * ADAPTER=threads deno task threads
 * ```
 *
 * @module
 */

import { type ServeInfo, shutdownOnSignal } from "@urvogel/realtime";
import { answerPage, endpoint } from "./server.ts";

/** What each thread serves. */
export default {
  fetch: (request: Request, info: ServeInfo) => answerPage(request) ?? endpoint.fetch(request, info),
};

shutdownOnSignal(endpoint);
