/**
 * The conformance suite of owner engines: what servers by key rely on, as tests that any engine can run.
 *
 * @module
 */

import type { MaybePromise } from "../../../base/maybe_promise.ts";
import { type Cases, testsOf } from "../_cases.ts";
import { checkedNumbers } from "../_checked_numbers.ts";
import type { OwnerConformanceBus } from "./owner_bus.ts";
import { OWNER_NUMBERS, type OwnerConformanceNumbers } from "./owner_numbers.ts";
import { survivesKill, survivesLoss, survivesPause } from "./_owner_outages.ts";
import { OwnerSite } from "./_owner_site.ts";
import { anyKey, claimed, closed, contested, expired, released, renewed, reopened } from "./_owning.ts";

/** The name of a case, as `skip` and `open` use it. */
export type OwnerConformanceCaseId =
  | "claim"
  | "contest"
  | "release"
  | "close"
  | "expire"
  | "reopen"
  | "renew"
  | "keys"
  | "kill"
  | "empty"
  | "pause";

const CASES: Cases<OwnerConformanceCaseId, OwnerSite> = {
  claim: ["a free key is taken once, and the others learn who has it", claimed],
  contest: ["of all that claim a key at once, one gets it", contested],
  release: ["a key that was released is free, with a higher token for the next owner", released],
  close: ["the keys of a closed session are free", closed],
  expire: ["a session that is not renewed ends for good, and its keys are free", expired],
  reopen: ["an earlier session of the same node is another owner", reopened],
  renew: ["one renewal keeps all keys", renewed],
  keys: ["any text is a key", anyKey],
  kill: ["a killed engine comes back with one owner for a key", survivesKill],
  empty: ["an engine that comes back empty has no two owners, and its tokens rise", survivesLoss],
  pause: ["a silent engine is noticed, and the owner gives up in time", survivesPause],
};

const NEED_ENGINE: ReadonlySet<OwnerConformanceCaseId> = new Set(["kill", "empty", "pause"]);

/**
 * How often a session gets twice the time. A machine that is busy with other things cannot renew one of a second in time,
 * which the library ends then, rightly; that says nothing about the engine.
 */
const MORE_TIME = 3;

/** Options for {@linkcode ownerConformance}. */
export interface OwnerConformanceOptions {
  /**
   * Opens a bus for one case, whose id it gets. Called by each case when it runs, and again if this machine was too slow
   * to renew its sessions: then they get more time.
   */
  readonly open: (id: OwnerConformanceCaseId) => MaybePromise<OwnerConformanceBus>;
  /**
   * The cases that this engine cannot pass by its nature, each with the reason. `engine` stands for all cases about
   * outages.
   *
   * @default {{}}
   */
  readonly skip?: Readonly<Partial<Record<OwnerConformanceCaseId | "engine", string>>>;
  /**
   * How much the cases do, and how long they wait.
   *
   * @default {{}}
   */
  readonly numbers?: OwnerConformanceNumbers;
}

/** One test of the suite. */
export interface OwnerConformanceCase {
  /** Its name in `skip`. */
  readonly id: OwnerConformanceCaseId;
  /** What must hold. If it is skipped, with the reason. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
  /** Runs it. @throws {AssertionError} If the engine breaks the contract. */
  readonly fn: () => Promise<void>;
}

/**
 * Returns the tests that hold an owner engine to the contract of `OwnerEngine`.
 *
 * Each case opens a bus of its own, with one to three nodes, and ends them. An engine that passes gives a key to one node
 * at a time, with tokens that rise, and frees it when its session has ended.
 *
 * @example Usage
 * ```ts
 * import { MemoryOwners } from "@urvogel/realtime";
 * import { ownerConformance } from "@urvogel/realtime/testing";
 *
 * // In a test file: testEngine();
 * export function testEngine(): void {
 *   const cases = ownerConformance({
 *     open: () => {
 *       const owners = new MemoryOwners();
 *       return { createNode: () => ({ owners }) };
 *     },
 *     skip: { engine: "it is in this program" },
 *   });
 *   for (const test of cases) Deno.test(test);
 * }
 * ```
 *
 * @param options How to open a bus, and what cannot be tested.
 * @returns The cases, each of which can be passed to `Deno.test`.
 * @throws {RangeError} If a number is not positive.
 */
export function ownerConformance(options: OwnerConformanceOptions): OwnerConformanceCase[] {
  const { open, skip = {}, numbers = {} } = options;
  const checked = checkedNumbers("owner engine", OWNER_NUMBERS, numbers);
  const whySkipped = (id: OwnerConformanceCaseId) => skip[id] ?? (NEED_ENGINE.has(id) ? skip.engine : undefined);
  const longestMs = checked.ttlMs * 2 ** MORE_TIME;
  return testsOf(
    CASES,
    whySkipped,
    async (id) => new OwnerSite(await open(id), checked),
    (id, { wasLate, numbers }) => {
      if (!wasLate || NEED_ENGINE.has(id) || numbers.ttlMs >= longestMs) return undefined;
      return (async () => new OwnerSite(await open(id), { ...numbers, ttlMs: numbers.ttlMs * 2 }))();
    },
  );
}
