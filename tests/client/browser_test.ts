/**
 * The client's entry is for browsers: its bundle has nothing of Deno, Node or the server in it.
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { bundleForBrowser } from "../support/bundle.ts";

const SIZE_BYTES = 16_000;

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
