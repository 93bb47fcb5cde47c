/**
 * A server for `@supabase/realtime-js`, as it comes from npm.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import { Endpoint } from "@urvogel/realtime";
import { pubsub, RealtimeSocket } from "./realtime_socket.ts";

const endpoint = new Endpoint({
  pubsub,
  sockets: { "/realtime/v1": RealtimeSocket },
  checkOrigin: false, // pages come from elsewhere, and there are no cookies: the key is in the URL
});

Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Realtime: connect to ws://localhost:${port}/realtime/v1`),
}, endpoint.fetch);
