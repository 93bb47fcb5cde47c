/**
 * Three nodes are replaced one after the other under load, and nobody notices. `deno task soak -- cuts` does it with
 * 2,000 clients.
 */

import { assert, assertEquals } from "@std/assert";
import { engineTest } from "../../support/engines/binaries.ts";
import { deploy, type DeployPlan } from "./deploy.ts";

// Clients leave timers of their own behind when they disconnect.
const sanitize = { sanitizeOps: false, sanitizeResources: false };
const CLIENTS = 200;
const PLANS: readonly Pick<DeployPlan, "engine" | "servedBy">[] = [
  { engine: "nats", servedBy: "native" },
  { engine: "redis", servedBy: "frames" },
  { engine: "postgres", servedBy: "native" },
  { engine: "redis", servedBy: "deno serve" },
];

for (const { engine, servedBy } of PLANS) {
  const name = `${engine}, ${servedBy}: 200 clients miss nothing of a rolling deploy, nor are told of a loss`;
  engineTest(engine, name, async () => {
    const { batches, codes, faults, ...rest } = await deploy({ engine, servedBy, clients: CLIENTS, everyMs: 100 });
    console.log(JSON.stringify({ ...rest, batches }));
    assertEquals(faults.slice(0, 10), []);
    assertEquals(codes, [0, 0, 0]);
    assert(rest.recovered >= CLIENTS, `${rest.recovered} came back: all have to, once at least`);
    // Deno closes the sockets of `deno serve` itself, all at once, before the drain can.
    if (servedBy !== "deno serve") assert(batches.every(({ length }) => length > 1), JSON.stringify(batches));
  }, sanitize);
}
