/**
 * The client's entry is for browsers: its bundle has nothing of Deno, Node or the server in it.
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { bundleForBrowser } from "../support/bundle.ts";

const SIZE_BYTES = 26_300;

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
  ["recover", 3 * 1024],
  ["live, recover", 6000],
  ["paramsFrom", 600],
  ["refresh", 1100],
  ["live, paramsFrom, refresh, ReplyError, ReplyTimeoutError, ChannelClosedError, QueueFullError", 3800],
];

/** What a page has of a server, and what its bundle may have of it. */
const TYPED: [form: string, code: RegExp][] = [
  [
    "import type { TypedSocket } from CLIENT; export const open = (socket: object) => socket as TypedSocket<S>;",
    /^.{0,60}$/,
  ],
  ["import { typed } from CLIENT; export const open = (socket: never) => typed<S>(socket);", /^.{0,80}$/],
];

Deno.test.each(TYPED)("the bundle of `%s` has nothing of the server", async (form, expected) => {
  const client = new URL("../../lib/client/mod.ts", import.meta.url);
  const server = new URL("../types/contract_channel_types.ts", import.meta.url);
  const source = `import type { UserSocket as S } from "${server}";\n${form.replace("CLIENT", `"${client}"`)}`;
  assertMatch(await bundleOf(source), expected);
});

Deno.test.each(SIZES)("the bundle of { %s } is at most %d bytes, minified", async (imports, maxBytes) => {
  const client = new URL("../../lib/client/mod.ts", import.meta.url);
  const code = await bundleOf(`export { ${imports} } from "${client}";`);
  assert(code.length <= maxBytes, `${code.length} bytes`);
  assertNotMatch(code, /2\.0\.0\+batch/); // only what is imported
});

/** Bundles a module, minified. */
async function bundleOf(source: string): Promise<string> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, source);
    return (await bundleForBrowser(entry, { isMinified: true })).trim();
  } finally {
    await Deno.remove(entry);
  }
}
