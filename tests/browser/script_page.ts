/**
 * A page that runs one script, beside an endpoint.
 *
 * @module
 */

import type { Endpoint } from "@urvogel/realtime";
import { bundleForBrowser } from "../support/bundle.ts";
import { serve, type TestServer } from "../support/serve.ts";

/**
 * Serves an endpoint, and at `/` a page that runs a fixture.
 *
 * @param endpoint The endpoint, which is shut down with the server.
 * @param script The fixture's name, such as `"live_page.ts"`.
 */
export async function serveScriptPage(endpoint: Endpoint, script: string): Promise<TestServer> {
  const code = await bundleForBrowser(new URL(`../fixtures/${script}`, import.meta.url));
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="module">${code}</script>`;
  return serve({
    fetch(request, info) {
      const isPage = new URL(request.url).pathname === "/";
      return isPage ? new Response(page, { headers: { "content-type": "text/html" } }) : endpoint.fetch(request, info);
    },
    shutdown: () => endpoint.shutdown(),
  });
}
