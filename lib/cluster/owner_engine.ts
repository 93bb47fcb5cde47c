/**
 * Owner engines, which keep who owns which key: one node at a time.
 *
 * A node opens a session, which it has to renew; a key belongs to a session. So ten thousand keys cost one renewal.
 * When a session ends, because its node died or did not renew it, all its keys are free.
 *
 * An engine has no timers: the library renews its sessions, and considers a session lost after two thirds of its time
 * without a renewal, by this machine's monotonic clock, before another node can take its keys.
 *
 * **What is not guaranteed:** a node that was paused may act for a moment after its session has ended, before it
 * notices. Only a store that refuses old tokens makes that harmless: `OwnerStore`.
 *
 * `ownerConformance` of `@urvogel/realtime/testing` holds an engine to this contract.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";

/**
 * The owner of a key.
 *
 * @category Cluster
 */
export interface Ownership {
  /** The name of the node. */
  readonly node: string;
  /**
   * The fencing token: higher than that of each earlier owner of the key, also after the engine came back empty. It is
   * the larger of the engine's clock in microseconds and the last token plus one. Where the engine has forgotten the
   * last one and its clock was set back, a store that has seen a higher one refuses the owner, and the library
   * continues with the next higher token as long as {@linkcode OwnerSession.ownerOf} still returns this one.
   */
  readonly token: bigint;
  /** Whether the session that asked owns it. */
  readonly isOwn: boolean;
}

/**
 * The session of one node with an engine. Once it has ended, it never exists again.
 *
 * Operations on different keys may run at the same time; the library runs those on one key one after the other.
 *
 * @category Cluster
 */
export interface OwnerSession {
  /**
   * Extends the session by `ttlMs` from now on. May be called again while an earlier call waits: its reply may be lost.
   *
   * @returns Whether it still exists. `false` is final: its keys may belong to others.
   * @throws If the engine cannot be reached, or does not respond within a few seconds. The library tries again.
   */
  renew(): Promise<boolean>;
  /**
   * Takes a key if it is free. Claimed again, a key keeps its token.
   *
   * @param key Any text.
   * @returns Its owner, which may be another node, or an earlier session of this one.
   * @throws If the engine cannot be reached, or the session has ended. Whether the key was taken is then not known.
   */
  claim(key: string): Promise<Ownership>;
  /**
   * Returns the owner of a key, if it has one.
   *
   * @throws If the engine cannot be reached.
   */
  ownerOf(key: string): Promise<Ownership | undefined>;
  /**
   * Frees a key. Does nothing if the session does not own it, or by a later claim: a release may arrive late.
   *
   * @param token The token that the claim returned.
   * @throws If the engine cannot be reached.
   */
  release(key: string, token: bigint): Promise<void>;
  /** Ends the session and frees its keys. Resolves also if the engine cannot be reached. */
  close(): Promise<void>;
}

/**
 * Keeps who owns which key.
 *
 * **An engine that may have lost its sessions**, since it came back empty or failed over, gives no key before the time
 * of the sessions that it may have lost is over: their nodes rely on them for two thirds of it. Until then `claim`
 * waits, or rejects. And tokens still rise, which is why they come from a clock.
 *
 * An adapter that has one as its member `owners` makes the servers of `KeyedServers` unique in
 * the cluster.
 *
 * @category Cluster
 */
export interface OwnerEngine {
  /**
   * Opens a session.
   *
   * @param node The name of the node.
   * @param ttlMs How long the session lives without a renewal, in milliseconds, by the engine's clock.
   * @throws If the engine cannot be reached.
   */
  open(node: string, ttlMs: number): Promise<OwnerSession>;
}

/**
 * Returns the owner engine of an adapter, if it has one.
 *
 * @throws {TypeError} If its member `owners` is something else.
 */
export function ownersOf(adapter: object | undefined): OwnerEngine | undefined {
  const { owners } = (adapter ?? {}) as { readonly owners?: Partial<OwnerEngine> };
  if (owners === undefined) return undefined;
  if (typeof owners?.open === "function") return owners as OwnerEngine;
  throw new TypeError(`Cannot own keys: the adapter's "owners" must be an OwnerEngine, received ${quoted(owners)}`);
}
