/**
 * Broadcasts that go on through an outage, and what became of each.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import { pause } from "../../base/pause.ts";
import { BusDownError } from "../../pubsub/errors.ts";
import type { TestNode } from "./_test_node.ts";

const EVERY_MS = 1;

/** Broadcasts numbers to a topic, one after the other. Dispose of it with `await using`. */
export class Traffic implements AsyncDisposable {
  /** The numbers that the adapter accepted. */
  readonly accepted: number[] = [];
  /** The numbers that the adapter refused. */
  readonly refused: number[] = [];
  readonly #from: TestNode;
  readonly #topic: string;
  readonly #running: Promise<void>;
  #failure: unknown;
  #next = 0;
  #isStopped = false;

  /** Begins to broadcast from a node. */
  constructor(from: TestNode, topic: string) {
    this.#from = from;
    this.#topic = topic;
    this.#running = this.#run();
  }

  /** Broadcasts the next number now, and returns it. */
  send(): number {
    const n = this.#next++;
    try {
      this.#from.broadcast(this.#topic, n);
      this.accepted.push(n);
    } catch (error) {
      if (!(error instanceof BusDownError)) this.#failure ??= error;
      this.refused.push(n);
    }
    return n;
  }

  /** Ends it. @throws What broadcast threw, unless it was a `BusDownError`. */
  async stop(): Promise<void> {
    await this[Symbol.asyncDispose]();
    if (this.#failure !== undefined) {
      throw new AssertionError("broadcast() must throw a BusDownError during an outage.", { cause: this.#failure });
    }
  }

  /** Ends it, whatever happened. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.send();
      await pause(EVERY_MS);
    }
  }
}
