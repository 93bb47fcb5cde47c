import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { FrameChain } from "../../../../lib/adapters/serve/frames/_frame_chain.ts";
import { Deflater } from "../../../../lib/adapters/serve/frames/_frame_writer.ts";
import { readByWs } from "../../../support/foreign_frames.ts";

Deno.test("FrameChain.with() gives connections that are sent the same one chain, and its bytes once", () => {
  const empty = FrameChain.empty();
  const ends = Array.from({ length: 3 }, () => empty.with("a").with("b"));
  assertEquals(new Set(ends).size, 1);
  assertStrictEquals(ends[0]!.bytes(undefined), ends[1]!.bytes(undefined));
  const deflater = new Deflater(0);
  assertStrictEquals(ends[0]!.bytes(deflater), ends[1]!.bytes(deflater));
  assertNotStrictEquals(ends[0]!.bytes(deflater), ends[0]!.bytes(undefined));
});

Deno.test("FrameChain.with() tells connections apart that are sent something else between", async () => {
  const empty = FrameChain.empty();
  const before = empty.with("a").with("b");
  const other = empty.with("a").with("c").with("b");
  const after = empty.with("a").with("b");
  assertEquals(await readByWs(other.bytes(undefined), false), ["a", "c", "b"]);
  for (const same of [before, after]) assertEquals(await readByWs(same.bytes(undefined), false), ["a", "b"]);
});

Deno.test("FrameChain.with() takes bytes by identity, for they may change", () => {
  const empty = FrameChain.empty();
  assertNotStrictEquals(empty.with(Uint8Array.of(1)), empty.with(Uint8Array.of(1)));
});

Deno.test("FrameChain.forgetNext() lets go of what came behind", () => {
  const empty = FrameChain.empty();
  const end = empty.with("a");
  empty.forgetNext();
  assertNotStrictEquals(empty.with("a"), end);
});

Deno.test("FrameChain.size bounds the bytes of its frames", () => {
  const chain = FrameChain.empty().with("é").with(Uint8Array.of(1, 2, 3)).with("abc");
  assertEquals(chain.size, 3 + 3 + 9);
  assertEquals(FrameChain.empty().size, 0);
});
