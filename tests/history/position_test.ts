import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatPosition, parsePosition } from "../../lib/history/position.ts";
import { readSince } from "../../lib/history/since.ts";

Deno.test("parsePosition() reads what formatPosition() wrote", () => {
  const epoch = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
  fc.assert(fc.property(epoch, fc.nat({ max: Number.MAX_SAFE_INTEGER }), (epoch, offset) => {
    assertEquals(parsePosition(formatPosition({ epoch, offset })), { epoch, offset });
  }));
});

const NO_POSITIONS = ["", ":", "a:", ":1", "a:-1", "a:01", "a:1.5", "a:1e3", "a:9999999999999999", "a b:1", "a:1:2", 7];
for (const text of [...NO_POSITIONS, { epoch: "a", offset: 1 }, "a".repeat(65) + ":1", "a:1\n"]) {
  Deno.test(`parsePosition() returns undefined for ${JSON.stringify(text).slice(0, 30)}`, () => {
    assertEquals(parsePosition(text), undefined);
  });
}

Deno.test("readSince() tells apart what a client may ask", () => {
  assertEquals(readSince(undefined), { kind: "nothing" });
  assertEquals(readSince(null), { kind: "nothing" });
  assertEquals(readSince("last:20"), { kind: "last", count: 20 });
  assertEquals(readSince("a:7"), { kind: "position", position: { epoch: "a", offset: 7 } });
  assertEquals(readSince({}), { kind: "unreadable" });
});
