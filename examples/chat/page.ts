/**
 * The files of the page. They are imported as text, so the program needs no permission to read anything. Of the page's
 * own code, browsers get what is left without its types.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import phoenix from "phoenix" with { type: "text" };
import names from "./names.ts" with { type: "text" };
import app from "./page/app.ts" with { type: "text" };
import comings from "./page/comings.ts" with { type: "text" };
import dom from "./page/dom.ts" with { type: "text" };
import feed from "./page/feed.ts" with { type: "text" };
import icon from "./page/icon.svg" with { type: "text" };
import html from "./page/index.html" with { type: "text" };
import links from "./page/links.ts" with { type: "text" };
import outbox from "./page/outbox.ts" with { type: "text" };
import personName from "./page/person_name.ts" with { type: "text" };
import side from "./page/side.ts" with { type: "text" };
import css from "./page/style.css" with { type: "text" };

/** By path. The modules keep their names, so they import each other in the browser as they do here. */
const MODULES: Readonly<Record<string, string>> = {
  "/names.ts": names,
  "/page/app.ts": app,
  "/page/comings.ts": comings,
  "/page/dom.ts": dom,
  "/page/feed.ts": feed,
  "/page/links.ts": links,
  "/page/outbox.ts": outbox,
  "/page/person_name.ts": personName,
  "/page/side.ts": side,
};

interface File {
  readonly type: string;
  readonly text: string;
}

const script = (text: string): File => ({ type: "text/javascript; charset=utf-8", text });

const FILES: ReadonlyMap<string, File> = new Map([
  ["/", { type: "text/html; charset=utf-8", text: html }],
  ["/icon.svg", { type: "image/svg+xml", text: icon }],
  ["/phoenix.js", script(phoenix)],
  ["/style.css", { type: "text/css; charset=utf-8", text: css }],
  ...Object.entries(MODULES).map(([path, text]): [string, File] => [path, script(stripTypeScriptTypes(text))]),
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
