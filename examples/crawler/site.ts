/**
 * A small web site to crawl: pages that link to each other, one that is missing, and one that never answers.
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** How many pages there are. */
const PAGES = 12;
/** How long it takes to make one. */
const PAGE_MS = 10;

/** A running site. */
export interface Site extends AsyncDisposable {
  /** Its first page. */
  readonly home: URL;
  /** The paths that were asked for, in order. */
  readonly visits: readonly string[];
  /** The most requests that were ever answered at the same time. */
  readonly busiest: number;
}

/** Starts the site on a free port of this machine. */
export function serveSite(): Site {
  const visits: string[] = [];
  let busy = 0;
  let busiest = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    visits.push(pathname);
    busiest = Math.max(busiest, ++busy);
    await delay(PAGE_MS);
    return answer(pathname, () => busy--);
  });
  return {
    home: new URL(`http://127.0.0.1:${server.addr.port}/page/1`),
    visits,
    get busiest() {
      return busiest;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Responds to a request. `onEnd` is called when everything is sent, or nobody wants it any more. */
function answer(path: string, onEnd: () => void): Response {
  const number = Number(/^\/page\/(\d+)$/.exec(path)?.[1]);
  if (path === "/slow") return new Response(new ReadableStream({ cancel: onEnd }));
  onEnd();
  if (!(number <= PAGES)) return new Response("no such page", { status: 404 });
  const links = [`/page/${number * 2}`, `/page/${number * 2 + 1}`, "/page/1"];
  if (number === 3) links.push("/slow", "https://example.com/elsewhere");
  const items = links.map((link) => `<li><a href="${link}">${link}</a></li>`);
  const html = `<title>Page ${number}</title><ul>${items.join("")}</ul>`;
  return new Response(html, { headers: { "content-type": "text/html" } });
}
