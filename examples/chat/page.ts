/**
 * The files of the page. They are imported as text, so the program needs no permission to read anything. Of the page's
 * own code, browsers get what is left without its types.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import phoenix from "phoenix" with { type: "text" };
import app from "./page/app.ts" with { type: "text" };
import icon from "./page/icon.svg" with { type: "text" };
import html from "./page/index.html" with { type: "text" };
import css from "./page/style.css" with { type: "text" };

const HTML = "text/html; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

const FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ["/", { type: HTML, text: html }],
  ["/app.js", { type: SCRIPT, text: stripTypeScriptTypes(app) }],
  ["/icon.svg", { type: "image/svg+xml", text: icon }],
  ["/phoenix.js", { type: SCRIPT, text: phoenix }],
  ["/style.css", { type: "text/css; charset=utf-8", text: css }],
]);

/** Only what comes from here runs in the page, whatever a message contains. */
const POLICY = "default-src 'self'; frame-ancestors 'none'";

/**
 * Responds to a request for one of the page's files.
 *
 * @param request The request.
 * @returns The file, or `undefined` if the request is for something else.
 */
export function answerPage(request: Request): Response | undefined {
  const file = FILES.get(new URL(request.url).pathname);
  if (!file || (request.method !== "GET" && request.method !== "HEAD")) return undefined;
  const headers = { "content-type": file.type, "content-security-policy": POLICY, "cache-control": "no-cache" };
  return new Response(request.method === "HEAD" ? null : file.text, { headers });
}
