/**
 * A room on three servers, each a process of its own, connected by an engine.
 *
 * ```sh
 * ADAPTER=nats://127.0.0.1:4222 deno task start
 * ```
 *
 * - `main.ts`: starts the servers, and starts again those that end
 * - `rehearsal.ts`: the same, with two clients who talk while one of the servers is killed
 * - `cluster.ts`: the processes; `node.ts` is the program of each
 * - `server.ts`: the room and its page; `bus.ts` chooses the adapter
 * - `threads.ts`: the same for `deno serve --parallel`
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
shutdownOnSignal(cluster); // before they listen: a signal while they start ends them, too
await cluster.listening();

console.log("Open two of the addresses, talk, and kill -9 one of the processes.");
