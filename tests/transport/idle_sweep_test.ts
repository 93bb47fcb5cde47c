import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { timers } from "../../lib/base/timer_wheel.ts";
import { IdleSweep } from "../../lib/transport/idle_sweep.ts";

function connection(sweep: IdleSweep) {
  const watched = {
    lastSeen: 0,
    silences: 0,
    onSilence() {
      watched.silences++;
      sweep.delete(watched);
    },
  };
  sweep.add(watched);
  return watched;
}

Deno.test("IdleSweep closes a connection after twice the timeout without a frame, and not before", () => {
  using time = new FakeTime();
  const sweep = new IdleSweep(1000);
  const silent = connection(sweep);
  const talking = connection(sweep);
  for (let ms = 0; ms < 2000; ms += 250) {
    assertEquals(silent.silences, 0, `after ${ms} ms`);
    talking.lastSeen = sweep.now;
    time.tick(250);
  }
  assertEquals([silent.silences, talking.silences], [1, 0]);
  sweep.delete(talking);
});

Deno.test("IdleSweep gives no less than one and three quarters of the timeout, whenever the last frame came", () => {
  for (const atMs of [0, 1, 125, 249]) {
    using time = new FakeTime();
    const sweep = new IdleSweep(1000);
    const silent = connection(sweep);
    time.tick(250 + atMs);
    silent.lastSeen = sweep.now;
    time.tick(1750);
    assertEquals(silent.silences, 0, `last frame ${atMs} ms after a sweep`);
    time.tick(250);
    assertEquals(silent.silences, 1, `last frame ${atMs} ms after a sweep`);
  }
});

Deno.test("IdleSweep counts from when a connection came", () => {
  using time = new FakeTime();
  const sweep = new IdleSweep(1000);
  const first = connection(sweep);
  time.tick(1500);
  const second = connection(sweep);
  time.tick(1900);
  assertEquals([first.silences, second.silences], [1, 0]);
  time.tick(100);
  assertEquals(second.silences, 1);
});

Deno.test("IdleSweep keeps one timer while there are connections, and none without", () => {
  using _time = new FakeTime();
  const before = timers.size;
  const sweep = new IdleSweep(1000);
  const connections = [connection(sweep), connection(sweep)];
  assertEquals(timers.size, before + 1);
  for (const watched of connections) sweep.delete(watched);
  assertEquals(timers.size, before);
});

Deno.test("IdleSweep(Infinity) closes nobody", () => {
  const sweep = new IdleSweep(Infinity);
  const before = timers.size;
  const watched = connection(sweep);
  assertEquals(timers.size, before);
  sweep.delete(watched);
});

Deno.test("IdleSweep() refuses a timeout that is not one", () => {
  for (const timeoutMs of [0, -1, NaN]) assertThrows(() => new IdleSweep(timeoutMs), RangeError);
});

Deno.test("IdleSweep({ seesPings: true }) closes between the timeout and a quarter more", () => {
  for (const [atMs, silentMs] of [[0, 1250], [1, 1249], [125, 1125], [249, 1001]] as const) {
    using time = new FakeTime();
    const sweep = new IdleSweep(1000, { seesPings: true });
    const silent = connection(sweep);
    time.tick(250 + atMs);
    silent.lastSeen = sweep.now;
    time.tick(silentMs - 1);
    assertEquals(silent.silences, 0, `seen ${atMs} ms into a quarter`);
    time.tick(1);
    assertEquals(silent.silences, 1, `seen ${atMs} ms into a quarter`);
  }
});
