import { assertStrictEquals, assertThrows } from "@std/assert";
import { noreply, ok, refuse } from "@urvogel/realtime";
import { okOrRefuse } from "../../lib/channel/_ok_or_refuse.ts";

Deno.test("okOrRefuse() returns what ok() and refuse() make", () => {
  for (const result of [ok(), ok({ a: 1 }), refuse(), refuse("reason")]) {
    assertStrictEquals(okOrRefuse(result, () => "wrong"), result);
  }
});

const others: [what: string, value: unknown][] = [
  ["nothing", undefined],
  ["null", null],
  ["a text", "ok"],
  ["an object", {}],
  ["an object that only looks like a result", { ...ok(), next: "ok" }],
  ["another result", noreply()],
];
Deno.test.each(others)("okOrRefuse() refuses %s", (_what, value) => {
  assertThrows(() => okOrRefuse(value as never, () => "Cannot join: wrong"), TypeError, "Cannot join: wrong");
});
