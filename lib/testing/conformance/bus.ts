/**
 * What an author of an adapter hands to `adapterConformance`: nodes, and what the suite may do to their engine.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { PubSubAdapter } from "../../pubsub/adapter.ts";

/**
 * A bus for one case of the suite: nodes that find each other, and no others. Without one of the optional members, the
 * cases that need it fail, unless `skip` says why they cannot run.
 */
export interface ConformanceBus {
  /** Creates the adapter of another node, with a name of its own. The suite starts and stops it. */
  createNode(): PubSubAdapter;
  /** The engine, for the cases about outages. */
  readonly engine?: ConformanceEngine;
  /**
   * Sends `bytes` in place of an envelope, in the way in which the broadcasts to `topic` are sent, as a foreign program
   * could: for the cases about malformed input.
   */
  publishRaw?(bytes: Uint8Array, topic: string): MaybePromise<void>;
  /** Nodes that the engine refuses, for the case about wrong credentials. */
  readonly refusals?: ConformanceRefusals;
  /** Ends the bus, once its nodes have been stopped. */
  close?(): MaybePromise<void>;
}

/** An engine that the suite can harm. */
export interface ConformanceEngine {
  /** Ends it without a warning, as SIGKILL does. */
  kill(): MaybePromise<void>;
  /**
   * Starts it again, where clients found it before. Resolves when it accepts connections.
   *
   * @param options `empty`: whether it has forgotten everything that it stored; by default it has not.
   */
  restart(options?: { readonly empty?: boolean }): MaybePromise<void>;
  /** Makes it stop responding, with its connections open, as SIGSTOP does. */
  pause?(): MaybePromise<void>;
  /** Ends `pause`. */
  resume?(): MaybePromise<void>;
  /** Returns how many subscriptions of all nodes it has. Without it, the engine's memory is not checked. */
  subscriptionCount?(): MaybePromise<number>;
}

/** Nodes that cannot connect, whatever they do. */
export interface ConformanceRefusals {
  /** Creates such a node, by what is wrong with it: `"a wrong password"`, `"an untrusted certificate"`. */
  readonly nodes: Readonly<Record<string, () => PubSubAdapter>>;
  /** Texts that no error may contain: the passwords. */
  readonly secrets: readonly string[];
}
