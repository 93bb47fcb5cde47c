import { BusDownError } from "@urvogel/realtime";
import { assertEquals } from "@std/assert";

Deno.test("BusDownError says whether it may have been done nevertheless", () => {
  const cause = new Error("no reply");
  const lost = new BusDownError('publish to "room:1"', { cause, mayBeDone: true });
  assertEquals([lost.mayBeDone, lost.cause], [true, cause]);
  assertEquals(lost.message, 'Cannot publish to "room:1": the bus is down, and nobody knows whether it was done');
  const refused = new BusDownError('broadcast to "room:1"');
  assertEquals([refused.mayBeDone, refused.cause], [false, undefined]);
  assertEquals(refused.message, 'Cannot broadcast to "room:1": the bus is down');
});
