import { assert, assertEquals, assertThrows } from "@std/assert";
import { Remembered } from "../../lib/base/remembered.ts";

Deno.test("Remembered.get() makes a result once for each key, undefined too", () => {
  const made: string[] = [];
  const remembered = new Remembered<string | undefined>({ maxEntries: 10 });
  const make = (key: string) => {
    made.push(key);
    return key === "none" ? undefined : `${key}!`;
  };
  for (const key of ["a", "none", "a", "none", "b"]) remembered.get(key, make);
  assertEquals([made, remembered.get("a", make), remembered.get("none", make)], [
    ["a", "none", "b"],
    "a!",
    undefined,
  ]);
});

Deno.test("Remembered.get() forgets all when there are more than maxEntries, and goes on", () => {
  const remembered = new Remembered<number>({ maxEntries: 3 });
  for (let n = 0; n < 100; n++) {
    assertEquals(remembered.get(`${n}`, Number), n);
    assert(remembered.size <= 3);
  }
});

Deno.test("Remembered.get() does not keep long keys, nor what was thrown", () => {
  const remembered = new Remembered<number>({ maxEntries: 3 });
  assertEquals(remembered.get("x".repeat(513), () => 1), 1);
  assertThrows(
    () =>
      remembered.get("a", () => {
        throw new Error("no");
      }),
    Error,
    "no",
  );
  assertEquals(remembered.size, 0);
  assertEquals(remembered.get("x".repeat(512), () => 1), 1);
  assertEquals(remembered.size, 1);
});
