/**
 * A history engine for several nodes of one process, and adapters that have it.
 *
 * @module
 */

import {
  type HistoryEngine,
  type HistoryPage,
  type HistoryRoute,
  MemoryHistory,
  type Position,
  type PubSubAdapter,
  type Retention,
  type Stored,
  type Unnumbered,
} from "@urvogel/realtime";
import type { Hub } from "./pubsub_hub.ts";

/** Keeps messages, and announces them to all nodes. */
export class SharedHistory {
  readonly #kept = new MemoryHistory();
  readonly #live = new Map<string, Map<NodeHistory, (message: Stored) => void>>();
  #routes: readonly HistoryRoute[] = [];

  /** An adapter of `hub` whose entry has this engine. */
  adapter(hub: Hub, nodeName: string): PubSubAdapter & { readonly history: HistoryEngine } {
    return { ...hub.adapter(nodeName), history: new NodeHistory(this) };
  }

  /** The engine as a node sees it, by the names of the contract. */
  get kept(): MemoryHistory {
    return this.#kept;
  }

  /** What was declared last. */
  get routes(): readonly HistoryRoute[] {
    return this.#routes;
  }

  /** Remembers what is declared. */
  declare(routes: readonly HistoryRoute[]): void {
    this.#routes = routes;
  }

  /** Announces the messages of a topic to a node; `undefined` ends that. */
  listen(topic: string, node: NodeHistory, keep: Retention, live: ((message: Stored) => void) | undefined): void {
    const nodes = this.#live.get(topic) ?? new Map();
    this.#live.set(topic, nodes);
    if (live) nodes.set(node, live);
    else nodes.delete(node);
    this.#kept.subscribe(topic, keep, (message) => {
      for (const announce of nodes.values()) queueMicrotask(() => announce(message));
    });
  }
}

class NodeHistory implements HistoryEngine {
  readonly tailSize = 16;
  readonly #shared: SharedHistory;
  #keep: Retention | undefined;

  constructor(shared: SharedHistory) {
    this.#shared = shared;
  }

  async publish(topic: string, message: Unnumbered, keep: Retention): Promise<Position> {
    await Promise.resolve();
    return this.#shared.kept.publish(topic, message, keep);
  }

  async subscribe(topic: string, keep: Retention, live: (message: Stored) => void): Promise<void> {
    await Promise.resolve();
    this.#keep = keep;
    this.#shared.listen(topic, this, keep, live);
  }

  unsubscribe(topic: string): void {
    if (this.#keep) this.#shared.listen(topic, this, this.#keep, undefined);
  }

  async read(topic: string, after: number | undefined, keep: Retention): Promise<HistoryPage> {
    await Promise.resolve();
    return this.#shared.kept.read(topic, after, keep);
  }

  onReconnect(): () => void {
    return () => {};
  }

  async delete(topic: string, position: Position): Promise<boolean> {
    await Promise.resolve();
    return this.#shared.kept.delete(topic, position);
  }

  async clear(topic: string): Promise<void> {
    await Promise.resolve();
    this.#shared.kept.clear(topic);
  }

  declare(routes: readonly HistoryRoute[]): void {
    this.#shared.declare(routes);
  }

  routes(): readonly HistoryRoute[] {
    return this.#shared.routes;
  }
}
