/**
 * The owner engine of one program, in its memory.
 *
 * @module
 */

import { monotonicMs } from "../base/clock.ts";
import { quoted } from "../base/printable.ts";
import type { OwnerEngine, OwnerSession, Ownership } from "./owner_engine.ts";

/**
 * Rising fencing tokens of one thread: the clock in microseconds, or one more than the last.
 */
export class OwnerTokens {
  #last = 0;

  /**
   * Returns a token that is higher than all before, of an earlier run too unless the clock was set back; then a store that
   * has seen a higher one says so (`SavedState.load`). A number, which is exact until the year 2255.
   */
  next(): number {
    return this.#last = Math.max(Date.now() * 1000, this.#last + 1);
  }

  /** Makes the next one higher than the token of another thread. */
  see(token: number): void {
    this.#last = Math.max(this.#last, token);
  }
}

/**
 * Keeps who owns which key in the memory of this thread: for tests with several nodes in one program. Nodes that share
 * the object share the keys.
 *
 * @category Cluster
 * @example Usage
 * ```ts
 * import { MemoryOwners } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const owners = new MemoryOwners();
 * const [a, b] = [await owners.open("a", 2000), await owners.open("b", 2000)];
 * const { token } = await a.claim("room:7");
 * assertEquals(await b.claim("room:7"), { node: "a", token, isOwn: false });
 * await a.close();
 * assertEquals((await b.claim("room:7")).isOwn, true);
 * ```
 */
export class MemoryOwners implements OwnerEngine {
  readonly #tokens = new OwnerTokens();
  readonly #keys = new Map<string, Owned>();

  /** See {@linkcode OwnerEngine.open}. */
  open(node: string, ttlMs: number): Promise<OwnerSession> {
    return Promise.resolve(new MemorySession(node, ttlMs, this.#keys, this.#tokens));
  }
}

interface Owned {
  readonly session: MemorySession;
  readonly token: bigint;
}

class MemorySession implements OwnerSession {
  readonly #node: string;
  readonly #ttlMs: number;
  readonly #keys: Map<string, Owned>;
  readonly #tokens: OwnerTokens;
  #endsAtMs: number;

  constructor(node: string, ttlMs: number, keys: Map<string, Owned>, tokens: OwnerTokens) {
    this.#node = node;
    this.#ttlMs = ttlMs;
    this.#keys = keys;
    this.#tokens = tokens;
    this.#endsAtMs = monotonicMs() + ttlMs;
  }

  get #exists(): boolean {
    return monotonicMs() < this.#endsAtMs;
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async renew(): Promise<boolean> {
    if (!this.#exists) return false;
    this.#endsAtMs = monotonicMs() + this.#ttlMs;
    return true;
  }

  // deno-lint-ignore require-await -- as above
  async claim(key: string): Promise<Ownership> {
    if (!this.#exists) throw new Error(`Cannot claim ${quoted(key)}: the session of node "${this.#node}" has ended`);
    const owned = this.#find(key) ?? { session: this, token: BigInt(this.#tokens.next()) };
    this.#keys.set(key, owned);
    return this.#ownership(owned);
  }

  // deno-lint-ignore require-await -- as above
  async ownerOf(key: string): Promise<Ownership | undefined> {
    const owned = this.#find(key);
    return owned && this.#ownership(owned);
  }

  // deno-lint-ignore require-await -- as above
  async release(key: string, token: bigint): Promise<void> {
    const owned = this.#keys.get(key);
    if (owned?.session === this && owned.token === token) this.#keys.delete(key);
  }

  // deno-lint-ignore require-await -- as above
  async close(): Promise<void> {
    this.#endsAtMs = -Infinity;
    for (const [key, { session }] of this.#keys) if (session === this) this.#keys.delete(key);
  }

  #find(key: string): Owned | undefined {
    const owned = this.#keys.get(key);
    return owned !== undefined && owned.session.#exists ? owned : undefined;
  }

  #ownership({ session, token }: Owned): Ownership {
    return { node: session.#node, token, isOwn: session === this };
  }
}
