/**
 * An owner engine in memory that can be killed, emptied and made silent, as an engine on another machine.
 *
 * @module
 */

import { MemoryOwners, type OwnerEngine, type OwnerSession } from "@urvogel/realtime";

const NO_ANSWER_MS = 200;

/** The engine, and what may happen to it. */
export class MemoryOwnerEngine {
  #memory = new MemoryOwners();
  #status: "up" | "killed" | "paused" = "up";
  readonly #waiting = new Set<() => void>();
  #longestTtlMs = 0;
  #givesKeysFromMs = 0;

  /** The engine, as one node reaches it. */
  connect(): OwnerEngine {
    return {
      open: async (node, ttlMs) => {
        this.#longestTtlMs = Math.max(this.#longestTtlMs, ttlMs);
        const memory = this.#memory;
        const session = await this.#reach(() => memory.open(node, ttlMs));
        return this.#wrap(memory, session);
      },
    };
  }

  /** Ends the engine. */
  kill(): void {
    this.#status = "killed";
  }

  /** Starts it again. */
  restart({ empty = false }: { readonly empty?: boolean } = {}): void {
    if (empty) {
      this.#memory = new MemoryOwners();
      this.#givesKeysFromMs = performance.now() + this.#longestTtlMs; // former owners may not know yet
    }
    this.#status = "up";
  }

  /** Stops it from answering. */
  pause(): void {
    this.#status = "paused";
  }

  /** Makes it answer again. */
  resume(): void {
    this.#status = "up";
    for (const giveUp of this.#waiting) giveUp();
  }

  #wrap(memory: MemoryOwners, session: OwnerSession): OwnerSession {
    return {
      renew: async () => {
        const exists = await this.#reach(() => session.renew());
        return exists && memory === this.#memory;
      },
      claim: (key) =>
        this.#reach(async () => {
          if (memory !== this.#memory) throw new Error("no such session");
          if (performance.now() < this.#givesKeysFromMs) throw new Error("too early");
          return await session.claim(key);
        }),
      ownerOf: (key) => this.#reach(() => session.ownerOf(key)),
      release: (key, token) => this.#reach(() => session.release(key, token)),
      close: () => this.#reach(() => session.close()).catch(() => {}),
    };
  }

  /** Lets a client wait until it gives up. */
  async #silence(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, NO_ANSWER_MS);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    clearTimeout(timer);
  }

  async #reach<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#status === "killed") throw new Error("no engine");
    if (this.#status === "paused") {
      await this.#silence();
      throw new Error("no answer");
    }
    return await operation();
  }
}
