/**
 * What an author of a history engine hands to `historyConformance`: nodes, and what the suite may do to their engine.
 *
 * @module
 */

import type { MaybePromise } from "../../../base/maybe_promise.ts";
import type { HistoryEngine } from "../../../history/engine.ts";
import type { BusNode } from "../../../pubsub/adapter.ts";
import type { ConformanceEngine } from "../bus.ts";

/** The history engine of one node, and how to connect it. An adapter with a `history` is one. */
export interface HistoryConformanceNode {
  /** The engine. */
  readonly history: HistoryEngine;
  /** Connects. Resolves when the engine can be used. */
  start?(node: BusNode): MaybePromise<void>;
  /** Disconnects. */
  stop?(): MaybePromise<void>;
}

/**
 * A bus for one case of the suite. Without one of the optional members, the cases that need it fail, unless `skip` says
 * why they cannot run.
 */
export interface HistoryConformanceBus {
  /** Creates another node. The suite starts and stops it. */
  createNode(): HistoryConformanceNode;
  /** The engine, for the cases about outages. */
  readonly engine?: ConformanceEngine;
  /** Ends the bus, once its nodes have been stopped. */
  close?(): MaybePromise<void>;
}
