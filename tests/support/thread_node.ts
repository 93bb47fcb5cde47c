/**
 * Nodes in Workers, for tests of the bus between threads.
 *
 * @module
 */

import type { BusChange } from "../../lib/pubsub/adapter.ts";
import type { NodeReport, ToNode } from "../fixtures/thread_node.ts";

/** A Worker with a node. Dispose of it with `using`: it is terminated. */
export class ThreadNode implements Disposable {
  /** The name of the node. */
  readonly name: string;
  readonly #worker = new Worker(new URL("../fixtures/thread_node.ts", import.meta.url), { type: "module" });
  readonly #waiting: PromiseWithResolvers<unknown>[] = [];

  private constructor(name: string) {
    this.name = name;
    this.#worker.onmessage = ({ data }) => this.#waiting.shift()?.resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#waiting.shift()?.reject(new Error(`Cannot go on: ${event.message}`));
    };
  }

  /** Starts a node in a new thread. */
  static async start(prefix: string, nodeName: string, more: { maxStallMs?: number } = {}): Promise<ThreadNode> {
    const node = new ThreadNode(nodeName);
    await node.ask({ kind: "start", prefix, nodeName, ...more });
    return node;
  }

  /** Asks it to do something. Resolves when it is done. */
  async ask(message: ToNode): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.push(waiting);
    this.#worker.postMessage(message);
    return await waiting.promise;
  }

  /** Returns what it has received. */
  async report(): Promise<NodeReport> {
    return await this.ask({ kind: "report" }) as NodeReport;
  }

  /** Waits until it has received so many numbers from `sender`. */
  async received(sender: string, count: number): Promise<readonly number[]> {
    const what = `${count} numbers from ${sender}`;
    const { numbers } = await this.#when(({ numbers }) => (numbers[sender]?.length ?? 0) >= count, what);
    return numbers[sender]!;
  }

  /** Waits until the connection has changed, and returns how. */
  async changes(): Promise<readonly BusChange[]> {
    return (await this.#when(({ changes }) => changes.length > 0, "a change")).changes;
  }

  async #when(holds: (report: NodeReport) => boolean, what: string): Promise<NodeReport> {
    const end = performance.now() + 20_000;
    while (performance.now() < end) {
      const report = await this.report();
      if (holds(report)) return report;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`Cannot go on: ${this.name} did not receive ${what}`);
  }

  /** Terminates the thread, in the middle of whatever it does. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
