import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { frameWeight } from "../../lib/limits/frame_weight.ts";
import { collectGarbage } from "../support/garbage.ts";

const COUNT = 20_000;
const times = (make: (n: number) => string): string => Array.from({ length: COUNT }, (_, n) => make(n)).join();
const key = (n: number) => n.toString(36).padStart(4, "0");

/** What takes the most memory for its length, one text for each way to do that. */
const payloads: [name: string, text: string][] = [
  ["empty objects", `[${times(() => "{}")}]`],
  ["empty arrays", `[${times(() => "[]")}]`],
  ["arrays in arrays", `[${times(() => "[[[[1]]]]")}]`],
  ["small numbers", `[${times(() => "1")}]`],
  ["fractions, and one object", `[${times(() => "1.5")},{}]`],
  ["strings", `[${times((n) => `"${key(n)}"`)}]`],
  ["objects of one key", `[${times(() => '{"a":{}}')}]`],
  ["objects of a key of their own", `[${times((n) => `{"${key(n)}":1}`)}]`],
  ["objects of an index", `[${times(() => '{"34":1}')}]`],
  ["objects of an index in objects of an index", `[${times(() => '{"34":{"34":1}}')}]`],
  ["objects of an index and a key of their own", `[${times((n) => `{"34":1,"${key(n)}":1}`)}]`],
  ["an object of many keys", `{${times((n) => `"${key(n)}":{}`)}}`],
  ["an object of far indices", `{${times((n) => `"${n * 97}":1`)}}`],
  ["plain text", `"${"x".repeat(COUNT * 4)}"`],
  ["Cyrillic text", `"${"я".repeat(COUNT * 4)}"`],
];

function heapOf(text: string): number {
  collectGarbage();
  const before = Deno.memoryUsage().heapUsed;
  const value = JSON.parse(text);
  collectGarbage();
  const after = Deno.memoryUsage().heapUsed;
  assert(value);
  return after - before;
}

Deno.test.each(payloads)("frameWeight() is no less than the heap holds for %s", (_name, text) => {
  const frame = `["1","2","room:a","say",${text}]`;
  const weight = frameWeight(frame, {});
  const heap = heapOf(frame);
  assert(weight >= heap, `weighs ${weight}, takes ${heap}`);
});

Deno.test("frameWeight() weighs small honest messages by what they are", () => {
  const payload = { text: "hello", at: [1, 2] };
  assertEquals(frameWeight(JSON.stringify(["1", "2", "room:a", "say", payload]), payload), 1328);
});

Deno.test("frameWeight() counts bytes as they are, and JSON in bytes as JSON", () => {
  const json = `[${times(() => "{}")}]`;
  const bytes = new TextEncoder().encode(json);
  assertEquals(frameWeight(bytes, bytes.subarray(10)), 256 + bytes.length);
  assertStrictEquals(frameWeight(bytes, []), frameWeight(json, []));
});
