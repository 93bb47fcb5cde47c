/**
 * A node of the proof, with a network of its own to the engine, and clients that write through it all the time.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { NodeTimeOptions } from "@urvogel/realtime";
import { Program } from "../../support/program.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import type { Engine } from "../../support/engines/engine.ts";
import type { Acknowledged } from "./commits.ts";

/** How long a session lives without a renewal, in milliseconds. */
export const TTL_MS = 2000;
const TIMES: NodeTimeOptions = { heartbeatMs: 200, downMs: 800, ownerTtlMs: TTL_MS };
const COMMAND = "deno run -A --quiet --no-check tests/e2e/owners/counter_program.ts";
/** Pause of a client between two writes, in milliseconds. */
const PAUSE_MS = 60;
/** How long a client waits for a reply, in milliseconds. */
const PATIENCE_MS = 1500;

/** What a node needs. */
export interface CounterNodeParts {
  /** The engine, and the port of it that is wired to the proxy. */
  readonly engine: Engine & { readonly port: number };
  /** Where the store is. */
  readonly storeUrl: string;
  /** The keys that its clients write to. */
  readonly keys: readonly string[];
  /**
   * How often it sends heartbeats, and when others consider it down.
   *
   * @default {short times, with a session of {@linkcode TTL_MS}}
   */
  readonly times?: NodeTimeOptions;
  /** Takes note of each write that was acknowledged. */
  readonly onAcknowledged: (write: Acknowledged) => void;
  /** Returns the id of the next write. */
  readonly nextId: () => string;
}

/** A running node. Dispose of it with `await using`. */
export class CounterNode implements AsyncDisposable {
  /** Its name in the cluster. */
  readonly name: string;
  readonly #parts: CounterNodeParts;
  readonly #program: Program;
  readonly #proxy: TcpProxy;
  readonly #url: string;
  readonly #stop = new AbortController();
  /** When the last write of a key that was acknowledged had been sent. */
  readonly #sentAtMs = new Map<string, number>();
  readonly #refusals = new Map<string, string>();
  readonly #clients: Promise<void>[];

  /** Starts a node, and its clients. */
  static async start(parts: CounterNodeParts): Promise<CounterNode> {
    await using resources = new AsyncDisposableStack();
    const proxy = resources.use(await TcpProxy.start({ port: parts.engine.port }));
    const ADAPTER = parts.engine.url.replace(`:${parts.engine.port}`, `:${proxy.port}`);
    const PUBSUB = JSON.stringify(parts.times ?? TIMES);
    const program = resources.use(new Program(COMMAND, { ADAPTER, STORE: parts.storeUrl, PUBSUB }));
    const [, name = "", url = ""] = await program.prints(/(\S+) listens on (\S+)/);
    resources.move();
    return new CounterNode(parts, program, proxy, name, url);
  }

  private constructor(parts: CounterNodeParts, program: Program, proxy: TcpProxy, name: string, url: string) {
    this.#parts = parts;
    this.#program = program;
    this.#proxy = proxy;
    this.name = name;
    this.#url = url;
    this.#clients = parts.keys.map((key) => this.#write(key));
  }

  /** Returns the keys for which no write was acknowledged that was sent after a time, and why the last one was not. */
  silentSince(atMs: number): string[] {
    const silent = this.#parts.keys.filter((key) => (this.#sentAtMs.get(key) ?? -Infinity) < atMs);
    return silent.map((key) => `${this.name} ${key}: ${this.#refusals.get(key) ?? "no reply"}`);
  }

  /** The id of its process. */
  get pid(): number {
    return this.#program.pid;
  }

  /** How many bytes it and the engine have sent each other. */
  get engineBytes(): number {
    return this.#proxy.passedBytes;
  }

  /**
   * Writes once. Returns the number of the write.
   *
   * @throws {Error} If it was not acknowledged.
   */
  async add(key: string, id: string, signal: AbortSignal = this.#stop.signal): Promise<number> {
    const response = await fetch(`${this.#url}/${key}/${id}`, { method: "POST", signal });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  }

  /** Stops its process (SIGSTOP). */
  pause(): void {
    Deno.kill(this.#program.pid, "SIGSTOP");
  }

  /** Ends {@linkcode pause}. */
  resume(): void {
    Deno.kill(this.#program.pid, "SIGCONT");
  }

  /** Cuts it off from the engine. Nobody notices by a closed connection. */
  cutOff(): void {
    this.#proxy.stall();
  }

  /** Ends {@linkcode cutOff}. What was on its way arrives now. */
  reconnect(): void {
    this.#proxy.flow();
  }

  /** Ends it with SIGKILL. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#program[Symbol.asyncDispose]();
    await Promise.all(this.#clients);
    await this.#proxy[Symbol.asyncDispose]();
  }

  /** One client: it sends each write once, and never again. */
  async #write(key: string): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const [id, sentAtMs] = [this.#parts.nextId(), performance.now()];
      try {
        const within = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
        this.#parts.onAcknowledged({ key, id, n: await this.add(key, id, within) });
        this.#sentAtMs.set(key, sentAtMs);
      } catch (error) {
        this.#refusals.set(key, String(error));
      }
      await delay(PAUSE_MS, { signal }).catch(() => {});
    }
  }
}
