import { assertEquals } from "@std/assert";
import { ReplicaTable } from "../../lib/cluster/_replica_table.ts";

const a = { name: "a", vsn: "1" };
const again = { name: "a", vsn: "2" };
const b = { name: "b", vsn: "1" };

function table(): ReplicaTable {
  return new ReplicaTable({ downPeriodMs: 100, permdownPeriodMs: 1000 });
}

Deno.test("ReplicaTable.heard() tells who is new, and who is not", () => {
  const replicas = table();
  assertEquals(replicas.heard(a, 0), { news: "up", replaces: [], isBack: false });
  assertEquals(replicas.heard(a, 10), { news: "none" });
  assertEquals(replicas.heard(b, 10), { news: "up", replaces: [], isBack: false });
});

Deno.test("ReplicaTable.sweep() finds the silent once: as down, then as permdown", () => {
  const replicas = table();
  replicas.heard(a, 0);
  replicas.heard(b, 50);
  assertEquals(replicas.sweep(100), { down: [], permdown: [] });
  assertEquals(replicas.sweep(101), { down: [a], permdown: [] });
  assertEquals(replicas.sweep(102), { down: [], permdown: [] });
  assertEquals(replicas.heard(a, 103), { news: "up", replaces: [], isBack: true });
  assertEquals(replicas.sweep(1051), { down: [a], permdown: [b] });
  assertEquals(replicas.sweep(1104), { down: [], permdown: [a] });
});

Deno.test("ReplicaTable.heard() knows an earlier run of a node as over, and hears it no more", () => {
  const replicas = table();
  replicas.heard(a, 0);
  assertEquals(replicas.heard(again, 10), { news: "up", replaces: [a], isBack: false });
  assertEquals(replicas.heard(a, 20), { news: "stale" });
  assertEquals(replicas.heard(again, 30), { news: "none" });
});

Deno.test("ReplicaTable.retire() keeps a replica out, until nobody can have a message of it any more", () => {
  const replicas = table();
  replicas.heard(a, 0);
  replicas.retire(a, 0);
  assertEquals(replicas.sweep(1000), { down: [], permdown: [] });
  assertEquals(replicas.heard(a, 1000), { news: "stale" });
  replicas.sweep(1001);
  assertEquals(replicas.heard(a, 1001), { news: "up", replaces: [], isBack: false });
});

Deno.test("ReplicaTable.retire() remembers the last 4,096 that have ended", () => {
  const replicas = table();
  for (let run = 0; run <= 4096; run++) replicas.heard({ name: "a", vsn: `${run}` }, 0);
  const status = (run: number) => replicas.heard({ name: "a", vsn: `${run}` }, 0).news;
  assertEquals(replicas.size, 1);
  assertEquals([status(1), status(4095), status(4096)], ["stale", "stale", "none"]);
  replicas.heard({ name: "a", vsn: "last" }, 0);
  assertEquals(replicas.heard({ name: "a", vsn: "0" }, 0).news, "up"); // forgotten
});
