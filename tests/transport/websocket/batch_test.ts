import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Batch } from "../../../lib/transport/websocket/_batch.ts";

function batchOf(frames: readonly string[], empty = Batch.empty()): Batch {
  return frames.reduce((batch, frame) => batch.with(frame), empty);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

const frames = fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 20 });

Deno.test("Batch.text is its frames, a line each", () => {
  assertEquals(batchOf(["[1]", "[2]", "[3]"]).text, "[1]\n[2]\n[3]");
  assertEquals(batchOf(["[1]"]).text, "[1]");
  fc.assert(fc.property(frames, (frames) => assertEquals(batchOf(frames).text, frames.join("\n"))));
});

Deno.test("Batch.with() makes one batch of the same frames, and joins them once", () => {
  const empty = Batch.empty();
  const batches = Array.from({ length: 3 }, () => empty as Batch);
  for (const frame of ["a", "b", "c"]) batches.forEach((batch, n) => batches[n] = batch.with(frame));
  assertEquals(new Set(batches).size, 1);
});

Deno.test("Batch.with() leaves the batches alone that it is called on", () => {
  const empty = Batch.empty();
  const common = empty.with("a");
  const replied = common.with("reply").with("b");
  const others = common.with("b");
  assertEquals([common.text, replied.text, others.text], ["a", "a\nreply\nb", "a\nb"]);
  assertStrictEquals(common.with("b"), others);
});

Deno.test("Batch.forgetNext() begins anew, and leaves what was made as it is", () => {
  const empty = Batch.empty();
  const before = empty.with("a");
  empty.forgetNext();
  assertNotStrictEquals(empty.with("a"), before);
  assertEquals([before.text, empty.count, before.count], ["a", 0, 1]);
});

Deno.test("Batch.bytes counts UTF-8 with a separator after each frame, whenever it is asked", () => {
  fc.assert(fc.property(frames, fc.func(fc.boolean()), (frames, isAsked) => {
    let batch = Batch.empty();
    let expected = 0;
    for (const frame of frames) {
      batch = batch.with(frame);
      expected += bytesOf(frame) + 1;
      if (isAsked(frame)) assertStrictEquals(batch.bytes, expected);
    }
    assertStrictEquals(batch.bytes, expected);
  }));
});

Deno.test("Batch.hasRoomFor() says exactly when the text would be too long", () => {
  fc.assert(fc.property(frames, fc.string({ unit: "binary" }), fc.nat(400), (frames, next, maxBytes) => {
    const batch = batchOf(frames);
    assertEquals(batch.hasRoomFor(next, maxBytes), bytesOf(batch.with(next).text) <= maxBytes);
  }));
});

Deno.test("Batch of very many frames is counted and joined without recursion", () => {
  const batch = batchOf(Array<string>(100_000).fill("x"));
  assertEquals([batch.bytes, batch.text.length], [200_000, 199_999]);
});
