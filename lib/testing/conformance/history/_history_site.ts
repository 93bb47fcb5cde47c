/**
 * Where one case of the conformance suite for history engines runs.
 *
 * @module
 */

import type { ConformanceEngine } from "../bus.ts";
import { lacks, Patience } from "../_patience.ts";
import type { HistoryConformanceBus } from "./history_bus.ts";
import type { HistoryConformanceNumbers } from "./history_numbers.ts";
import { HistoryNode } from "./_history_node.ts";

/** A bus and its nodes. */
export class HistorySite extends Patience<Required<HistoryConformanceNumbers>> {
  readonly #bus: HistoryConformanceBus;
  readonly #nodes: HistoryNode[] = [];

  /** Creates a site without nodes. */
  constructor(bus: HistoryConformanceBus, numbers: Required<HistoryConformanceNumbers>) {
    super(numbers);
    this.#bus = bus;
  }

  /** The engine that all nodes share. */
  get engine(): ConformanceEngine {
    if (!this.#bus.engine) throw lacks("engine");
    return this.#bus.engine;
  }

  /** Starts a node. */
  async node(): Promise<HistoryNode> {
    const node = new HistoryNode(this.#bus.createNode());
    this.#nodes.push(node);
    await this.soon(node.start(), "start() resolves while the engine is there");
    return node;
  }

  /** Stops all nodes and closes the bus, even if some fail to. */
  async close(): Promise<void> {
    const stops = this.#nodes.map((node) => () => node.stop());
    await this.endAll([...stops, () => this.#bus.close?.()], "stop() resolves");
  }
}
