/**
 * The locks of the program, which all its threads share: `navigator.locks`, for which Deno has no types yet.
 *
 * A lock that is held, or waited for, keeps the program running.
 *
 * @module
 */

import type { MaybePromise } from "./maybe_promise.ts";

/** How to ask for a lock. */
export interface LockOptions {
  /**
   * `"shared"` for one that several may hold at the same time.
   *
   * @default {"exclusive"}
   */
  readonly mode?: "exclusive" | "shared";
  /**
   * Does not wait: `hold` gets `null` if the lock is not free.
   *
   * @default {false}
   */
  readonly ifAvailable?: boolean;
  /** Gives up when aborted: `request` rejects. */
  readonly signal?: AbortSignal;
}

/** `navigator.locks`. */
export interface Locks {
  /** Waits for a lock, and holds it until what `hold` returned has settled. Resolves when it is released. */
  request(name: string, options: LockOptions, hold: (lock: LockInfo | null) => MaybePromise<unknown>): Promise<unknown>;
  /** Returns the locks that are held and waited for. */
  query(): Promise<{ readonly held: readonly LockInfo[]; readonly pending: readonly LockInfo[] }>;
}

/** A lock of `query`. */
export interface LockInfo {
  /** Its name. */
  readonly name: string;
  /** Whether several may hold it at the same time. */
  readonly mode: "exclusive" | "shared";
}

/** Returns the locks of the program; `undefined` where there are none, as in old versions of Node. */
export function programLocks(): Locks | undefined {
  return typeof navigator === "undefined" ? undefined : (navigator as { readonly locks?: Locks }).locks;
}
