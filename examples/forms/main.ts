/**
 * A form that the server checks: what is wrong is shown at the fields.
 *
 * ```sh
 * deno task start
 * ```
 *
 * - `contract.ts`: the form, with its messages
 * - `bookings.ts`: what becomes of it
 * - `page/`: what runs in the browser
 *
 * @module
 */

import { shutdownOnSignal } from "@urvogel/realtime";
import { stripTypeScriptTypes } from "node:module";
import phoenix from "phoenix" with { type: "text" };
import { endpoint } from "./bookings.ts";
import app from "./page/app.ts" with { type: "text" };
import html from "./page/index.html" with { type: "text" };

const SCRIPT = "text/javascript; charset=utf-8";

const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": ["text/html; charset=utf-8", html],
  "/app.js": [SCRIPT, stripTypeScriptTypes(app)],
  "/phoenix.js": [SCRIPT, phoenix],
};

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Forms: open http://localhost:${port}`),
  handler: (request, info) => {
    const [type, text] = FILES[new URL(request.url).pathname] ?? [];
    return type === undefined
      ? endpoint.fetch(request, info)
      : new Response(text, { headers: { "content-type": type } });
  },
});

shutdownOnSignal(endpoint, server);
