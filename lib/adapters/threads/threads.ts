/**
 * Connects the threads of one program: those of `deno serve --parallel`, of `serve` with `threads`, and Workers. There
 * is no engine: threads exchange broadcasts through shared memory, and none is lost.
 *
 * ```ts ignore
 * import { Endpoint, PubSub, shutdownOnSignal } from "@urvogel/realtime";
 * import { threadsAdapter } from "@urvogel/realtime/threads";
 *
 * const pubsub = new PubSub({ adapter: threadsAdapter() });
 * const endpoint = new Endpoint({ pubsub, sockets: {} });
 * export default endpoint; // deno serve --parallel main.ts
 * shutdownOnSignal(endpoint, { shutdown: () => pubsub.stop() });
 * ```
 *
 * Several programs, or machines, need an adapter with an engine, such as NATS. That one connects threads as well.
 *
 * **Ending.** A started adapter keeps the program running, and `deno serve` then ignores the first SIGTERM. Stop the
 * PubSub when the program ends, or use `shutdownOnSignal`, which exits.
 *
 * @example Two threads
 * ```ts
 * import { PubSub } from "@urvogel/realtime";
 * import { threadsAdapter } from "@urvogel/realtime/threads";
 *
 * // Usually one in each thread.
 * const one = new PubSub({ adapter: threadsAdapter({ prefix: "example" }) });
 * const other = new PubSub({ adapter: threadsAdapter({ prefix: "example" }) });
 * await one.stop();
 * await other.stop();
 * ```
 *
 * @module
 */

import type { OwnerEngine } from "../../cluster/owner_engine.ts";
import type { HistoryEngine } from "../../history/engine.ts";
import type { PubSubAdapter } from "../../pubsub/adapter.ts";
import type { ThreadsAdapterOptions } from "./options.ts";
import { ThreadsBus } from "./_threads_bus.ts";

export type { ThreadsAdapterOptions } from "./options.ts";

/** An adapter whose threads also keep history, and which thread owns which key. */
export interface ThreadsAdapter extends PubSubAdapter {
  /**
   * Numbers and keeps the broadcasts of topics with history. One of the threads keeps them, in its memory; when it
   * ends, another one begins anew, and clients get the report that they missed messages.
   */
  readonly history: HistoryEngine;
  /**
   * Keeps which thread has the server of a key, for `KeyedServers`: locks of the program (`navigator.locks`), which are
   * free as soon as their thread ends. Meant for some thousand keys: to find out which other thread has a key takes
   * about 15 microseconds for each key that is owned.
   */
  readonly owners: OwnerEngine;
}

/**
 * Creates the adapter of one thread.
 *
 * **Delivery:** each broadcast arrives once, in the order of its sender, however slow a thread is. While a thread does
 * not read, up to 1 MiB waits in shared memory, and then up to `maxBytesWaiting` in the sending thread. Above it,
 * `broadcast` throws.
 *
 * A thread that does not return to its event loop for `maxStallMs` while broadcasts wait for it is cut off. When it
 * returns, it continues with what is sent from then on.
 *
 * **History:** see {@linkcode ThreadsAdapter.history}.
 *
 * A thread that ends, or whose Worker is terminated, is noticed at once. What it has sent before is delivered, except for
 * what waited in it for a slow thread: that is lost, which the other threads report (`urvogel:bus:gap`).
 *
 * @example Usage
 * ```ts
 * import { Endpoint, PubSub } from "@urvogel/realtime";
 * import { threadsAdapter } from "@urvogel/realtime/threads";
 *
 * // In the module that each thread runs.
 * const pubsub = new PubSub({ adapter: threadsAdapter({ prefix: "chat" }) });
 * const endpoint = new Endpoint({ pubsub, sockets: {} });
 * await endpoint.shutdown(); // when the program ends
 * await pubsub.stop();
 * ```
 *
 * @param options The name of the thread, and limits.
 * @returns The adapter, for the option `adapter` of a `PubSub`.
 * @throws {TypeError} If `prefix` or `nodeName` has other characters than letters, digits, `-` and `_`.
 * @throws {RangeError} If a limit is not greater than 0.
 */
export function threadsAdapter(options: ThreadsAdapterOptions = {}): ThreadsAdapter {
  return new ThreadsBus(options);
}
