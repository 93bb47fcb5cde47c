import { assertThrows } from "@std/assert";
import fc from "fast-check";
import { MalformedFrameError } from "@urvogel/realtime";
import { assertRepeatable, MAX_REF_BYTES } from "../../lib/protocol/repeatable.ts";

const MESSAGE = { joinRef: "1", ref: "2", topic: "room:a", event: "say", payload: {} };
const FIELDS = ["joinRef", "ref"] as const;

Deno.test("assertRepeatable() takes refs of any type", () => {
  for (const value of [null, undefined, "", "1", 0, 1e300, true, [], ["a", 1], { a: 1 }]) {
    for (const field of FIELDS) assertRepeatable({ ...MESSAGE, [field]: value });
    assertRepeatable({ ...MESSAGE, topic: value });
  }
});

Deno.test("assertRepeatable() counts bytes of UTF-8, of JSON where a ref is no text", () => {
  const fits = ["x".repeat(255), "é".repeat(127) + "x", "😀".repeat(63) + "xxx", [["x".repeat(249)]]];
  const tooLong = ["x".repeat(256), "é".repeat(128), "😀".repeat(64), [["x".repeat(250)]]];
  for (const field of FIELDS) {
    for (const value of fits) assertRepeatable({ ...MESSAGE, [field]: value });
    for (const value of tooLong) {
      assertThrows(() => assertRepeatable({ ...MESSAGE, [field]: value }), MalformedFrameError);
    }
  }
});

Deno.test("assertRepeatable() takes a topic of any length if it is a text, and of 255 bytes if it is not", () => {
  assertRepeatable({ ...MESSAGE, topic: "x".repeat(100_000) });
  assertThrows(
    () => assertRepeatable({ ...MESSAGE, topic: ["x".repeat(300)] }),
    MalformedFrameError,
    'Cannot decode frame: "topic" must be <= 255 bytes, received more',
  );
});

Deno.test("assertRepeatable() agrees with TextEncoder", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (ref) => {
    const fits = new TextEncoder().encode(ref).length <= MAX_REF_BYTES;
    if (fits) assertRepeatable({ ...MESSAGE, ref });
    else assertThrows(() => assertRepeatable({ ...MESSAGE, ref }), MalformedFrameError);
  }));
});
