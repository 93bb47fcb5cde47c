import assert from "node:assert/strict";
import fc from "fast-check";
import { Deque } from "../../lib/base/deque.ts";

Deno.test("Deque() gives elements back in their order, whatever the mix of operations", () => {
  const operation = fc.oneof(fc.record({ push: fc.integer() }), fc.constant("shift" as const));
  fc.assert(fc.property(fc.array(operation, { maxLength: 2000, size: "max" }), (operations) => {
    const deque = new Deque<number>();
    const model: number[] = [];
    for (const operation of operations) {
      if (operation === "shift") assert.equal(deque.shift(), model.shift());
      else {
        deque.push(operation.push);
        model.push(operation.push);
      }
      assert.equal(deque.length, model.length);
    }
  }));
});

Deno.test("Deque.clear() forgets all elements", () => {
  const deque = new Deque<string>();
  for (let i = 0; i < 10; i++) deque.push("x");
  deque.clear();
  assert.equal(deque.length, 0);
  assert.equal(deque.shift(), undefined);
});
