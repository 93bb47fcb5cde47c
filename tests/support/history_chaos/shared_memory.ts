/**
 * An engine in memory that several nodes share, and that can break its contract: to test the chaos run itself.
 *
 * @module
 */

import type { HistoryEngine, HistoryPage, Stored, Unnumbered } from "../../../lib/history/engine.ts";
import { KeptMessages } from "../../../lib/history/_kept_messages.ts";
import type { Position } from "../../../lib/history/position.ts";
import type { Retention } from "../../../lib/history/retention.ts";

/** How it breaks its contract. */
export type Breach =
  /** It does not. */
  | "none"
  /** Some announcements do not show that one before them was lost. */
  | "hides"
  /** It comes back with the numbers of messages that it has lost, and with the same epoch. */
  | "reissues"
  /** It confirms messages that it does not keep. */
  | "confirms too early"
  /** A second message with the same key is kept, and the first was, too. */
  | "keeps twice";

/** The engine. */
export class SharedMemory {
  readonly #breach: Breach;
  readonly #topics = new Map<string, KeptMessages>();
  readonly #nodes = new Set<MemoryNode>();
  #late: (() => void)[] = [];
  #runs = 1;
  #count = 0;

  /** Creates an engine without messages. */
  constructor(breach: Breach) {
    this.#breach = breach;
  }

  /** Connects a node. */
  connect(): MemoryNode {
    const node = new MemoryNode(this);
    this.#nodes.add(node);
    return node;
  }

  /** Comes back empty. */
  restart(): void {
    if (this.#breach !== "reissues") this.#runs++;
    this.#topics.clear();
    this.#late = [];
    for (const node of this.#nodes) node.reconnected();
  }

  /** The messages of a topic. */
  topic(name: string): KeptMessages {
    const known = this.#topics.get(name) ?? new KeptMessages(`e${this.#runs}`);
    this.#topics.set(name, known);
    return known;
  }

  /** Numbers, keeps and announces. */
  publish(topic: string, { key, ...message }: Unnumbered, keep: Retention): Position {
    const isStrange = ++this.#count % 20 === 0;
    const kept = this.topic(topic);
    if (isStrange && this.#breach === "confirms too early") return { ...kept.top, offset: kept.top.offset + 1 };
    if (isStrange && this.#breach === "keeps twice") {
      this.#announce(topic, kept.add(message, keep, Date.now()) as Stored);
    }
    const stored = kept.add({ ...message, key }, keep, Date.now());
    if (!("previous" in stored)) return stored;
    const isHidden = this.#breach === "hides" && this.#count % 20 === 1;
    const announce = () => this.#announce(topic, isHidden ? { ...stored, previous: stored.previous - 1 } : stored);
    if (isStrange) this.#late.push(announce);
    else announce();
    return stored;
  }

  /** Reads, after announcements that are late have arrived. */
  read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    const page = this.topic(topic).read(after, keep, Date.now());
    for (const announce of this.#late.splice(0)) announce();
    return page;
  }

  #announce(topic: string, message: Stored): void {
    for (const node of this.#nodes) node.live.get(topic)?.(message);
  }
}

/** One node's connection. */
class MemoryNode implements HistoryEngine {
  readonly tailSize = 16;
  readonly live = new Map<string, (message: Stored) => void>();
  readonly #engine: SharedMemory;
  readonly #listeners = new Set<() => void>();

  constructor(engine: SharedMemory) {
    this.#engine = engine;
  }

  get history(): HistoryEngine {
    return this;
  }

  reconnected(): void {
    for (const listener of this.#listeners) listener();
  }

  async publish(topic: string, message: Unnumbered, keep: Retention): Promise<Position> {
    await Promise.resolve();
    return this.#engine.publish(topic, message, keep);
  }

  subscribe(topic: string, _keep: Retention, live: (message: Stored) => void): void {
    this.live.set(topic, live);
  }

  unsubscribe(topic: string): void {
    this.live.delete(topic);
  }

  async read(topic: string, after: number | undefined, keep: Retention): Promise<HistoryPage> {
    await Promise.resolve();
    return this.#engine.read(topic, after, keep);
  }

  onReconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  delete(): boolean {
    return false;
  }

  clear(): void {}
}
