import assert from "node:assert/strict";
import { ReplicaTable } from "../../lib/presence/replica_table.ts";

const a = { name: "a", vsn: "1" };
const again = { name: "a", vsn: "2" };
const b = { name: "b", vsn: "1" };

function table(): ReplicaTable {
  return new ReplicaTable({ downPeriodMs: 100, permdownPeriodMs: 1000 });
}

Deno.test("ReplicaTable.heard() tells who is new, and who is not", () => {
  const replicas = table();
  assert.deepEqual(replicas.heard(a, 0), { news: "up", replaces: [] });
  assert.deepEqual(replicas.heard(a, 10), { news: "none" });
  assert.deepEqual(replicas.heard(b, 10), { news: "up", replaces: [] });
});

Deno.test("ReplicaTable.sweep() finds the silent once: as down, then as permdown", () => {
  const replicas = table();
  replicas.heard(a, 0);
  replicas.heard(b, 50);
  assert.deepEqual(replicas.sweep(100), { down: [], permdown: [] });
  assert.deepEqual(replicas.sweep(101), { down: [a], permdown: [] });
  assert.deepEqual(replicas.sweep(102), { down: [], permdown: [] });
  assert.deepEqual(replicas.heard(a, 103), { news: "up", replaces: [] });
  assert.deepEqual(replicas.sweep(1051), { down: [a], permdown: [b] });
  assert.deepEqual(replicas.sweep(1104), { down: [], permdown: [a] });
});

Deno.test("ReplicaTable.heard() knows an earlier run of a node as over, and hears it no more", () => {
  const replicas = table();
  replicas.heard(a, 0);
  assert.deepEqual(replicas.heard(again, 10), { news: "up", replaces: [a] });
  assert.deepEqual(replicas.heard(a, 20), { news: "stale" });
  assert.deepEqual(replicas.heard(again, 30), { news: "none" });
});

Deno.test("ReplicaTable.retire() keeps a replica out, until nobody can have a message of it any more", () => {
  const replicas = table();
  replicas.heard(a, 0);
  replicas.retire(a, 0);
  assert.deepEqual(replicas.sweep(1000), { down: [], permdown: [] });
  assert.deepEqual(replicas.heard(a, 1000), { news: "stale" });
  replicas.sweep(1001);
  assert.deepEqual(replicas.heard(a, 1001), { news: "up", replaces: [] });
});
