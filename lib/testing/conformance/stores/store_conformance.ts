/**
 * The conformance suite of stores for states of servers by key, as tests that any store can run.
 *
 * @module
 */

import type { MaybePromise } from "../../../base/maybe_promise.ts";
import type { OwnerStore } from "../../../cluster/owner_store.ts";
import type { ConformanceEngine } from "../bus.ts";
import { type Cases, testsOf } from "../_cases.ts";
import { anyKey, anyState, concurrent, fenced, kept, loaded, refused, survivesKill } from "./_storing.ts";

/** The name of a case, as `skip` and `open` use it. */
export type StoreConformanceCaseId =
  | "load"
  | "states"
  | "keys"
  | "fence"
  | "refuse"
  | "race"
  | "reopen"
  | "kill";

/** A store for one case of the suite. */
export interface StoreConformanceSite {
  /** Connects to the store, once for each node that uses it: the states are the same. */
  connect(): MaybePromise<OwnerStore>;
  /** The engine that keeps the states, for the case about an outage. It keeps its data. */
  readonly engine?: Pick<ConformanceEngine, "kill" | "restart">;
  /** Ends all connections. */
  close?(): MaybePromise<void>;
}

const CASES: Cases<StoreConformanceCaseId, StoreConformanceSite> = {
  load: ["a state that was saved is loaded, on any node", loaded],
  states: ["any JSON value is a state, and so are bytes", anyState],
  keys: ["any text is a key", anyKey],
  fence: ["after load() no lower token can save", fenced],
  refuse: ["a lower token is refused, and changes nothing", refused],
  race: ["of saves and loads at the same time the highest token wins", concurrent],
  reopen: ["states and tokens are there for the next connection", kept],
  kill: ["what was saved survives a killed engine", survivesKill],
};

/** Options for {@linkcode storeConformance}. */
export interface StoreConformanceOptions {
  /** Opens an empty store for one case, whose id it gets. */
  readonly open: (id: StoreConformanceCaseId) => MaybePromise<StoreConformanceSite>;
  /**
   * The cases that this store cannot pass by its nature, each with the reason.
   *
   * @default {{}}
   */
  readonly skip?: Readonly<Partial<Record<StoreConformanceCaseId, string>>>;
}

/** One test of the suite. */
export interface StoreConformanceCase {
  /** Its name in `skip`. */
  readonly id: StoreConformanceCaseId;
  /** What must hold. If it is skipped, with the reason. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
  /** Runs it. @throws {AssertionError} If the store breaks the contract. */
  readonly fn: () => Promise<void>;
}

/**
 * Returns the tests that hold a store to the contract of `OwnerStore`.
 *
 * @example Usage
 * ```ts
 * import { MemoryStore } from "@urvogel/realtime";
 * import { storeConformance } from "@urvogel/realtime/testing";
 *
 * // In a test file: testStore();
 * export function testStore(): void {
 *   const cases = storeConformance({
 *     open: () => {
 *       const store = new MemoryStore();
 *       return { connect: () => store };
 *     },
 *     skip: { kill: "it is in this program" },
 *   });
 *   for (const test of cases) Deno.test(test);
 * }
 * ```
 *
 * @param options How to open a store, and what cannot be tested.
 * @returns The cases, each of which can be passed to `Deno.test`.
 */
export function storeConformance({ open, skip = {} }: StoreConformanceOptions): StoreConformanceCase[] {
  return testsOf(CASES, (id) => skip[id], async (id) => await open(id));
}
