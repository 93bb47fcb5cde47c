/**
 * A request that waits for its replies. Pure except for its timer.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";

/** What one node replied: a result or an error. */
export type Outcome = { readonly value: JsonOrBytes } | { readonly error: Error };

/** Collects the replies to one request. */
export class OpenRequest {
  /** Resolves with the outcome of each node that replied in time, or went down. */
  readonly done: Promise<ReadonlyMap<string, Outcome>>;
  /** What was asked. */
  readonly name: string;
  readonly #waiting: Set<string>;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #resolve: (outcomes: ReadonlyMap<string, Outcome>) => void;
  readonly #limit = new Alarm(() => this.end());

  /** Waits for these nodes, for `timeoutMs` at most. */
  constructor(name: string, nodes: readonly string[], timeoutMs: number) {
    this.name = name;
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, Outcome>>();
    this.done = promise;
    this.#resolve = resolve;
    this.#waiting = new Set(nodes);
    if (nodes.length === 0) resolve(this.#outcomes);
    else this.#limit.set(timeoutMs);
  }

  /** Records the outcome of one node. The first one counts, and only of a node that was asked. */
  settle(node: string, outcome: Outcome): void {
    if (!this.#waiting.delete(node)) return;
    this.#outcomes.set(node, outcome);
    if (this.#waiting.size === 0) this.end();
  }

  /** Nothing will come from the nodes that have not replied. */
  fail(error: Error): void {
    for (const node of [...this.#waiting]) this.settle(node, { error });
  }

  /** Stops waiting for the others. */
  end(): void {
    this.#limit.clear();
    this.#waiting.clear();
    this.#resolve(this.#outcomes);
  }
}
