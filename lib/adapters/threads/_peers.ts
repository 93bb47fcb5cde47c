/**
 * The other threads, as one of them sees them: by name, and all at once.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import type { Peer } from "./_peer.ts";

/** After this time of reading, the rest of the thread has its turn. */
const READ_MS = 4;
/** How often the time is looked at: once for so many records. */
const RECORDS_PER_LOOK = 16;

/** The other threads. */
export class Peers {
  readonly #peers = new Map<string, Peer>();
  #mustCall = false;

  /** How many there are. */
  get size(): number {
    return this.#peers.size;
  }

  /** Returns the thread of this name. */
  get(node: string): Peer | undefined {
    return this.#peers.get(node);
  }

  /** Returns the thread that is this reader of the ring. */
  byReader(reader: number): Peer | undefined {
    for (const peer of this.#peers.values()) if (peer.reader === reader) return peer;
    return undefined;
  }

  /** Adds a thread. */
  add(peer: Peer): void {
    this.#peers.set(peer.node, peer);
  }

  /** Removes a thread. */
  delete(node: string): void {
    this.#peers.delete(node);
  }

  /** Ends the watch of each. */
  end(): void {
    for (const peer of this.#peers.values()) peer.end();
  }

  /** Reads from all of them for a limited time. Returns whether more is there. */
  read(): boolean {
    const untilMs = monotonicMs() + READ_MS;
    let records = 0;
    const mayGoOn = () => ++records % RECORDS_PER_LOOK !== 0 || monotonicMs() < untilMs;
    let hasMore = false;
    for (const { incoming } of this.#peers.values()) {
      if (incoming?.ring.read(mayGoOn)) hasMore = true;
    }
    return hasMore;
  }

  /** Calls all of them at the end of this turn, once for all that was written in it. */
  call(): void {
    if (this.#mustCall) return;
    this.#mustCall = true;
    queueMicrotask(() => {
      this.#mustCall = false;
      for (const { incoming } of this.#peers.values()) incoming?.memory.call();
    });
  }
}
