import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { isRequestRef, newRequestRef, readAnswer } from "../../lib/protocol/request.ts";

Deno.test("newRequestRef() makes refs of its own, which are no numbers and have no colon", () => {
  const refs = Array.from({ length: 100 }, newRequestRef);
  assertEquals(new Set(refs).size, 100);
  assert(refs.every((ref) => isRequestRef(ref) && Number.isNaN(Number(ref)) && !ref.includes(":")));
  assertNotEquals(refs[0], refs[1]);
});

Deno.test.each([null, undefined, 1, "1", "k3x9:1712", "", {}, [["ask-1"]]])("isRequestRef() is false for %j", (ref) => {
  assert(!isRequestRef(ref));
});

Deno.test("readAnswer() reads responses and errors, and takes a missing response as null", () => {
  assertEquals(readAnswer({ ref: "ask-1", response: 0 }), { ref: "ask-1", answer: { status: "ok", response: 0 } });
  assertEquals(readAnswer({ ref: "ask-1" }), { ref: "ask-1", answer: { status: "ok", response: null } });
  assertEquals(readAnswer({ ref: "ask-1", error: null, response: 1 }), {
    ref: "ask-1",
    answer: { status: "error", response: null },
  });
});

Deno.test("readAnswer() never throws, and reads only objects with a ref that is a text", () => {
  const payload = fc.oneof(fc.jsonValue(), fc.uint8Array(), fc.record({ ref: fc.jsonValue(), error: fc.jsonValue() }));
  fc.assert(fc.property(payload, (payload) => {
    const read = readAnswer(payload);
    const { ref } = Object(payload) as { ref?: unknown };
    assertEquals(read?.ref, Object.hasOwn(Object(payload), "ref") && typeof ref === "string" ? ref : undefined);
  }));
});
