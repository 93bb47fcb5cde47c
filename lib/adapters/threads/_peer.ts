/**
 * Another thread, as this one sees it.
 *
 * @module
 */

import type { RingReader } from "./_ring_reader.ts";
import type { SharedMemory } from "./_shared_memory.ts";

/** The two directions of the connection with another thread. */
export class Peer {
  /** Its name. */
  readonly node: string;
  /** Which reader of this thread's ring it is. */
  readonly reader: number;
  /** Ends the watch for its end. */
  readonly watch = new AbortController();
  readonly #met = Promise.withResolvers<void>();
  #incoming: Incoming | undefined;

  /** Creates a thread that has not greeted yet. */
  constructor(node: string, reader: number) {
    this.node = node;
    this.reader = reader;
  }

  /** What comes from it; `undefined` until it has greeted. */
  get incoming(): Incoming | undefined {
    return this.#incoming;
  }

  /** Resolves when it has greeted or ended. */
  get met(): Promise<void> {
    return this.#met.promise;
  }

  /** Begins to read its ring. */
  connect(incoming: Incoming): void {
    this.#incoming = incoming;
    this.#met.resolve();
  }

  /** Called when it has ended, or this thread stops. */
  end(): void {
    this.watch.abort();
    this.#met.resolve();
  }
}

/** What comes from another thread. */
export interface Incoming {
  /** Another one for each start of that thread. */
  readonly run: string;
  /** Its memory, to call it. */
  readonly memory: SharedMemory;
  /** Reads its ring. */
  readonly ring: RingReader;
}
