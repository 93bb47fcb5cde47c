/**
 * The program of one server, which the others start: see `main.ts`.
 *
 * @module
 */

import { shutdownOnSignal } from "@urvogel/realtime";
import { answerPage, endpoint } from "./server.ts";

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`server on port ${port}: process ${Deno.pid}, open http://localhost:${port}`),
  handler: (request, info) => answerPage(request) ?? endpoint.fetch(request, info),
});

shutdownOnSignal(endpoint, server);
