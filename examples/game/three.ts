/**
 * The games on three servers, each a process of its own, connected by an engine, with one file for their states.
 *
 * @module
 */

import { shutdownOnSignal } from "@urvogel/realtime";
import { Cluster } from "../cluster/cluster.ts";

const cluster = new Cluster({
  bus: Deno.env.get("ADAPTER") ?? "nats://127.0.0.1:4222",
  firstPort: Number(Deno.env.get("PORT") ?? 4000),
  size: 3,
  program: new URL("main.ts", import.meta.url),
  permissions: ["--allow-net", "--allow-env", "--allow-read", "--allow-write"],
  env: { STORE: Deno.env.get("STORE") ?? "games.sqlite" },
});
shutdownOnSignal(cluster);

await cluster.listening();
for (const { port, pid } of cluster.servers) console.log(`server on port ${port}: process ${pid}`);
console.log("Open two of the addresses, play, and kill -9 the process that the page shows.");
