/**
 * A page of the README or a guide, which asks for a name, as a reader opens it.
 *
 * @module
 */

import phoenix from "npm:phoenix@1.8.16" with { type: "text" };
import type { Browser, Page } from "./chromium.ts";
import { PageProblems } from "./page_problems.ts";

/** A tab with the page, and what goes wrong in it. */
export interface GuidePage {
  readonly page: Page;
  readonly problems: PageProblems;
}

/** Opens the page as somebody. */
export async function openGuidePage(browser: Browser, url: string, name: string): Promise<GuidePage> {
  const page = await browser.newPage();
  const problems = new PageProblems(page);
  await serveNpmPhoenix(page);
  page.on("dialog", (dialog) => void dialog.accept(name));
  await page.goto(url);
  return { page, problems };
}

/** Lets a page load from npm's package what its import map takes from esm.sh, which tests cannot reach. */
async function serveNpmPhoenix(page: Page): Promise<void> {
  await page.route("https://esm.sh/phoenix@1.8.16", (route) =>
    route.fulfill({
      contentType: "text/javascript",
      headers: { "access-control-allow-origin": "*" },
      body: phoenix,
    }));
}
