/**
 * What an author of an owner engine hands to `ownerConformance`: nodes, and what the suite may do to their engine.
 *
 * @module
 */

import type { MaybePromise } from "../../../base/maybe_promise.ts";
import type { OwnerEngine } from "../../../cluster/owner_engine.ts";
import type { BusNode } from "../../../pubsub/adapter.ts";
import type { ConformanceEngine } from "../bus.ts";

/** The owner engine of one node, and how to connect it. An adapter with `owners` is one. */
export interface OwnerConformanceNode {
  /** The engine. */
  readonly owners: OwnerEngine;
  /** Connects. Resolves when the engine can be used. */
  start?(node: BusNode): MaybePromise<void>;
  /** Disconnects. */
  stop?(): MaybePromise<void>;
}

/**
 * A bus for one case of the suite. Without one of the optional members, the cases that need it fail, unless `skip` says
 * why they cannot run.
 */
export interface OwnerConformanceBus {
  /** Creates another node. The suite starts and stops it. */
  createNode(): OwnerConformanceNode;
  /** The engine, for the cases about outages. */
  readonly engine?: ConformanceEngine;
  /** Ends the bus, once its nodes have been stopped. */
  close?(): MaybePromise<void>;
}
