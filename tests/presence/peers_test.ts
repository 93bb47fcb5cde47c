import { assertEquals } from "@std/assert";
import { Peers } from "../../lib/presence/_peers.ts";

const node = { name: "a", vsn: "run" };
const first = { name: "a", vsn: "run.1" };
const second = { name: "a", vsn: "run.10" };

Deno.test("Peers.heard() keeps the latest replica of a node", () => {
  const peers = new Peers();
  assertEquals(peers.heard(first), { news: "new", replaces: undefined });
  assertEquals(peers.heard(first), { news: "none" });
  assertEquals(peers.heard(second), { news: "new", replaces: first });
  assertEquals(peers.heard(first), { news: "stale" });
  assertEquals(peers.of(node), second);
});

Deno.test("Peers.retire() keeps a replica out while its node lives", () => {
  const peers = new Peers();
  peers.heard(first);
  peers.retire(first);
  assertEquals([peers.of(node), peers.heard(first)], [undefined, { news: "stale" }]);
  assertEquals(peers.heard(second), { news: "new", replaces: undefined });
  peers.delete(node);
  assertEquals(peers.of(node), undefined);
});
