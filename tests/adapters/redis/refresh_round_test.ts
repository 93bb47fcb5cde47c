import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { RefreshRound } from "../../../lib/adapters/redis/_refresh_round.ts";

const MINUTE = 60_000;

Deno.test("RefreshRound visits each entry once in about 20 minutes, a few at a time", () => {
  using time = new FakeTime();
  const visits = new Map<number, number>();
  const entries = new Map(Array.from({ length: 1000 }, (_, n) => [n, `${n}`]));
  let most = 0;
  let last = 0;
  const round = new RefreshRound(entries, (n, name) => {
    assertEquals(name, `${n}`);
    visits.set(n, (visits.get(n) ?? 0) + 1);
  });
  round.start();
  round.start();
  for (let second = 0; second < 20 * 60; second++) {
    time.tick(1000);
    most = Math.max(most, visits.size - last);
    last = visits.size;
  }
  assertEquals([visits.size, most], [1000, 9]);
  time.tick(25 * MINUTE);
  assertEquals(Math.min(...visits.values()), 2);
  round.stop();
});

Deno.test("RefreshRound visits an entry that came, and not one that is gone", () => {
  using time = new FakeTime();
  const visited: string[] = [];
  const entries = new Map([["a", 1], ["b", 2]]);
  const round = new RefreshRound(entries, (name) => visited.push(name));
  round.start();
  time.tick(10_000);
  entries.delete("b");
  entries.set("c", 3);
  time.tick(10_000);
  assertEquals(visited, ["a", "c"]);
  round.stop();
  time.tick(60 * MINUTE);
  assertEquals(visited.length, 2);
  round.start();
  time.tick(MINUTE);
  round.stop();
  assertEquals(visited.slice(2, 4), ["a", "c"]);
});
