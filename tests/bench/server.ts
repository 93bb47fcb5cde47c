/**
 * A server of the bench, as a process of its own.
 *
 * @module
 */

import { Child } from "./child.ts";
import { MEMORY_PATH, type MemoryUsage } from "./contestant.ts";

/** Who competes: the least that is possible, and us. */
export type ServerName = "floor" | "urvogel";

/** The contestants, in the order in which each round asks them. */
export const SERVER_NAMES: readonly ServerName[] = ["floor", "urvogel"];

/** A server that listens. Dispose of it with `await using`. */
export class Server implements AsyncDisposable {
  readonly #child: Child;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Starts a server, fresh. */
  static async start(name: ServerName): Promise<Server> {
    const child = new Child(`${name}_server.ts`);
    return new Server(child, Number(await child.readLine()));
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** How many bytes it holds, after a collection of garbage. */
  async rssBytes(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}${MEMORY_PATH}`);
    const { rssBytes }: MemoryUsage = await response.json();
    return rssBytes;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
