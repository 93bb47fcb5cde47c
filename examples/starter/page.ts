/**
 * Serves the files of the page. They are imported as text: there is no build step, and the program
 * needs no permission to read. Browsers get `page/app.ts` without its types.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import phoenix from "phoenix" with { type: "text" };
import app from "./page/app.ts" with { type: "text" };
import html from "./page/index.html" with { type: "text" };

const HTML = "text/html; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": [HTML, html],
  "/app.js": [SCRIPT, stripTypeScriptTypes(app)],
  "/phoenix.js": [SCRIPT, phoenix],
};

/** Responds to a request for one of the files; returns `undefined` if it is for something else. */
export function servePage(request: Request): Response | undefined {
  const [type, text] = FILES[new URL(request.url).pathname] ?? [];
  return type === undefined ? undefined : new Response(text, { headers: { "content-type": type } });
}
