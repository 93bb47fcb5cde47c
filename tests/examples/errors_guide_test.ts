import { assertEquals } from "@std/assert";
import { CLOSE_CODES } from "@urvogel/realtime";
import { UNSENT_CLOSE_CODES } from "../../lib/protocol/close_codes.ts";
import * as closeTexts from "../../lib/protocol/close_texts.ts";
import * as reasons from "../../lib/protocol/error_reasons.ts";
import { errorTexts } from "../support/error_texts.ts";
import { codeSpansOf, rowsOf, sectionOf } from "../support/markdown.ts";

const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
const GUIDE = await read("examples/guides/errors.md");
const TEXTS = await errorTexts();

/** Says itself what to pass instead: such texts need no line of their own. */
const SELF_EXPLAINING = /\b(must|needs|expected)\b/;
/** Has no words of its own: others pass them in, and stand on the page themselves. */
const FRAME = /^Cannot […: ]+$/;

/** For the one whose change fails these tests. */
const HINT = "a text has changed: add, change or remove its line in examples/guides/errors.md";

const sorted = (values: Iterable<string>) => [...new Set(values)].sort();
const rows = (heading: string) => rowsOf(sectionOf(GUIDE, heading));
const column = (heading: string, index: number) => rows(heading).flatMap((cells) => codeSpansOf(cells[index]!));

Deno.test("errors.md explains each reason in replies, and no others", () => {
  assertEquals(sorted(column("## Replies", 0)), sorted(Object.values(reasons)));
});

Deno.test("errors.md explains each close code, and no others", () => {
  const codes = { ...CLOSE_CODES, ...UNSENT_CLOSE_CODES };
  assertEquals(rows("## Close codes").map(([code]) => Number(code)), Object.values(codes).sort((a, b) => a - b));
});

Deno.test("errors.md has each text of a close frame beside its code, and no others", () => {
  const texts = column("## Close codes", 1);
  const { TOKEN_EXPIRED } = reasons;
  assertEquals(
    sorted(texts.map((text) => text.replace("…", ""))),
    sorted([...Object.values(closeTexts), TOKEN_EXPIRED]),
  );
});

Deno.test("errors.md explains each HTTP status of a refusal, and no others", () => {
  const statuses = new Set(rows("## HTTP statuses").map(([status]) => Number(status)));
  assertEquals([...statuses].sort(), [...TEXTS.statuses].sort(), HINT);
});

Deno.test("errors.md has each text of a refusal by HTTP, and no others", () => {
  const explained = column("## HTTP statuses", 1);
  assertEquals([...TEXTS.refusals].filter((text) => !explained.includes(text)), [], HINT);
  assertEquals(explained.filter((text) => !TEXTS.literals.has(text)), [], HINT);
});

Deno.test("errors.md lists each limit, and no others", async () => {
  const [, union = ""] = /type LimitName =([^;]+);/.exec(await read("lib/limits/limit_name.ts")) ?? [];
  const names = Array.from(union.matchAll(/"(\w+)"/g), ([, name]) => name!);
  assertEquals(column("## Limits", 0), names, HINT);
});

Deno.test("errors.md explains each text of a thrown error that does not explain itself", () => {
  const explained = new Set(codeSpansOf(sectionOf(GUIDE, "## Errors that are thrown")));
  const wanted = [...TEXTS.thrown].filter((text) => !SELF_EXPLAINING.test(text) && !FRAME.test(text));
  assertEquals(wanted.filter((text) => !explained.has(text)), [], HINT);
});

Deno.test("errors.md has no text of a thrown error that is not in the code", () => {
  const { thrown } = TEXTS;
  const lists = codeSpansOf(GUIDE.slice(GUIDE.indexOf("### Endpoint and sockets")));
  assertEquals(lists.filter((text) => text.startsWith("Cannot ") && !thrown.has(text)), [], HINT);
});
