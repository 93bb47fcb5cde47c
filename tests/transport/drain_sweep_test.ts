import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { timers } from "../../lib/base/timer_wheel.ts";
import { type Draining, DrainSweep } from "../../lib/transport/drain_sweep.ts";

/** Notes when it is asked to drain. */
class Notes implements Draining {
  readonly asked: number[] = [];
  constructor(readonly moves: () => boolean) {}
  drain(): boolean {
    this.asked.push(Date.now());
    return this.moves();
  }
}

Deno.test("DrainSweep asks every 10 ms while somebody reads", () => {
  using time = new FakeTime(0);
  const sweep = new DrainSweep();
  const reader = new Notes(() => true);
  sweep.add(reader);
  time.tick(40);
  assertEquals(reader.asked, [10, 20, 30, 40]);
  sweep.delete(reader);
});

Deno.test("DrainSweep asks more and more rarely while nobody reads, and at once again when somebody comes", () => {
  using time = new FakeTime(0);
  const sweep = new DrainSweep();
  const stuck = new Notes(() => false);
  sweep.add(stuck);
  time.tick(2000);
  assertEquals(stuck.asked, [10, 30, 70, 150, 310, 630, 1270, 1910]);
  const other = new Notes(() => false);
  sweep.add(other);
  time.tick(10);
  assertEquals(other.asked, [2010]);
  sweep.delete(stuck);
  sweep.delete(other);
});

Deno.test("DrainSweep asks in time though somebody new comes every few milliseconds", () => {
  using time = new FakeTime(0);
  const sweep = new DrainSweep();
  const all = Array.from({ length: 10 }, () => new Notes(() => true));
  for (const each of all) {
    sweep.add(each);
    time.tick(5);
  }
  assertEquals(all[0]!.asked, [10, 20, 30, 40, 50]);
  for (const each of all) sweep.delete(each);
});

Deno.test("DrainSweep says how long ago it asked before", () => {
  using time = new FakeTime(0);
  const sweep = new DrainSweep();
  const elapsed: number[] = [];
  const stuck: Draining = { drain: (elapsedMs) => (elapsed.push(elapsedMs), false) };
  sweep.add(stuck);
  time.tick(310);
  assertEquals(elapsed, [10, 20, 40, 80, 160]);
  sweep.delete(stuck);
});

Deno.test("DrainSweep has a timer only while somebody waits", () => {
  using time = new FakeTime(0);
  const before = timers.size;
  const sweep = new DrainSweep();
  assertEquals(timers.size, before);
  const reader: Draining = {
    drain() {
      sweep.delete(reader);
      return true;
    },
  };
  sweep.add(reader);
  assertEquals(timers.size, before + 1);
  time.tick(10);
  assertEquals(timers.size, before);
});

Deno.test("DrainSweep({ polls: false }) looks every 640 ms, whether somebody reads or not", () => {
  using time = new FakeTime(0);
  const sweep = new DrainSweep({ polls: false });
  const all = [new Notes(() => true), new Notes(() => false)];
  for (const each of all) sweep.add(each);
  time.tick(2000);
  for (const each of all) assertEquals(each.asked, [640, 1280, 1920]);
  for (const each of all) sweep.delete(each);
});
