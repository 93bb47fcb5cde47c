import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Tally } from "../../lib/base/tally.ts";

Deno.test("Tally counts by kind, and lists the kind that came last first", () => {
  using time = new FakeTime(1_000);
  const tally = new Tally<"ash" | "oak">();
  assertEquals(tally.list, []);
  tally.add("oak");
  time.tick(1);
  tally.add("ash", 3);
  time.tick(1);
  tally.add("oak");
  assertEquals(tally.list, [
    { kind: "oak", count: 2, latest: new Date(1_002) },
    { kind: "ash", count: 3, latest: new Date(1_001) },
  ]);
});
