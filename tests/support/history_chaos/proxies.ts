/**
 * A proxy between each node of a chaos run and the engine, so that one node is cut off while others publish.
 *
 * @module
 */

import type { Random } from "../../soak/random.ts";
import { type ProxyTarget, TcpProxy } from "../tcp_proxy.ts";
import { NODES } from "./run.ts";

/** One proxy for each node. */
export class Proxies implements AsyncDisposable {
  readonly #proxies: readonly TcpProxy[];

  private constructor(proxies: readonly TcpProxy[]) {
    this.#proxies = proxies;
  }

  /** Starts them. */
  static async start(target: ProxyTarget): Promise<Proxies> {
    return new Proxies(await Promise.all(Array.from({ length: NODES }, () => TcpProxy.start(target))));
  }

  /** Returns where a node connects, on 127.0.0.1. */
  portOf(node: number): number {
    return this.#proxies[node]!.port;
  }

  /** Ends the connections of one node, or of all, in the orderly way or not. */
  cut(random: Random): void {
    const one = this.#proxies[random.between(0, NODES - 1)]!;
    const isOrderly = random.next() < 0.5;
    for (const proxy of random.next() < 0.2 ? this.#proxies : [one]) {
      if (isOrderly) proxy.cut();
      else proxy.reset();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}
