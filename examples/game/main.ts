/**
 * Games for two, one server process for each game.
 *
 * ```sh
 * deno task start
 * ```
 *
 * - `main.ts`: the server; `three.ts` runs three of them
 * - `games.ts`: the games, by topic
 * - `rules.ts`: the rules of tic-tac-toe
 * - `store.ts`: keeps games in a file
 * - `endpoint.ts`, `contract.ts`: the players
 * - `page.ts`, `page/`: what runs in the browser, on phoenix.js as it comes from npm
 *
 * @module
 */

import { shutdownOnSignal, Supervisor } from "@urvogel/realtime";
import { endpoint } from "./endpoint.ts";
import { games } from "./games.ts";
import { answerPage } from "./page.ts";

await Supervisor.start([games.child()]);

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Game: open http://localhost:${port}`),
  handler: (request, info) => answerPage(request) ?? endpoint.fetch(request, info),
});

shutdownOnSignal(endpoint, server);
