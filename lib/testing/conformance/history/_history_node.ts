/**
 * A node of the conformance suite for history engines, which notes what is announced to it.
 *
 * @module
 */

import type { MaybePromise } from "../../../base/maybe_promise.ts";
import type { HistoryEngine, HistoryPage, Stored, Unnumbered } from "../../../history/engine.ts";
import type { Position } from "../../../history/position.ts";
import type { Retention } from "../../../history/retention.ts";
import type { HistoryConformanceNode } from "./history_bus.ts";
import { SILENT_NODE } from "../_silent_node.ts";

/** The event of the suite's messages. */
export const EVENT = "said";

/** How much is kept unless a case says otherwise. */
export const KEEP: Retention = { maxMessages: 1000, maxAgeMs: 60_000, maxBytes: 10_000_000 };

/** An engine, with what it announced. */
export class HistoryNode {
  /** The engine. */
  readonly engine: HistoryEngine;
  /** How often the engine reported that it is reachable again. */
  reconnects = 0;
  readonly #node: HistoryConformanceNode;
  readonly #live = new Map<string, Stored[]>();

  /** Wraps a node that is not started. */
  constructor(node: HistoryConformanceNode) {
    this.#node = node;
    this.engine = node.history;
    this.engine.onReconnect(() => this.reconnects++);
  }

  /** Connects. */
  start(): MaybePromise<void> {
    return this.#node.start?.(SILENT_NODE);
  }

  /** Disconnects. */
  stop(): MaybePromise<void> {
    return this.#node.stop?.();
  }

  /** Publishes a payload. Rejects if the engine throws. */
  async publish(topic: string, payload: unknown, more: Partial<Unnumbered> = {}, keep = KEEP): Promise<Position> {
    return await this.engine.publish(topic, { event: EVENT, payload, ...more }, keep);
  }

  /** Reads what follows an offset. */
  async read(topic: string, after: number | undefined, keep = KEEP): Promise<HistoryPage> {
    return await this.engine.read(topic, after, keep);
  }

  /** Subscribes to topics. */
  async subscribe(...topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      const live = this.#live.get(topic) ?? [];
      this.#live.set(topic, live);
      await this.engine.subscribe(topic, KEEP, (message) => void live.push(message));
    }
  }

  /** Returns what was announced of a topic. */
  live(topic: string): readonly Stored[] {
    return this.#live.get(topic) ?? [];
  }
}

/** Returns whether a page has everything that came after a position. */
export function covers({ top, completeFrom }: HistoryPage, { epoch, offset }: Position): boolean {
  return epoch === top.epoch && offset >= completeFrom && offset <= top.offset;
}

/** Returns the payloads of messages. */
export function payloadsOf(messages: readonly Stored[]): unknown[] {
  return messages.map(({ payload }) => payload);
}
