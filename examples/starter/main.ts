/**
 * The server: the page, and the sockets beside it.
 *
 * @module
 */

import { shutdownOnSignal } from "@urvogel/realtime";
import { endpoint } from "./endpoint.ts";
import { servePage } from "./page.ts";

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Open http://localhost:${port}`),
  handler: (request, info) => servePage(request) ?? endpoint.fetch(request, info),
});

// Clients are told to reconnect, and reach the next server.
shutdownOnSignal(endpoint, server);
