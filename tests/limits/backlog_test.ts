import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Backlog, BacklogShare } from "../../lib/limits/backlog.ts";

Deno.test("Backlog is full from its limit on, and always has room for one", () => {
  const backlog = new Backlog(10);
  const share = new BacklogShare(backlog);
  assertEquals(backlog.isFull, false);
  share.put(9);
  assertEquals(backlog.isFull, false);
  share.put(100);
  assertEquals([backlog.isFull, backlog.length], [true, 109]);
  share.take(100);
  assertEquals(backlog.isFull, false);
  assertEquals(new Backlog(Infinity).isFull, false);
});

Deno.test("BacklogShare gives back what was put in, whatever was taken before", () => {
  const steps = fc.array(fc.record({ share: fc.nat(2), length: fc.nat(100), taken: fc.boolean() }));
  fc.assert(fc.property(steps, (steps) => {
    const backlog = new Backlog(Infinity);
    const shares = [0, 1, 2].map(() => new BacklogShare(backlog));
    const waiting = [0, 0, 0];
    for (const { share, length, taken } of steps) {
      shares[share]!.put(length);
      if (taken) shares[share]!.take(length);
      else waiting[share]! += length;
    }
    for (const [n, share] of shares.entries()) {
      assertEquals(backlog.length, waiting.slice(n).reduce((sum, length) => sum + length, 0));
      share.clear();
    }
    assertEquals(backlog.length, 0);
  }));
});

Deno.test("BacklogShare.handOver() counts a message until settle(), even if the share is cleared before", () => {
  const backlog = new Backlog(10);
  const share = new BacklogShare(backlog);
  share.put(7);
  share.put(5);
  share.handOver(7);
  assertEquals(backlog.length, 12);
  share.clear();
  assertEquals(backlog.length, 7);
  share.settle(7);
  assertEquals(backlog.length, 0);
});
