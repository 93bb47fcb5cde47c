/**
 * Connects nodes through Redis (6 or newer) or Valkey.
 *
 * ```ts
 * import { Endpoint, ok, PubSub, Socket } from "@urvogel/realtime";
 * import { redisAdapter } from "@urvogel/realtime/redis";
 *
 * class UserSocket extends Socket {
 *   override channels = {};
 *   override connect() {
 *     return ok();
 *   }
 * }
 *
 * export function createEndpoint(): Endpoint {
 *   const pubsub = new PubSub({ adapter: redisAdapter({ url: "rediss://app:secret@redis.internal:6379" }) });
 *   return new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
 * }
 * ```
 *
 * **What is guaranteed:** a broadcast reaches each other node at most once, in the order of its sender. While the
 * connection is down `broadcast` throws, and what others broadcast meanwhile is lost for this node; telemetry
 * (`urvogel:bus:status`) reports when that was. What Redis had not confirmed when the connection broke may or may not
 * have arrived, and is counted (`urvogel:bus:unconfirmed`).
 *
 * **History** of topics is kept in Redis as well: `adapter.history`, over the same connections. It is there until Redis
 * restarts, or longer with `isDurable`.
 *
 * **Owners** of keys (`KeyedServers`) are kept in Redis as well, for economy and not for correctness: `adapter.owners`.
 *
 * **Permissions:** `--allow-net` for the server only. **Rights** of the user in Redis:
 * `on >secret resetchannels &urvogel.* +publish +subscribe +unsubscribe +ping`; those for
 * history and owners are in `lib/adapters/redis/README.md`. A program with these rights can send messages as the
 * server.
 *
 * **One server.** A primary with replicas and Sentinel works if `connect` asks Sentinel for the primary; of Redis
 * Cluster one node works, which then carries all messages. See `lib/adapters/redis/README.md`.
 *
 * @module
 */

import type { OwnerEngine } from "../../cluster/owner_engine.ts";
import type { HistoryEngine } from "../../history/engine.ts";
import type { PubSubAdapter } from "../../pubsub/adapter.ts";
import { readSettings, type RedisAdapterOptions } from "./options.ts";
import { RedisBus } from "./_redis_bus.ts";

export type {
  RedisConnection,
  RedisConnectOptions,
  RedisListener,
  RedisReplyOptions,
  RedisRole,
} from "./connection.ts";
export type { RedisAdapterOptions, RedisCredentials, RedisTls } from "./options.ts";

/** An adapter whose server also keeps history, and who owns which key. */
export interface RedisAdapter extends PubSubAdapter {
  /** Numbers and keeps the broadcasts of topics with history, over the connections of the adapter. */
  readonly history: HistoryEngine;
  /**
   * Keeps which node has the server of a key, for `KeyedServers`: **for economy, not for correctness**. When Redis
   * fails over, a key may have two owners until the former has noticed; a store that refuses old tokens makes that
   * harmless.
   *
   * When Redis has restarted or is empty, no node gets a key before one `ownerTtlMs` has passed, unless it `isDurable`.
   * All nodes need the same `ownerTtlMs`.
   */
  readonly owners: OwnerEngine;
}

/**
 * Creates an adapter for `PubSub`. It connects when the PubSub starts it, with two connections per node.
 *
 * @example Usage
 * ```ts
 * import { redisAdapter } from "@urvogel/realtime/redis";
 * import { assertEquals } from "@std/assert";
 *
 * const adapter = redisAdapter({ url: "redis://127.0.0.1:6379", nodeName: "web-1" });
 * assertEquals(adapter.isConnected, false);
 * ```
 *
 * @param options The server, and how to reach it.
 * @returns The adapter, not yet connected.
 * @throws {TypeError} If the server is on another machine and would be reached without TLS, or an option has the wrong
 * form.
 * @throws {RangeError} If a size is out of range.
 */
export function redisAdapter(options: RedisAdapterOptions): RedisAdapter {
  return new RedisBus(readSettings(options));
}
