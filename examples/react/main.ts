/**
 * A shopping list that several people see, in React.
 *
 * ```sh
 * deno task dev
 * ```
 *
 * - `main.ts`: the server: the socket, and what Vite has built
 * - `list.ts`: the list
 * - `contract.ts`: what the list and its pages send to each other
 * - `src/`: the page
 *
 * @module
 */

import { type ServeInfo, shutdownOnSignal } from "@urvogel/realtime";
import { Hono } from "hono";
import { serveStatic } from "hono/deno";
import { endpoint } from "./list.ts";

const app = new Hono<{ Bindings: ServeInfo }>();
app.all("/socket/*", (context) => endpoint.fetch(context.req.raw, context.env));
app.get("/*", serveStatic({ root: "./dist" }));

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`List: open http://localhost:${port}`),
}, app.fetch);

shutdownOnSignal(endpoint, server);
