import { assertEquals, assertStrictEquals } from "@std/assert";
import { LIBRARY_PARAMS, withoutLibraryParams } from "../../lib/protocol/library_params.ts";

Deno.test("withoutLibraryParams() removes what belongs to the library", () => {
  const params = { nick: "ann", ...Object.fromEntries(LIBRARY_PARAMS.map((name) => [name, "1"])) };
  assertEquals(withoutLibraryParams(params), { nick: "ann" });
});

Deno.test("withoutLibraryParams() keeps a field of the name __proto__", () => {
  const params: unknown = JSON.parse('{"__proto__":{"admin":true},"since":"1"}');
  assertEquals(JSON.stringify(withoutLibraryParams(params)), '{"__proto__":{"admin":true}}');
});

Deno.test.each([[{ nick: "ann" }], [null], ["since"], [["since"]], [new Uint8Array(1)]])(
  "withoutLibraryParams() returns the same value for %o",
  (params) => assertStrictEquals(withoutLibraryParams(params), params),
);
