/**
 * Stores that keep the states of servers by key, and refuse those that have lost their key.
 *
 * @module
 */

import type { JsonOrBytes } from "../protocol/payload.ts";

/**
 * The saved state and the highest token of a key, as a store returns them.
 *
 * @category Servers by key
 */
export type LoadedState =
  /** The state that was saved last; `undefined` if there is none. */
  | { readonly status: "loaded"; readonly state: JsonOrBytes | undefined }
  /** A higher token was seen: the key has another owner, or a clock was set back. */
  | {
    readonly status: "refused";
    /**
     * The highest token that was seen. An owner whose own is lower only because of a clock continues with the next one.
     */
    readonly token?: bigint;
  };

/**
 * Keeps the states of servers by key, for `KeyedServers`. It remembers the highest token of each key that it has seen,
 * in `load` and in `save`, and refuses lower ones. That is what makes two owners harmless: when a new owner has loaded
 * a state, the former one cannot save any more.
 *
 * `storeConformance` of `@urvogel/realtime/testing` holds a store to this contract.
 *
 * @category Servers by key
 */
export interface OwnerStore {
  /**
   * Remembers the token, and returns the state; both at once, so that no save of a lower token comes between.
   *
   * @param key Any text.
   * @param token The token of the server that loads.
   * @throws If the store cannot be reached.
   */
  load(key: string, token: bigint): Promise<LoadedState>;
  /**
   * Saves a state durably, unless a higher token was seen.
   *
   * @param key Any text.
   * @param state JSON, or bytes.
   * @param token The token of the server that saves.
   * @returns Whether it was saved.
   * @throws If the store cannot be reached. Whether it was saved is then not known.
   */
  save(key: string, state: JsonOrBytes, token: bigint): Promise<"saved" | "refused">;
}

/**
 * Keeps states in the memory of this thread, for tests. Nodes that share the object share the states.
 *
 * @category Servers by key
 * @example Usage
 * ```ts
 * import { MemoryStore } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const store = new MemoryStore();
 * assertEquals(await store.save("room:7", { moves: 1 }, 1n), "saved");
 * assertEquals(await store.load("room:7", 2n), { status: "loaded", state: { moves: 1 } });
 * assertEquals(await store.save("room:7", { moves: 2 }, 1n), "refused");
 * ```
 */
export class MemoryStore implements OwnerStore {
  readonly #rows = new Map<string, Row>();

  // deno-lint-ignore require-await -- what it throws must reject
  async load(key: string, token: bigint): Promise<LoadedState> {
    const row = this.#rows.get(key) ?? { token, state: undefined };
    if (token < row.token) return { status: "refused", token: row.token };
    this.#rows.set(key, { token, state: row.state });
    return { status: "loaded", state: structuredClone(row.state) };
  }

  // deno-lint-ignore require-await -- as above
  async save(key: string, state: JsonOrBytes, token: bigint): Promise<"saved" | "refused"> {
    const seen = this.#rows.get(key)?.token;
    if (seen !== undefined && token < seen) return "refused";
    this.#rows.set(key, { token, state: structuredClone(state) });
    return "saved";
  }
}

interface Row {
  readonly token: bigint;
  readonly state: JsonOrBytes | undefined;
}
