/**
 * A server of the bench, as a process of its own.
 *
 * @module
 */

import { Child } from "./child.ts";
import { MEMORY_PATH, type MemoryUsage } from "./contestant.ts";
import { type ContestantName, CONTESTANTS, socketPath } from "./contestants.ts";
import type { Target } from "./load/client.ts";

/** A server that listens. Dispose of it with `await using`. */
export class Server implements AsyncDisposable {
  readonly #child: Child;
  /** Where its sockets are, on 127.0.0.1. */
  readonly target: Target;

  private constructor(child: Child, target: Target) {
    this.#child = child;
    this.target = target;
  }

  /** Starts a server, fresh. */
  static async start(name: ContestantName): Promise<Server> {
    const child = new Child(CONTESTANTS[name].program);
    return new Server(child, { port: Number(await child.readLine()), path: socketPath(name) });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** How many bytes it holds, after a collection of garbage. */
  async rssBytes(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.target.port}${MEMORY_PATH}`);
    const { rssBytes }: MemoryUsage = await response.json();
    return rssBytes;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
