/**
 * A store with a log, in the program of the test: it outlives all nodes, and the engine too, even one that comes back
 * empty. Nodes reach it by HTTP.
 *
 * @module
 */

import { type JsonOrBytes, type LoadedState, MemoryStore, type OwnerStore } from "@urvogel/realtime";
import type { Count, LogEntry } from "./commits.ts";

interface Asked {
  readonly kind: LogEntry["kind"];
  readonly key: string;
  readonly token: string;
  readonly node: string;
  readonly state?: JsonOrBytes | undefined;
}

/** The store. Dispose of it with `await using`. */
export class LoggedStore implements AsyncDisposable {
  /** All that it was asked, in order. */
  readonly log: LogEntry[] = [];
  readonly #states = new MemoryStore();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      return Response.json(await this.#handle(await request.json()));
    });
  }

  /** Where nodes reach it. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** What the log has of one kind. */
  count(kind: LogEntry["kind"]): number {
    return this.log.filter((entry) => entry.kind === kind && entry.isAccepted).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #handle({ kind, key: full, token: text, node, state }: Asked): Promise<unknown> {
    const token = BigInt(text);
    const key = full.slice(full.indexOf(":") + 1); // without the name of the keyed servers
    if (kind === "load") {
      const loaded = await this.#states.load(key, token);
      this.log.push({ kind, key, token, node, isAccepted: loaded.status === "loaded" });
      return loaded.status === "loaded" ? loaded : { ...loaded, token: `${loaded.token}` };
    }
    const saved = await this.#states.save(key, state!, token);
    this.log.push({ kind, key, token, node, isAccepted: saved === "saved", count: state as unknown as Count });
    return saved;
  }
}

/** How a node uses the store. */
export class StoreClient implements OwnerStore {
  readonly #url: string;
  readonly #node: string;

  /** Creates the client of a node. */
  constructor(url: string, node: string) {
    this.#url = url;
    this.#node = node;
  }

  async load(key: string, token: bigint): Promise<LoadedState> {
    const loaded: LoadedState = await this.#ask({ kind: "load", key, token: `${token}`, node: this.#node });
    return loaded.status === "loaded" ? loaded : { ...loaded, token: BigInt(loaded.token!) };
  }

  save(key: string, state: JsonOrBytes, token: bigint): Promise<"saved" | "refused"> {
    return this.#ask({ kind: "save", key, token: `${token}`, node: this.#node, state });
  }

  async #ask<T>(asked: Asked): Promise<T> {
    const response = await fetch(this.#url, { method: "POST", body: JSON.stringify(asked) });
    if (response.ok) return await response.json();
    throw new Error(`Cannot ${asked.kind}: the store replied ${response.status} ${await response.text()}`);
  }
}
