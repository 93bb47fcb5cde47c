import assert from "node:assert/strict";
import { noreply, ok, refuse } from "@urvogel/realtime";
import { okOrRefuse } from "../../lib/channel/ok_or_refuse.ts";

Deno.test("okOrRefuse() returns what ok() and refuse() make", () => {
  for (const result of [ok(), ok({ a: 1 }), refuse(), refuse("reason")]) {
    assert.equal(okOrRefuse(result, () => "wrong"), result);
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
  assert.throws(() => okOrRefuse(value as never, () => "Cannot join: wrong"), new TypeError("Cannot join: wrong"));
});
