/**
 * A poll with a login: pages and login by Hono, live totals by channels.
 *
 * ```sh
 * deno task start
 * ```
 *
 * - `main.ts`: the routes: the page, the login, the socket
 * - `poll.ts`: the votes, and who may vote
 * - `contract.ts`: what the poll and its voters send to each other
 * - `page/`: what runs in the browser
 *
 * @module
 */

import { type ServeInfo, shutdownOnSignal } from "@urvogel/realtime";
import { Hono } from "hono";
import { stripTypeScriptTypes } from "node:module";
import phoenix from "phoenix" with { type: "text" };
import script from "./page/app.ts" with { type: "text" };
import html from "./page/index.html" with { type: "text" };
import { endpoint, tokenFor } from "./poll.ts";

const SCRIPT = { "content-type": "text/javascript; charset=utf-8" };
const app = new Hono<{ Bindings: ServeInfo }>();

app.get("/", (context) => context.html(html));
app.get("/app.js", (context) => context.body(stripTypeScriptTypes(script), 200, SCRIPT));
app.get("/phoenix.js", (context) => context.body(phoenix, 200, SCRIPT));

app.post("/login", async (context) => {
  const { name } = await context.req.parseBody();
  if (typeof name !== "string" || !/^[\w-]{1,20}$/.test(name)) {
    return context.json({ reason: "a name has 1 to 20 letters or digits" }, 422);
  }
  return context.json({ token: await tokenFor(name) });
});

// The original request: a WebSocket is tied to it.
app.all("/socket/*", (context) => endpoint.fetch(context.req.raw, context.env));

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Poll: open http://localhost:${port}`),
}, app.fetch);

shutdownOnSignal(endpoint, server);
