import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  LENGTH_BYTES,
  MAX_PACK_BYTES,
  readNotification,
  writeEnvelopes,
  writeSpilled,
} from "../../../lib/adapters/postgres/_notification.ts";

const pack = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });

function write(envelopes: readonly Uint8Array[]): string {
  return writeEnvelopes(envelopes, envelopes.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
}

Deno.test("readNotification() reads what writeEnvelopes() wrote", () => {
  fc.assert(fc.property(pack, (envelopes) => {
    assertEquals(readNotification(`node/1/${write(envelopes)}`), { kind: "envelopes", from: "node", envelopes });
  }));
});

Deno.test("readNotification() reads what writeSpilled() wrote", () => {
  const id = crypto.randomUUID();
  assertEquals(readNotification(`a-B_1/18446744073709551615/${writeSpilled(id, 8_000)}`), {
    kind: "spilled",
    from: "a-B_1",
    id,
    bytes: 8_000,
  });
});

Deno.test("readNotification() returns undefined for anything else, and never throws", () => {
  const piece = fc.oneof(fc.constantFrom("node", "/", "1", "m", "s", "AAAA", crypto.randomUUID()), fc.string());
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => void readNotification(pieces.join(""))));
  fc.assert(fc.property(pack, fc.nat(), (envelopes, cut) => {
    const text = write(envelopes);
    const read = readNotification(`node/1/${text.slice(0, cut % text.length)}`);
    // A pack that was cut between two envelopes is one; in the middle of one it is not.
    if (read?.kind === "envelopes") assertEquals(read.envelopes, envelopes.slice(0, read.envelopes.length));
  }));
  for (const bytes of ["", "-1", "x", "99999999999"]) {
    assertEquals(readNotification(`node/1/s${crypto.randomUUID()}/${bytes}`), undefined);
  }
});

Deno.test("writeEnvelopes() fills a notification of at most 7,999 letters", () => {
  const longest = `${"n".repeat(64)}/${"9".repeat(16)}/${writeEnvelopes([], MAX_PACK_BYTES)}`;
  assertEquals(longest.length < 8000, true);
});
