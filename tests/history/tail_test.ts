import { assertEquals } from "@std/assert";
import type { Stored } from "../../lib/history/engine.ts";
import { Tail } from "../../lib/history/_tail.ts";

function stored(offset: number, atMs: number): Stored {
  return { epoch: "e", offset, previous: offset - 1, event: "said", payload: {}, atMs };
}

function offsetsOf(messages: readonly Stored[] | undefined): readonly number[] | undefined {
  return messages?.map(({ offset }) => offset);
}

Deno.test("Tail remembers the latest messages, and knows what it lacks", () => {
  const tail = new Tail(2, 1000);
  assertEquals(tail.after(0, 0), undefined);
  for (const offset of [1, 2, 3]) tail.push(stored(offset, 10));
  assertEquals([0, 1, 2, 3].map((after) => offsetsOf(tail.after(after, 0))), [undefined, [2, 3], [3], []]);
  assertEquals(tail.after(1, 11), undefined);
  tail.delete(2);
  assertEquals([1, 2].map((after) => offsetsOf(tail.after(after, 0))), [undefined, [3]]);
});

Deno.test("Tail.push() lets go of messages that are too old to be kept", () => {
  const tail = new Tail(10, 6);
  for (const offset of [1, 2, 3]) tail.push(stored(offset, offset));
  tail.push(stored(4, 9));
  assertEquals([1, 2].map((after) => offsetsOf(tail.after(after, -Infinity))), [undefined, [3, 4]]);
});
