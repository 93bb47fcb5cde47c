/**
 * The chat on three servers, each a process of its own, connected by an engine.
 *
 * ```sh
 * ADAPTER=nats://127.0.0.1:4222 deno task cluster
 * ```
 *
 * - `main.ts`: starts the servers, and starts again those that end
 * - `rehearsal.ts`: the same, with two clients who talk while one of the servers is killed
 * - `threads.ts`: the chat for `deno serve --parallel`
 * - `cluster.ts`: the processes
 *
 * The chat itself is `examples/chat`; `bus.ts` there chooses the adapter.
 *
 * @module
 */

import { shutdownOnSignal } from "@urvogel/realtime";
import { Cluster } from "./cluster.ts";

const cluster = new Cluster({
  bus: Deno.env.get("ADAPTER") ?? "nats://127.0.0.1:4222",
  firstPort: Number(Deno.env.get("PORT") ?? 4000),
  size: 3,
});
shutdownOnSignal(cluster);

await cluster.listening();
for (const { port, pid } of cluster.servers) console.log(`server on port ${port}: process ${pid}`);
console.log("Open two of the addresses, talk, and kill -9 one of the processes.");
