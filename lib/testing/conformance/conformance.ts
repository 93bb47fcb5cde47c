/**
 * The conformance suite of adapters: what a PubSub relies on, as tests that any adapter can run.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ConformanceBus } from "./bus.ts";
import { type Cases, testsOf } from "./_cases.ts";
import { anyPayload, anySize, anyTopic } from "./_content.ts";
import { controlToAll, directToOne, inOrder, noEcho, oneCopy } from "./_delivery.ts";
import { malformed, misplaced } from "./_input.ts";
import { resubscribed, subscribedAtOnce, unsubscribed } from "./_interest.ts";
import { forgetsTopics, startsAgain, stops, stopsInSilence, stopsWhileStarting } from "./_lifetime.ts";
import { checkedNumbers } from "./_checked_numbers.ts";
import { type ConformanceNumbers, NUMBERS } from "./numbers.ts";
import { startsBeforeEngine, survivesKill, survivesLoss, survivesPause } from "./_outage.ts";
import { refusesToStart } from "./_refusal.ts";
import { Site } from "./_site.ts";

/** The name of a case, as `skip` and `open` use it. */
export type ConformanceCaseId =
  | "echo"
  | "copies"
  | "order"
  | "direct"
  | "control"
  | "topics"
  | "payloads"
  | "sizes"
  | "subscribe"
  | "unsubscribe"
  | "resubscribe"
  | "early"
  | "kill"
  | "pause"
  | "empty"
  | "malformed"
  | "misplaced"
  | "stop"
  | "stopEarly"
  | "stopSilent"
  | "startAgain"
  | "memory"
  | "refusal";

const CASES: Cases<ConformanceCaseId, Site> = {
  echo: ["a node does not receive its own broadcasts", noEcho],
  copies: ["each other node receives one copy", oneCopy],
  order: ["the broadcasts of one node to one topic stay in order while the receiver stalls", inOrder],
  direct: ["directBroadcast() reaches one node", directToOne],
  control: ["control messages reach all nodes", controlToAll],
  topics: ["any text is a topic, and no topic receives the broadcasts of another", anyTopic],
  payloads: ["any payload arrives as it was sent", anyPayload],
  sizes: ["a payload of any size arrives or is refused", anySize],
  subscribe: ["nothing is missed once subscribe() has resolved", subscribedAtOnce],
  unsubscribe: ["a topic without subscribers brings nothing", unsubscribed],
  resubscribe: ["a topic that was left can be joined again", resubscribed],
  early: ["start() waits for an engine that is down", startsBeforeEngine],
  kill: ["a killed engine is noticed, and everything works again when it is back", survivesKill],
  pause: ["a silent engine is noticed, and everything works again when it is back", survivesPause],
  empty: ["an engine that comes back empty is used as before", survivesLoss],
  malformed: ["what is no envelope is reported, and nothing else happens", malformed],
  misplaced: ["an envelope on the subject of another topic is reported, and nothing else happens", misplaced],
  stop: ["a stopped node receives nothing, and can be stopped again", stops],
  stopEarly: ["stop() ends a start() that is under way", stopsWhileStarting],
  stopSilent: ["stop() resolves although its engine is silent", stopsInSilence],
  startAgain: ["start() works again after stop()", startsAgain],
  memory: ["topics that were left take no memory", forgetsTopics],
  refusal: ["start() rejects if no retry will help, and reveals no secret", refusesToStart],
};

const NEED_ENGINE: ReadonlySet<ConformanceCaseId> = new Set(["early", "kill", "pause", "empty", "stopSilent"]);

/** Options for {@linkcode adapterConformance}. */
export interface ConformanceOptions {
  /**
   * Opens a bus for one case, whose id it gets. Called by each case when it runs. The bus for `"refusal"` may be another
   * one than that of the others.
   */
  readonly open: (id: ConformanceCaseId) => MaybePromise<ConformanceBus>;
  /**
   * The cases that this adapter cannot pass by its nature, each with the reason: `{ memory: "it has no subscriptions" }`.
   * `engine` stands for all cases that need an engine.
   *
   * @default {{}}
   */
  readonly skip?: Readonly<Partial<Record<ConformanceCaseId | "engine", string>>>;
  /**
   * How much the cases do, and how long they wait.
   *
   * @default {{}}
   */
  readonly numbers?: ConformanceNumbers;
}

/** One test of the suite. */
export interface ConformanceCase {
  /** Its name in `skip`. */
  readonly id: ConformanceCaseId;
  /** What must hold. If it is skipped, with the reason. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
  /** Runs it. @throws {AssertionError} If the adapter breaks the contract. */
  readonly fn: () => Promise<void>;
}

/**
 * Returns the tests that hold an adapter to the contract of `PubSubAdapter`.
 *
 * Each case opens a bus of its own, with two or three nodes, and ends them. Run them with the sanitizers of `Deno.test`
 * for ops and resources: they report the timers and sockets that a stopped node leaves behind. An adapter that passes
 * delivers at most once and in order, notices outages, and drops nothing silently while its engine works.
 *
 * With the default numbers and an engine that starts quickly, all cases take less than a minute.
 *
 * @example Usage
 * ```ts
 * import type { PubSubAdapter } from "@urvogel/realtime";
 * import { adapterConformance } from "@urvogel/realtime/testing";
 *
 * // In a test file: testAdapter(() => myAdapter());
 * export function testAdapter(createNode: () => PubSubAdapter): void {
 *   const cases = adapterConformance({
 *     open: () => ({ createNode }), // an engine of its own for each case is better
 *     skip: { engine: "it has no engine" },
 *   });
 *   for (const test of cases) Deno.test(test);
 * }
 * ```
 *
 * @param options How to open a bus, and what cannot be tested.
 * @returns The cases, each of which can be passed to `Deno.test`.
 * @throws {RangeError} If a number is not positive.
 */
export function adapterConformance({ open, skip = {}, numbers = {} }: ConformanceOptions): ConformanceCase[] {
  const checked = checkedNumbers("adapter", NUMBERS, numbers);
  const whySkipped = (id: ConformanceCaseId) => skip[id] ?? (NEED_ENGINE.has(id) ? skip.engine : undefined);
  return testsOf(CASES, whySkipped, async (id) => new Site(await open(id), checked));
}
