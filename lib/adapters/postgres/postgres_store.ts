/**
 * A store for states of servers by key that needs no adapter: for programs whose bus is another engine, or none.
 *
 * @module
 */

import type { OwnerStore } from "../../cluster/owner_store.ts";
import { type PostgresStoreOptions, readStoreOptions } from "./options.ts";
import { PostgresStore } from "./owners/_postgres_store.ts";
import { StoreConnection } from "./owners/_store_connection.ts";
import { targetsOf } from "./_target.ts";

/** A store with a connection of its own. */
export interface PostgresOwnerStore extends OwnerStore, AsyncDisposable {
  /**
   * Connects now. Without it the first state connects. Call it when the program starts, so that a wrong password ends
   * the program there, and not the first join.
   *
   * @throws {BusSetupError} If no retry will help: role, password, database, rights.
   * @throws {Error} If the server cannot be reached.
   */
  connect(): Promise<void>;
}

/**
 * Creates a store for the option `store` of `KeyedServers`, in a table of PostgreSQL 13 or later. For programs whose
 * bus is Redis, threads or nothing: with `postgresAdapter` as the bus, take its `store`, which needs no connection of
 * its own.
 *
 * It has one connection, which is opened when it is needed, and again after it was lost. Meanwhile `load` and `save`
 * reject: a server that cannot load its state does not start, and the next `ensure` tries again.
 *
 * The tables are those of the adapter, and so are the rights: see {@linkcode postgresSetup}.
 *
 * @example Servers on a bus of Redis whose states survive in PostgreSQL
 * ```ts no-assert
 * import { GenServer, KeyedServers, ownershipOf, PubSub, reply } from "@urvogel/realtime";
 * import { postgresStore } from "@urvogel/realtime/postgres";
 * import { redisAdapter } from "@urvogel/realtime/redis";
 *
 * class Counter extends GenServer<number, { calls: { add(by: number): number } }> {
 *   override init(saved: number) {
 *     return saved;
 *   }
 *   override handleCall = this.calls({
 *     add: async (count, by) => {
 *       await ownershipOf(this.self)!.save(count + by);
 *       return reply(count + by, count + by);
 *     },
 *   });
 * }
 *
 * export async function startCounters() {
 *   const store = postgresStore({ servers: "postgres://app:secret@127.0.0.1/chat" });
 *   await store.connect();
 *   return new KeyedServers(Counter, {
 *     pubsub: new PubSub({ adapter: redisAdapter({ url: "redis://127.0.0.1:6379" }) }),
 *     scope: "cluster",
 *     store,
 *     arg: (_key, saved) => typeof saved === "number" ? saved : 0,
 *   });
 * }
 * ```
 *
 * @param options Where the server is.
 * @returns The store, not connected yet. Dispose it to disconnect.
 * @throws {TypeError} If a URL or a name has the wrong form.
 * @throws {RangeError} If a limit is out of range.
 */
export function postgresStore(options: PostgresStoreOptions): PostgresOwnerStore {
  const { servers, connect, schema, connectTimeoutMs } = readStoreOptions(options);
  const connection = new StoreConnection({ targets: targetsOf({ servers, connect }), schema, connectTimeoutMs });
  const store = new PostgresStore(schema, (what, query) => connection.run(what, query));
  return {
    load: (key, token) => store.load(key, token),
    save: (key, state, token) => store.save(key, state, token),
    connect: async () => void await connection.open(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
