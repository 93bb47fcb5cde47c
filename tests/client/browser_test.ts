/**
 * The client's entry is for browsers: its bundle has nothing of Deno, Node or the server in it.
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { bundleForBrowser } from "../support/bundle.ts";

const SIZE_BYTES = 20_000;

/** Comments and texts aside, nothing may speak of what browsers do not have. */
const FOREIGN = /\bDeno\b|\bprocess\b|\bBuffer\b|\brequire\b|["']node:/;

Deno.test("the bundle of lib/client has nothing of Deno, Node or the server", async () => {
  const code = await bundleForBrowser(new URL("../../lib/client/mod.ts", import.meta.url));
  const bare = code.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
  assertMatch(bare, /2\.0\.0\+batch/);
  assertEquals(FOREIGN.exec(bare), null);
  assertNotMatch(code, /lib\/(?:otp|channel|endpoint|transport|pubsub)\//);
  assert(code.length < SIZE_BYTES, `${code.length} bytes`);
});

/** What a page imports, and the most that it may take in its bundle, minified: 3 KB for the layer over phoenix.js. */
const SIZES: [imports: string, maxBytes: number][] = [
  ["live", 3 * 1024],
  ["paramsFrom", 600],
  ["refresh", 1100],
  ["live, paramsFrom, refresh, ReplyError, ReplyTimeoutError, ChannelClosedError, QueueFullError", 3700],
];

Deno.test.each(SIZES)("the bundle of { %s } is at most %d bytes, minified", async (imports, maxBytes) => {
  const client = new URL("../../lib/client/mod.ts", import.meta.url);
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, `export { ${imports} } from "${client}";`);
    const code = await bundleForBrowser(entry, { isMinified: true });
    assert(code.length <= maxBytes, `${code.length} bytes`);
    assertNotMatch(code, /2\.0\.0\+batch/); // only what is imported
  } finally {
    await Deno.remove(entry);
  }
});
