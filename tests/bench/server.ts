/**
 * A server of the bench, as a process of its own.
 *
 * @module
 */

import { Child, DENO, type Runtime } from "./child.ts";
import { MEMORY_PATH, type MemoryUsage } from "./contestant.ts";
import { type Contestant, type ContestantName, CONTESTANTS } from "./contestants.ts";
import type { Target } from "./load/client.ts";
import { nodeFolder, nodePath } from "./node/node_folder.ts";

/** A server that listens. Dispose of it with `await using`. */
export class Server implements AsyncDisposable {
  readonly #child: Child;
  /** Where its sockets are, on 127.0.0.1. */
  readonly target: Target;

  private constructor(child: Child, target: Target) {
    this.#child = child;
    this.target = target;
  }

  /**
   * Starts a server, fresh.
   *
   * @throws {Error} If it is one for Node, and that is not to be had.
   */
  static async start(name: ContestantName): Promise<Server> {
    const { program, args, flags = [], runtime, path, dialect }: Contestant = CONTESTANTS[name];
    const child = new Child(
      program,
      args,
      runtime === "node" ? await nodeRuntime() : { ...DENO, flags: [...DENO.flags, ...flags] },
    );
    return new Server(child, { port: Number(await child.readLine()), path, dialect });
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

async function nodeRuntime(): Promise<Runtime> {
  const folder = await nodeFolder();
  if (folder.kind === "missing") throw new Error(`Cannot start a server on Node: ${folder.reason}`);
  return { program: nodePath(folder.path), flags: ["--expose-gc"], cwd: folder.path };
}
