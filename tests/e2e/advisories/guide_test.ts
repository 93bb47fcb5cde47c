/**
 * The tables of `examples/guides/security.md`: no advisory without a test, no test of one without a row; and for OWASP's
 * list, options and tests that exist.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "@urvogel/realtime";
import { librarySources } from "../../support/error_texts.ts";
import { codeSpansOf, rowsOf, sectionOf } from "../../support/markdown.ts";

const GUIDE = new URL("../../../examples/guides/security.md", import.meta.url);
/** A row of the table: an id in the first cell, a link in the fourth. */
const ROW = /^\| (?<id>[\w#-]*\d[\w#-]*) +\|[^|]*\|[^|]*\| \[\w+\]\((?<link>[^)]+)\) +\| (?<result>[^|]+)\|$/gm;
/** The name of a test, or the first argument of `advisory`, or a name in a table of such. */
const NAMED = /"((?:CVE|GHSA)-[\w-]+|ws#\d+)(?=[":])/g;

interface Row {
  readonly id: string;
  readonly file: URL;
}

const rows: readonly Row[] = [...(await Deno.readTextFile(GUIDE)).matchAll(ROW)].map(({ groups }) => ({
  id: groups!.id!,
  file: new URL(groups!.link!, GUIDE),
}));

async function idsNamedIn(file: URL): Promise<Set<string>> {
  return new Set([...(await Deno.readTextFile(file)).matchAll(NAMED)].map(([, id]) => id!));
}

Deno.test("the security guide has a row for each advisory once", () => {
  const ids = rows.map(({ id }) => id);
  assert(ids.length >= 19, `${ids.length} rows`);
  assertEquals(ids.filter((id, n) => ids.indexOf(id) !== n), []);
});

Deno.test.each(rows)("the security guide's row has its test: $id", async ({ id, file }) => {
  assert((await idsNamedIn(file)).has(id), `${file.pathname} has no test of ${id}`);
});

Deno.test("each test of an advisory has a row in the security guide", async () => {
  const named = new Set<string>();
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (!name.endsWith("_test.ts") || name === "guide_test.ts") continue;
    for (const id of await idsNamedIn(new URL(name, import.meta.url))) named.add(id);
  }
  assertEquals([...named].sort(), rows.map(({ id }) => id).sort());
});

/** OWASP's lines: what it asks for, the default, what is the application's, the test. */
const lines = rowsOf(sectionOf(await Deno.readTextFile(GUIDE), "## OWASP's cheat sheet, line by line"));

Deno.test("each line of OWASP's list links to tests that exist", async () => {
  assert(lines.length >= 28, `${lines.length} lines`);
  for (const [line, , , test = ""] of lines) {
    const [, link] = /\]\(([^)]+_test\.ts)\)/.exec(test) ?? [];
    assertEquals(link === undefined, test === "", `${line}: ${test}`);
    if (link) await Deno.stat(new URL(link, GUIDE)); // throws if it is missing
  }
});

Deno.test("OWASP's list names options that exist, and the numbers of the strict limits", async () => {
  const declared = new Set<string>();
  for await (const { source } of librarySources()) {
    for (const [, name] of source.matchAll(/\b(\w+)\??[:(<]/g)) declared.add(name!);
  }
  const named = lines.flatMap(([, , yours = ""]) => codeSpansOf(yours)).filter((code) => /^[a-z]+[A-Z]\w*$/.test(code));
  assertEquals(named.filter((name) => !declared.has(name)), ["textContent"]); // of the browser
  const { endpoint, mount, socket } = LIMITS.strict;
  const numbers = [mount.maxFrameBytes, endpoint.maxConnections, socket.maxConnectionsPerId];
  const text = lines.flat().join(" ");
  for (const number of numbers) assert(text.includes(number.toLocaleString("en-US")), `${number}`);
});
