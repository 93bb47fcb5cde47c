import assert from "node:assert/strict";
import { Remembered } from "../../lib/base/remembered.ts";

Deno.test("Remembered.get() makes a result once for each key, undefined too", () => {
  const made: string[] = [];
  const remembered = new Remembered<string | undefined>({ maxEntries: 10 });
  const make = (key: string) => {
    made.push(key);
    return key === "none" ? undefined : `${key}!`;
  };
  for (const key of ["a", "none", "a", "none", "b"]) remembered.get(key, make);
  assert.deepEqual([made, remembered.get("a", make), remembered.get("none", make)], [
    ["a", "none", "b"],
    "a!",
    undefined,
  ]);
});

Deno.test("Remembered.get() forgets all when there are more than maxEntries, and goes on", () => {
  const remembered = new Remembered<number>({ maxEntries: 3 });
  for (let n = 0; n < 100; n++) {
    assert.equal(remembered.get(`${n}`, Number), n);
    assert.ok(remembered.size <= 3);
  }
});

Deno.test("Remembered.get() does not keep long keys, nor what was thrown", () => {
  const remembered = new Remembered<number>({ maxEntries: 3 });
  assert.equal(remembered.get("x".repeat(513), () => 1), 1);
  assert.throws(() =>
    remembered.get("a", () => {
      throw new Error("no");
    }), /no/);
  assert.equal(remembered.size, 0);
  assert.equal(remembered.get("x".repeat(512), () => 1), 1);
  assert.equal(remembered.size, 1);
});
