import { assertEquals } from "@std/assert";
import { postedLines } from "../../../lib/transport/long_poll/_body.ts";

const NDJSON = "application/x-ndjson";
const encoder = new TextEncoder();

/** The messages of a body, and the kinds of lines that are none. */
function linesOf(body: string, type: string | null = NDJSON, maxFrameBytes = 20): unknown[] {
  const lines = postedLines(encoder.encode(body), type, maxFrameBytes);
  return [...lines].map((line) => line.kind === "frame" ? line.frame : line.kind);
}

const cases: readonly [what: string, body: string, type: string | null, lines: readonly unknown[]][] = [
  ["any type as one text", "[1]\n[2]", "application/json", ["[1]\n[2]"]],
  ["no type as one text", "[1]\n[2]", null, ["[1]\n[2]"]],
  ["an empty body as an empty text", "", "application/json", [""]],
  ["a line as a message", "[1]", NDJSON, ["[1]"]],
  ["lines as messages, in order", "[1]\n[2]\n[3]", `${NDJSON}; charset=utf-8`, ["[1]", "[2]", "[3]"]],
  ["lines that end in two characters", "[1]\r\n[2]\r\n", NDJSON, ["[1]", "[2]"]],
  ["other lines as base64", "AQID\n[1]", NDJSON, [new Uint8Array([1, 2, 3]), "[1]"]],
  ["nothing in empty lines", "\n\n[1]\n\n\n[2]\n", NDJSON, ["[1]", "[2]"]],
  ["nothing in newlines alone", "\n".repeat(10), NDJSON, []],
  ["a line that is neither", '[1]\n{"a":1}\n[2]', NDJSON, ["[1]", "malformed", "[2]"]],
  ["lines beyond a limit, which is one of each line", `[1]\n[${" ".repeat(19)}]\n[2]`, NDJSON, [
    "[1]",
    "tooLarge",
    "[2]",
  ]],
  [
    "more of them than a line may be long",
    `[${" ".repeat(18)}]\n`.repeat(3),
    NDJSON,
    Array(3).fill(`[${" ".repeat(18)}]`),
  ],
  ["text beyond ASCII, counted in bytes", "é".repeat(11), "text/plain", ["tooLarge"]],
  ["base64 of as many bytes as may be", "A".repeat(28), NDJSON, [new Uint8Array(21)]],
  ["base64 of more bytes than may be", "A".repeat(32), NDJSON, ["tooLarge"]],
];
for (const [what, body, type, lines] of cases) {
  Deno.test(`postedLines() reads ${what}`, () => assertEquals(linesOf(body, type), lines));
}

Deno.test("postedLines() makes no line before it is asked for", () => {
  const lines = postedLines(encoder.encode("\n".repeat(1_000_000) + "[1]\n".repeat(1_000_000)), NDJSON, 20);
  assertEquals(lines.next().value, { kind: "frame", frame: "[1]", bytes: 3 });
  assertEquals(lines.next().value, { kind: "frame", frame: "[1]", bytes: 3 });
});
