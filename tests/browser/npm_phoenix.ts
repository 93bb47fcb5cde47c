/**
 * phoenix.js of npm in place of esm.sh, which tests cannot reach.
 *
 * @module
 */

import phoenix from "npm:phoenix@1.8.16" with { type: "text" };
import type { Page } from "./chromium.ts";

/** Lets a page load from npm's package what its import map takes from esm.sh. */
export async function serveNpmPhoenix(page: Page): Promise<void> {
  await page.route("https://esm.sh/phoenix@1.8.16", (route) =>
    route.fulfill({
      contentType: "text/javascript",
      headers: { "access-control-allow-origin": "*" },
      body: phoenix,
    }));
}
