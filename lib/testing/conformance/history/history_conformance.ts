/**
 * The conformance suite of history engines: what numbered topics rely on, as tests that any engine can run.
 *
 * @module
 */

import type { MaybePromise } from "../../../base/maybe_promise.ts";
import { type Cases, testsOf } from "../_cases.ts";
import { checkedNumbers } from "../_checked_numbers.ts";
import { anyPayload, anySize, anyTopic, subscribedAtOnce, unsubscribed } from "./_carrying.ts";
import { declares } from "./_declaring.ts";
import { stopped, survivesKill, survivesLoss, survivesPause } from "./_failing.ts";
import type { HistoryConformanceBus } from "./history_bus.ts";
import { HISTORY_NUMBERS, type HistoryConformanceNumbers } from "./history_numbers.ts";
import { HistorySite } from "./_history_site.ts";
import { byAge, byBytes, byNumber } from "./_keeping.ts";
import { announced, numbers, oneOrder, pages, positionFromTheStart, topicsApart } from "./_numbering.ts";
import { cleared, deleted, deletedLast, idempotent } from "./_removing.ts";

/** The name of a case, as `skip` and `open` use it. */
export type HistoryConformanceCaseId =
  | "numbers"
  | "start"
  | "pages"
  | "apart"
  | "announced"
  | "order"
  | "number"
  | "age"
  | "bytes"
  | "keys"
  | "delete"
  | "deleteLast"
  | "clear"
  | "topics"
  | "payloads"
  | "sizes"
  | "subscribe"
  | "unsubscribe"
  | "routes"
  | "kill"
  | "empty"
  | "pause"
  | "stop";

const CASES: Cases<HistoryConformanceCaseId, HistorySite> = {
  numbers: ["numbers rise within one epoch", numbers],
  start: ["a topic that was never used has a position", positionFromTheStart],
  pages: ["a page has what follows an offset", pages],
  apart: ["a topic has its own messages alone", topicsApart],
  announced: ["what is kept is announced to each node", announced],
  order: ["messages that are published at once have one order", oneOrder],
  number: ["as many messages are kept as was said", byNumber],
  age: ["messages go by age, and the position of a quiet topic stays good", byAge],
  bytes: ["messages go by bytes", byBytes],
  keys: ["a second message with the same key is not kept", idempotent],
  delete: ["a deleted message is gone, and not missed", deleted],
  deleteLast: ["the number of a deleted message is not used again", deletedLast],
  clear: ["a cleared topic is empty, and its numbers go on", cleared],
  topics: ["any text is a topic", anyTopic],
  payloads: ["any payload is kept as it was published", anyPayload],
  sizes: ["a payload of any size is kept or refused", anySize],
  subscribe: ["nothing is missed once subscribe() has resolved", subscribedAtOnce],
  unsubscribe: ["a topic that was left brings nothing, and can be subscribed again", unsubscribed],
  routes: ["routes that a node declares are read by others", declares],
  kill: ["a killed engine is noticed, and what was confirmed is there when it is back, or told", survivesKill],
  empty: ["an engine that comes back empty begins another epoch", survivesLoss],
  pause: ["a silent engine is noticed", survivesPause],
  stop: ["a stopped engine refuses to publish", stopped],
};

const NEED_ENGINE: ReadonlySet<HistoryConformanceCaseId> = new Set(["kill", "empty", "pause", "stop"]);
const NEED_NODES: ReadonlySet<HistoryConformanceCaseId> = new Set(
  ["announced", "order", "keys", "topics", "payloads", "sizes", "subscribe", "unsubscribe", "routes"],
);

/** Options for {@linkcode historyConformance}. */
export interface HistoryConformanceOptions {
  /** Opens a bus for one case, whose id it gets. Called by each case when it runs. */
  readonly open: (id: HistoryConformanceCaseId) => MaybePromise<HistoryConformanceBus>;
  /**
   * The cases that this engine cannot pass by its nature, each with the reason. `engine` stands for all cases about
   * outages, `nodes` for all that need several nodes.
   *
   * @default {{}}
   */
  readonly skip?: Readonly<Partial<Record<HistoryConformanceCaseId | "engine" | "nodes", string>>>;
  /**
   * How much the cases do, and how long they wait.
   *
   * @default {{}}
   */
  readonly numbers?: HistoryConformanceNumbers;
}

/** One test of the suite. */
export interface HistoryConformanceCase {
  /** Its name in `skip`. */
  readonly id: HistoryConformanceCaseId;
  /** What must hold. If it is skipped, with the reason. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
  /** Runs it. @throws {AssertionError} If the engine breaks the contract. */
  readonly fn: () => Promise<void>;
}

/**
 * Returns the tests that hold a history engine to the contract of `HistoryEngine`.
 *
 * Each case opens a bus of its own, with one to three nodes, and ends them. An engine that passes numbers, keeps and
 * announces at once, does not claim to have what is gone, and begins another epoch if it may have lost messages.
 *
 * @example Usage
 * ```ts
 * import { MemoryHistory } from "@urvogel/realtime";
 * import { historyConformance } from "@urvogel/realtime/testing";
 *
 * // In a test file: testEngine();
 * export function testEngine(): void {
 *   const cases = historyConformance({
 *     open: () => ({ createNode: () => ({ history: new MemoryHistory() }) }),
 *     skip: { engine: "it is in this program", nodes: "it serves one node" },
 *   });
 *   for (const test of cases) Deno.test(test);
 * }
 * ```
 *
 * @param options How to open a bus, and what cannot be tested.
 * @returns The cases, each of which can be passed to `Deno.test`.
 * @throws {RangeError} If a number is not positive.
 */
export function historyConformance(options: HistoryConformanceOptions): HistoryConformanceCase[] {
  const { open, skip = {}, numbers = {} } = options;
  const checked = checkedNumbers("history engine", HISTORY_NUMBERS, numbers);
  const whySkipped = (id: HistoryConformanceCaseId) =>
    skip[id] ?? (NEED_ENGINE.has(id) ? skip.engine : undefined) ?? (NEED_NODES.has(id) ? skip.nodes : undefined);
  return testsOf(CASES, whySkipped, async (id) => new HistorySite(await open(id), checked));
}
