/**
 * A polite crawler: visits all pages of a site that it starts itself, a few at a time and no more often than it may.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Task } from "@urvogel/realtime";
import { serveSite } from "./site.ts";

/** How polite to be. */
export interface CrawlOptions {
  /** How many requests may be under way. */
  readonly maxConcurrency: number;
  /** The time between two requests, in milliseconds. */
  readonly everyMs: number;
  /** How long a page may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The result of a visit to a page. */
export type Visit =
  | { readonly url: string; readonly status: number; readonly title: string; readonly links: readonly string[] }
  | { readonly url: string; readonly failed: string };

/** Visits a page and all pages of its site that can be reached from there, each once, those nearer first. */
export async function* crawl(start: URL, options: CrawlOptions): AsyncGenerator<Visit, void, void> {
  const { everyMs, ...limits } = options;
  const streamOptions = { ...limits, ordered: false, onTimeout: "killTask" } as const;
  const seen = new Set([start.href]);
  let level = [start.href];
  using leaving = new DisposableStack();
  const left = new AbortController();
  leaving.defer(() => left.abort());
  while (level.length > 0) {
    const next: string[] = [];
    // The stream asks `paced` for a page when there is room for one: two limits, and neither knows of the other.
    for await (const result of Task.asyncStream(paced(level, everyMs, left.signal), visit, streamOptions)) {
      if (!result.ok) {
        yield { url: result.input, failed: result.reason === "timeout" ? "took too long" : `${result.reason}` };
        continue;
      }
      yield result.value;
      for (const link of result.value.links) {
        if (new URL(link).origin !== start.origin || seen.has(link)) continue;
        seen.add(link);
        next.push(link);
      }
    }
    level = next;
  }
}

/** Fetches a page. When the crawl is left, or the page takes too long, `signal` ends the request. */
async function visit(url: string, signal: AbortSignal) {
  const response = await fetch(url, { signal });
  const html = await response.text();
  const title = /<title>(.*?)<\/title>/.exec(html)?.[1] ?? "";
  const links = [...html.matchAll(/href="(.*?)"/g)].map(([, href]) => new URL(href!, url).href);
  return { url, status: response.status, title, links };
}

/** Hands out items no more often than every so many milliseconds. */
async function* paced<T>(items: readonly T[], everyMs: number, signal: AbortSignal): AsyncGenerator<T, void, void> {
  for (const item of items) {
    yield item;
    await delay(everyMs, { signal });
  }
}

if (import.meta.main) {
  await using site = serveSite();
  for await (const page of crawl(site.home, { maxConcurrency: 3, everyMs: 5, timeoutMs: 500 })) {
    const { pathname } = new URL(page.url);
    console.log(pathname, "failed" in page ? page.failed : `${page.status} ${page.title}`.trim());
  }
  console.log(`${site.visits.length} requests, at most ${site.busiest} at a time`);
}
