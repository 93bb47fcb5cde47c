/**
 * The page and its parts, as they are sent to browsers.
 *
 * @module
 */

import { createHash } from "node:crypto";
import attention from "./page/attention.js" with { type: "text" };
import chart from "./page/chart.js" with { type: "text" };
import dom from "./page/dom.js" with { type: "text" };
import format from "./page/format.js" with { type: "text" };
import lists from "./page/lists.js" with { type: "text" };
import live from "./page/live.js" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import overview from "./page/overview.js" with { type: "text" };
import processes from "./page/processes.js" with { type: "text" };
import route from "./page/route.js" with { type: "text" };
import topic from "./page/topic.js" with { type: "text" };
import style from "./page/page.css" with { type: "text" };
import html from "./page/page.html" with { type: "text" };

/** Loads the page's modules from wherever it is mounted, with a slash at the end of its path or without. */
const START = 'import(location.pathname.replace(/\\/*$/, "/assets/main.js"));';

const SCRIPTS: Readonly<Record<string, string>> = {
  "attention.js": attention,
  "chart.js": chart,
  "dom.js": dom,
  "format.js": format,
  "lists.js": lists,
  "live.js": live,
  "main.js": main,
  "overview.js": overview,
  "processes.js": processes,
  "route.js": route,
  "topic.js": topic,
};

/** The page. Spaces around what is filled in would change its hash. */
const PAGE = html.replace(/\s*\/\*style\*\/\s*/, () => style).replace(/\s*\/\*start\*\/\s*/, () => START);

/** Only the page's own parts are run, and only by reference: no text that is shown can become a script. */
const POLICY = [
  "default-src 'none'",
  `script-src 'self' '${hashOf(START)}'`,
  `style-src '${hashOf(style)}'`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Headers of all responses. */
export const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Responds with the page. */
export function pageResponse(): Response {
  const headers = { ...HEADERS, "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY };
  return new Response(PAGE, { headers });
}

/** Responds with a script of the page; `undefined` if there is none of this name. */
export function scriptResponse(name: string): Response | undefined {
  if (!Object.hasOwn(SCRIPTS, name)) return undefined;
  return new Response(SCRIPTS[name], { headers: { ...HEADERS, "content-type": "text/javascript; charset=utf-8" } });
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
