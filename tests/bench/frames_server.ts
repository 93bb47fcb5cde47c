/**
 * Urvogel on the transport with frames of its own. `--compressed` switches permessage-deflate on.
 *
 * @module
 */

import { serve } from "@urvogel/realtime/serve";
import { createEndpoint } from "./bench_endpoint.ts";
import { announce, memoryUsage } from "./contestant.ts";

/** Between the answer to a join, which the load reads, and what the load counts: echoes and broadcasts. */
const THRESHOLD_BYTES = 96;

const server = await serve(createEndpoint(), {
  port: 0,
  hostname: "127.0.0.1",
  compression: Deno.args.includes("--compressed") && { thresholdBytes: THRESHOLD_BYTES },
  handler: () => Response.json(memoryUsage()),
});
announce(server.port);
