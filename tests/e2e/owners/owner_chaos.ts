/**
 * Three nodes that own keys by the leases of one engine, and clients that write, while things go wrong.
 *
 * What must hold is said once, in `commits.ts` and in {@linkcode OwnerChaos.run}. All choices come from a seed. The
 * moments at which processes run do not: a seed that found a fault finds it again in most runs, not in all.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Random } from "../../soak/random.ts";
import type { EngineName } from "../../support/engines/binaries.ts";
import type { EngineProcess } from "../../support/engines/engine_process.ts";
import { startEngine } from "../../support/engines/start.ts";
import { type Acknowledged, faultsOf, type LogEntry, ownerIn, refusals } from "./commits.ts";
import { CounterNode, TTL_MS } from "./counter_node.ts";
import { describeFault, type Fault, faults } from "./faults.ts";
import { LoggedStore } from "./logged_store.ts";

const NODES = 3;
const KEYS = ["k0", "k1", "k2"];
/** After a fault, or after the engine is back, each node must serve each key within this time, in milliseconds. */
export const RECOVERY_MS = TTL_MS + 1000;
const STEP_MS = 25;
/** How long the nodes may take to start, and a node to be back after it was stopped: not what is measured. */
const PATIENCE_MS = 20_000;

/** What a run found. */
export interface Found {
  /** What must not have happened. */
  readonly faults: readonly string[];
  /** How many writes were acknowledged. */
  readonly acknowledged: number;
  /** How many owners the keys had, one after the other. */
  readonly owners: number;
  /** How many requests of former owners the store refused. */
  readonly refused: number;
}

/** A run. Dispose of it with `await using`. */
export class OwnerChaos implements AsyncDisposable {
  /** What was done, and how long it took until each node served each key. */
  readonly log: string[] = [];
  readonly #engine: EngineProcess;
  readonly #store: LoggedStore;
  readonly #random: Random;
  readonly #resources: AsyncDisposableStack;
  readonly #nodes: CounterNode[] = [];
  readonly #acknowledged: Acknowledged[] = [];
  readonly #faults: string[] = [];
  #writes = 0;

  /** Starts an engine, a store and three nodes. */
  static async start(engine: EngineName, seed: number): Promise<OwnerChaos> {
    await using resources = new AsyncDisposableStack();
    const process = resources.use(await startEngine(engine));
    const store = resources.use(new LoggedStore());
    const chaos = new OwnerChaos(process, store, new Random(seed), resources.move());
    try {
      await Promise.all(Array.from({ length: NODES }, () => chaos.#startNode()));
      await chaos.#recovered("the start", performance.now(), chaos.#nodes, PATIENCE_MS);
      return chaos;
    } catch (error) {
      await chaos[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(engine: EngineProcess, store: LoggedStore, random: Random, resources: AsyncDisposableStack) {
    this.#engine = engine;
    this.#store = store;
    this.#random = random;
    this.#resources = resources;
  }

  /**
   * Does one fault in each round, and waits until each node serves each key again.
   *
   * @throws {Error} If that takes longer than {@linkcode RECOVERY_MS}.
   */
  async run(rounds: number): Promise<void> {
    for (const fault of faults(this.#random, rounds)) {
      const from = this.#store.log.length;
      const tookMs = await this.#inflict(fault);
      this.log.push(`${describeFault(fault)}: ${tookMs} ms`);
      this.#checkRefusals(fault, this.#store.log.slice(from));
    }
  }

  /** Ends all nodes, and returns what was found. */
  async finish(): Promise<Found> {
    await Promise.all(this.#nodes.splice(0).map((node) => node[Symbol.asyncDispose]()));
    const { log } = this.#store;
    return {
      faults: [...this.#faults, ...faultsOf(log, this.#acknowledged)],
      acknowledged: this.#acknowledged.length,
      owners: this.#store.count("load"),
      refused: refusals(log).length,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node[Symbol.asyncDispose]()));
    await this.#resources.disposeAsync();
  }

  async #startNode(): Promise<CounterNode> {
    const node = await CounterNode.start({
      engine: this.#engine,
      storeUrl: this.#store.url,
      keys: KEYS,
      onAcknowledged: (write) => this.#acknowledged.push(write),
      nextId: () => `w${this.#writes++}`,
    });
    this.#nodes.push(node);
    return node;
  }

  /** Leases keep owners apart without a store, too; except one that was stopped, which cannot know. */
  #checkRefusals(fault: Fault, log: readonly LogEntry[]): void {
    if (fault.kind === "node stopped") return;
    this.#faults.push(...refusals(log).map((refusal) => `${describeFault(fault)}: ${refusal}`));
  }

  /** Returns how long it took until all was well, in milliseconds. */
  async #inflict(fault: Fault): Promise<number> {
    const what = describeFault(fault);
    if (fault.kind === "engine killed") {
      await this.#engine.kill();
      await delay(fault.forMs);
      await this.#engine.restart({ empty: fault.isEmpty });
      return await this.#recovered(what, performance.now(), this.#nodes);
    }
    const node = this.#owner();
    const others = this.#nodes.filter((each) => each !== node);
    const startMs = performance.now();
    switch (fault.kind) {
      case "node killed":
        return await this.#replace(node, () => this.#recovered(what, startMs, others));
      case "node stopped":
        node.pause();
        return await this.#during(fault.forMs, what, others, () => node.resume());
      case "node cut off":
        node.cutOff();
        return await this.#during(fault.forMs, what, others, () => node.reconnect());
    }
  }

  /** The node that owns a key; chosen by the seed. */
  #owner(): CounterNode {
    const name = ownerIn(this.#store.log, this.#random.pick(KEYS as [string]));
    return this.#nodes.find((node) => node.name === name) ?? this.#nodes[0]!;
  }

  async #replace(node: CounterNode, recovered: () => Promise<number>): Promise<number> {
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    await node[Symbol.asyncDispose]();
    const tookMs = await recovered();
    const another = await this.#startNode();
    await this.#recovered("a node was started", performance.now(), [another], PATIENCE_MS);
    return tookMs;
  }

  /** The others must serve all keys meanwhile; and all of them afterwards. */
  async #during(forMs: number, what: string, others: readonly CounterNode[], undo: () => void): Promise<number> {
    const startMs = performance.now();
    try {
      const tookMs = await this.#recovered(what, startMs, others);
      await delay(Math.max(0, startMs + forMs - performance.now()));
      return tookMs;
    } finally {
      undo();
      await this.#recovered(`the end of ${what}`, performance.now(), this.#nodes, PATIENCE_MS);
    }
  }

  /**
   * Waits until each of `nodes` has served each key, by a write that was sent after `sinceMs`. Counts only time in which
   * this program ran: a busy machine makes all of it longer.
   */
  async #recovered(
    what: string,
    sinceMs: number,
    nodes: readonly CounterNode[],
    withinMs = RECOVERY_MS,
  ): Promise<number> {
    const silent = () => nodes.flatMap((node) => node.silentSince(sinceMs));
    for (let leftMs = withinMs; silent().length > 0; leftMs -= STEP_MS) {
      if (leftMs <= 0) throw new Error(`Cannot go on: ${withinMs} ms after ${what}, ${silent().join("; ")}`);
      await delay(STEP_MS);
    }
    return Math.round(performance.now() - sinceMs);
  }
}
