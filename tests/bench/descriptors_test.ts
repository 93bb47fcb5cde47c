import { assert, assertStrictEquals, assertThrows } from "@std/assert";
import { descriptorLimitOf, mostConnections } from "./descriptors.ts";

const TEXT = `Limit                     Soft Limit           Hard Limit           Units     
Max core file size        0                    unlimited            bytes     
Max open files            1024                 20000                files     
`;

Deno.test.each(
  [
    ["the soft limit", TEXT, 1024],
    ["Infinity for no limit", TEXT.replace("1024     ", "unlimited"), Infinity],
  ] as const,
)("descriptorLimitOf() reads %s", (_what, text, limit) => {
  assertStrictEquals(descriptorLimitOf(text), limit);
});

Deno.test("descriptorLimitOf() refuses another text", () => {
  assertThrows(() => descriptorLimitOf("Max processes 1 1"), Error, "not a /proc/PID/limits");
});

Deno.test("mostConnections() leaves descriptors for other things", () => {
  assert(mostConnections() > 0);
  assert(mostConnections() <= 28_000);
});
