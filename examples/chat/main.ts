/**
 * A chat: rooms, names, a page to open.
 *
 * ```sh
 * deno task chat        # or: PORT=8000 deno task chat
 * ```
 *
 * Who is who:
 *
 * - `main.ts`: the server: the sockets, and the page beside them
 * - `endpoint.ts`: the sockets: who may connect, and what for
 * - `contract.ts`: what rooms and people say to each other, for the server and the page
 * - `names.ts`: what the names of people and rooms look like
 * - `room_channel.ts`: one client in one room
 * - `people.ts`: who is in which room
 * - `page/`: what runs in the browser, on phoenix.js as it comes from npm
 *
 * @module
 */

import { shutdownOnSignal } from "@urvogel/realtime";
import { endpoint } from "./endpoint.ts";
import { answerPage } from "./page.ts";

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Chat: open http://localhost:${port}`),
  handler: (request, info) => answerPage(request) ?? endpoint.fetch(request, info),
});

// First the sockets, whose clients come back to the next server; then the server under them.
shutdownOnSignal(endpoint, server);
