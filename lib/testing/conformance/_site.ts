/**
 * Where one case of the conformance suite runs: its bus, its nodes, and its clock.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import { pause } from "../../base/pause.ts";
import { withinTime } from "../../base/within_time.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ConformanceBus } from "./bus.ts";
import type { ConformanceNumbers } from "./numbers.ts";
import { TestNode } from "./_test_node.ts";

const POLL_MS = 2;

/** A bus and its nodes. */
export class Site {
  /** How much to do, and how long to wait. */
  readonly numbers: Required<ConformanceNumbers>;
  /** What the author of the adapter handed in. */
  readonly bus: ConformanceBus;
  readonly #nodes: TestNode[] = [];

  /** Creates a site without nodes. */
  constructor(bus: ConformanceBus, numbers: Required<ConformanceNumbers>) {
    this.bus = bus;
    this.numbers = numbers;
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

  /** Waits until `holds` does. */
  async until(
    holds: () => MaybePromise<boolean>,
    what: string | (() => string),
    withinMs: number = this.numbers.patienceMs,
  ): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!await holds()) {
      if (performance.now() > deadline) throw notWithin(withinMs, typeof what === "string" ? what : what());
      await pause(POLL_MS);
    }
  }

  /** Waits for a promise, but not for ever. */
  async soon<T>(promise: MaybePromise<T>, what: string, withinMs: number = this.numbers.patienceMs): Promise<T> {
    return await withinTime(Promise.resolve(promise), withinMs, () => notWithin(withinMs, what));
  }

  /** Waits for what must not come. */
  async quiet(): Promise<void> {
    await pause(this.numbers.quietMs);
  }

  /** Stops all nodes and closes the bus, even if some fail to. */
  async close(): Promise<void> {
    const failed: unknown[] = [];
    const stops = this.#nodes.map(({ adapter }) => async () => await adapter.stop());
    for (const end of [...stops, async () => await this.bus.close?.()]) {
      await this.soon(end(), "stop() resolves").catch((error) => failed.push(error));
    }
    if (failed.length > 0) throw failed[0];
  }
}

/** Describes a part of the bus that a case needs and that is not there. */
export function lacks(part: string): AssertionError {
  return new AssertionError(
    `Cannot run this case: the bus has no "${part}". Add it, or say in "skip" why there is none.`,
  );
}

function notWithin(withinMs: number, what: string): AssertionError {
  return new AssertionError(`It did not come true within ${withinMs} ms: ${what}.`);
}
