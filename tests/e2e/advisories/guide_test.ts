/**
 * The table of `examples/guides/security.md`: no row without a test, no test without a row.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

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
