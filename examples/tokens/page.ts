/**
 * The files of the page, imported as text.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import phoenix from "phoenix" with { type: "text" };
import app from "./page/app.ts" with { type: "text" };
import html from "./page/index.html" with { type: "text" };

const SCRIPT = "text/javascript; charset=utf-8";

const FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ["/", { type: "text/html; charset=utf-8", text: html }],
  ["/app.js", { type: SCRIPT, text: stripTypeScriptTypes(app) }],
  ["/phoenix.js", { type: SCRIPT, text: phoenix }],
]);

/** Responds to a request for one of the page's files; returns `undefined` if it is for something else. */
export function answerPage(request: Request): Response | undefined {
  const file = FILES.get(new URL(request.url).pathname);
  return file && new Response(file.text, { headers: { "content-type": file.type, "cache-control": "no-cache" } });
}
