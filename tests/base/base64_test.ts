import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Base64, type Base64Alphabet, builtIn, byHand } from "../../lib/base/base64.ts";

Deno.test("base64 by hand writes what the language writes", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    assertEquals(byHand.encodeUrl(bytes), builtIn.encodeUrl(bytes));
  }));
});

const anyText = fc.string({ unit: fc.constantFrom(..."ABCZabz019+/-_= \n!é") });

Deno.test("base64 by hand reads what the language reads, and refuses the rest", () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom<Base64Alphabet>("base64", "base64url"), (text, alphabet) => {
      assertEquals(decoded(byHand, text, alphabet), decoded(builtIn, text, alphabet));
    }),
    { numRuns: 5000 },
  );
});

function decoded(base64: Base64, text: string, alphabet: Base64Alphabet): unknown {
  try {
    return base64.decode(text, alphabet);
  } catch {
    return "refused";
  }
}
