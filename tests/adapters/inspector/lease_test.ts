import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { channel } from "node:diagnostics_channel";
import { Lease } from "../../../lib/adapters/inspector/_lease.ts";
import { WatchedRoom } from "./watched_room.ts";

class Held implements Disposable {
  isEnded = false;
  [Symbol.dispose](): void {
    this.isEnded = true;
  }
}

Deno.test("Lease ends what it holds 15 seconds after the last use", () => {
  using time = new FakeTime();
  const lease = new Lease(() => new Held());
  assertEquals(lease.isHeld, false);
  const held = lease.use();
  time.tick(14_000);
  assertEquals(lease.use(), held);
  time.tick(14_000);
  assertEquals([held.isEnded, lease.isHeld], [false, true]);
  time.tick(2_000);
  assertEquals([held.isEnded, lease.isHeld], [true, false]);
});

Deno.test("Lease starts anew after it has ended", () => {
  const lease = new Lease(() => new Held());
  const first = lease.use();
  lease[Symbol.dispose]();
  assertEquals(first.isEnded, true);
  using _lease = lease;
  assertEquals(lease.use() === first, false);
});

Deno.test("inspector() listens to nothing until somebody looks, and no more afterwards", async () => {
  const names = ["urvogel:pubsub:broadcast", "urvogel:channel:handled_in", "urvogel:channel:replied"];
  const heard = () => names.map((name) => channel(name).hasSubscribers);
  await using room = new WatchedRoom();
  assertEquals(heard(), [false, false, false]);
  await room.view("overview");
  await room.view("sockets");
  assertEquals(heard(), [false, false, false]); // these would switch off the short path of handlers
  await room.view("topics");
  assertEquals(heard(), [true, false, false]);
  await room.view("follow?topic=room:1");
  assertEquals(heard(), [true, true, true]);
  room.inspect[Symbol.dispose]();
  assertEquals(heard(), [false, false, false]);
});
