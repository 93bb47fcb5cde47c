/**
 * Owner engines, which keep who owns which key: one node at a time.
 *
 * A node opens a session, which it has to renew; a key belongs to a session. So ten thousand keys cost one renewal. When
 * a session ends, because its node died or could not renew it, all its keys are free.
 *
 * **What is not guaranteed:** a node that was paused may act for a moment after its session has ended, before it notices.
 * Only a store that refuses old tokens makes that harmless.
 *
 * `ownerConformance` of `@urvogel/realtime/testing` holds an engine to this contract.
 *
 * @module
 */

/**
 * Who owns a key.
 *
 * @category Cluster
 */
export interface Ownership {
  /** The name of the node. */
  readonly node: string;
  /**
   * The fencing token: higher than that of each earlier owner of the key, also after the engine came back empty. It is
   * the larger of the engine's clock in microseconds and the last token plus one.
   */
  readonly token: bigint;
  /** Whether the session that asked owns it. */
  readonly isOwn: boolean;
}

/**
 * The session of one node with an engine.
 *
 * @category Cluster
 */
export interface OwnerSession {
  /**
   * Aborted when the session has ended, or can no longer be relied on: after two thirds of `ttlMs` without a renewal, by
   * this machine's monotonic clock, so before another node can take its keys. Its reason is an `Error`.
   */
  readonly signal: AbortSignal;
  /**
   * Takes a key if it is free.
   *
   * @returns Its owner, which may be another node.
   * @throws If the engine cannot be reached, or the session has ended.
   */
  claim(key: string): Promise<Ownership>;
  /** Returns the owner of a key, if it has one. */
  ownerOf(key: string): Promise<Ownership | undefined>;
  /** Frees a key. Does nothing if the session does not own it. */
  release(key: string): Promise<void>;
  /** Ends the session and frees its keys. */
  close(): Promise<void>;
}

/**
 * Keeps who owns which key.
 *
 * @category Cluster
 */
export interface OwnerEngine {
  /**
   * Opens a session.
   *
   * @param node The name of the node.
   * @param ttlMs How long the session lives without a renewal, in milliseconds. It is renewed several times within.
   * @throws If the engine cannot be reached.
   */
  open(node: string, ttlMs: number): Promise<OwnerSession>;
}
