/**
 * Where one case of the conformance suite runs: its bus, its nodes, and its clock.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import type { ConformanceBus } from "./bus.ts";
import type { ConformanceNumbers } from "./numbers.ts";
import { lacks, Patience } from "./_patience.ts";
import { TestNode } from "./_test_node.ts";

/** A bus and its nodes. */
export class Site extends Patience<Required<ConformanceNumbers>> {
  /** What the author of the adapter handed in. */
  readonly bus: ConformanceBus;
  readonly #nodes: TestNode[] = [];

  /** Creates a site without nodes. */
  constructor(bus: ConformanceBus, numbers: Required<ConformanceNumbers>) {
    super(numbers);
    this.bus = bus;
  }

  /** Creates a node that is not started. */
  create(): TestNode {
    const node = new TestNode(this.bus.createNode());
    if (this.#nodes.some(({ name }) => name === node.name)) {
      throw new AssertionError(`Two nodes have the name ${node.name}.`);
    }
    this.#nodes.push(node);
    return node;
  }

  /** Starts a node. */
  async node(): Promise<TestNode> {
    const node = this.create();
    await this.soon(node.start(), "start() resolves while the engine is there");
    if (!node.adapter.isConnected) throw new AssertionError("isConnected is false although start() has resolved.");
    return node;
  }

  /** Returns a part of the bus that a case needs. */
  need<K extends "engine" | "publishRaw" | "refusals">(part: K): NonNullable<ConformanceBus[K]> {
    const found = this.bus[part];
    if (found === undefined) throw lacks(part);
    return found as NonNullable<ConformanceBus[K]>;
  }

  /** Stops all nodes and closes the bus, even if some fail to. */
  async close(): Promise<void> {
    const stops = this.#nodes.map(({ adapter }) => () => adapter.stop());
    await this.endAll([...stops, () => this.bus.close?.()], "stop() resolves");
  }
}
