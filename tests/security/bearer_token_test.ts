import { assertEquals } from "@std/assert";
import { bearerMatches } from "../../lib/security/bearer_token.ts";

Deno.test.each(
  [
    ["Bearer secret", true],
    ["bearer  secret ", true],
    ["Bearer secret2", false],
    ["Bearer secre", false],
    ["Bearer secret secret", false],
    ["Bearer", false],
    ["Basic secret", false],
    ["", false],
    [null, false],
  ] as const,
)("bearerMatches() of %j is %s", (header, expected) => assertEquals(bearerMatches("secret", header), expected));

Deno.test("bearerMatches() accepts each of several secrets", () => {
  assertEquals(["a", "b", "c"].map((sent) => bearerMatches(["a", "b"], `Bearer ${sent}`)), [true, true, false]);
});
