import { assertEquals, assertThrows } from "@std/assert";
import { checkAtLeast, checkPositive } from "../../lib/base/check_number.ts";

Deno.test("checkAtLeast() returns numbers from the smallest one on", () => {
  for (const value of [1, 1.5, Infinity]) assertEquals(checkAtLeast("serve", "size", value, 1), value);
});

Deno.test.each([0.5, -Infinity, NaN])("checkAtLeast() refuses %f when 1 is the smallest", (value) => {
  const message = `Cannot serve: "size" must be >= 1, received ${value}`;
  assertThrows(() => checkAtLeast("serve", "size", value, 1), RangeError, message);
});

Deno.test("checkPositive() returns numbers above 0", () => {
  for (const value of [0.1, 1, Infinity]) assertEquals(checkPositive("serve", "size", value), value);
});

Deno.test.each([0, -1, NaN])("checkPositive() refuses %f", (value) => {
  const message = `Cannot serve: "size" must be > 0, received ${value}`;
  assertThrows(() => checkPositive("serve", "size", value), RangeError, message);
});
