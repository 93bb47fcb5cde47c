import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Deque } from "../../lib/base/deque.ts";

Deno.test("Deque() gives elements back in their order, whatever the mix of operations", () => {
  const operation = fc.oneof(fc.record({ push: fc.integer() }), fc.constant("shift" as const));
  fc.assert(fc.property(fc.array(operation, { maxLength: 2000, size: "max" }), (operations) => {
    const deque = new Deque<number>();
    const model: number[] = [];
    for (const operation of operations) {
      if (operation === "shift") assertStrictEquals(deque.shift(), model.shift());
      else {
        deque.push(operation.push);
        model.push(operation.push);
      }
      assertEquals(deque.length, model.length);
    }
  }));
});

Deno.test("Deque.clear() forgets all elements", () => {
  const deque = new Deque<string>();
  for (let i = 0; i < 10; i++) deque.push("x");
  deque.clear();
  assertEquals(deque.length, 0);
  assertEquals(deque.shift(), undefined);
});

Deno.test("Deque.some() finds an element, also where the ring has come round", () => {
  const queue = new Deque<number>();
  assertEquals(queue.some(() => true), false);
  for (const n of [1, 2, 3, 4]) queue.push(n);
  queue.shift();
  queue.push(5);
  assertEquals([1, 2, 4, 5, 6].map((n) => queue.some((other) => other === n)), [false, true, true, true, false]);
});
