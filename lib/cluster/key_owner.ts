/**
 * What a server that is found by a key knows about that key.
 *
 * @module
 */

import type { Pid } from "../otp/process/pid.ts";
import { ServerProcess } from "../otp/server/server_process.ts";
import { KeyedServer } from "./_keyed_server.ts";

/**
 * The ownership of a key by the server that runs for it.
 *
 * @category Servers by key
 */
export interface KeyOwner {
  /** The key. */
  readonly key: string;
  /**
   * The fencing token: higher than that of each earlier server of the key, on any node. It comes from a clock. Where
   * that is set back while the engine has no memory of the last token (on one node, among threads, or when the engine
   * came back empty), it is higher only with the option `store`, whose store says which token it has seen. Hand it to
   * what the server writes to: a store that refuses lower tokens than the highest it has seen is safe from a server
   * that has lost its key and has not noticed yet.
   */
  readonly token: bigint;
  /**
   * Saves a state in the option `store` of the servers, and waits until it is durable: before a reply that acknowledges
   * something that must not be lost. It stays the saved state until the callback that saved it returns a later one, also
   * if that callback fails.
   *
   * @param state JSON, or bytes.
   * @throws {OwnershipLostError} If another server has the key. The server ends.
   * @throws {TypeError} If there is no store, or the state is neither JSON nor bytes.
   * @throws What the store throws. Whether the state was saved is then not known.
   */
  save(state: unknown): Promise<void>;
}

/**
 * Returns what a server of {@linkcode KeyedServers} owns. It is there when `init` runs.
 *
 * @category Servers by key
 * @example Usage
 * ```ts
 * import { DynamicSupervisor, GenServer, KeyedServers, ownershipOf, PubSub, reply } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class Game extends GenServer<bigint, { calls: { token(): bigint } }> {
 *   override init(_id: string) {
 *     return ownershipOf(this.self)!.token;
 *   }
 *   override handleCall = this.calls({ token: (token) => reply(token, token) });
 * }
 * const supervisor = await DynamicSupervisor.start();
 * const games = new KeyedServers(Game, { supervisor, pubsub: new PubSub() });
 * const first = await (await games.ensure("7")).call("token");
 * await games.stop("7");
 * const second = await (await games.ensure("7")).call("token");
 * assertEquals(second > first, true);
 * await supervisor.stop();
 * ```
 *
 * @param server Its process, `this.self`.
 * @returns The ownership; `undefined` if it is not a server of `KeyedServers`.
 */
export function ownershipOf(server: Pid<never>): KeyOwner | undefined {
  const keeper = server instanceof ServerProcess ? server.keeper : undefined;
  return keeper instanceof KeyedServer ? keeper : undefined;
}
