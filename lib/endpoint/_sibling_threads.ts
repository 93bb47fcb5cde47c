/**
 * Coordinates the exit of the threads of `deno serve --parallel`. Each receives a signal, and the first that exits ends
 * all of them.
 *
 * So each thread notifies the others when it begins to shut down and when it is done, and exits when all are done.
 *
 * @module
 */

import { pause } from "../base/pause.ts";

/** A thread and its state. */
interface Status {
  readonly thread: string;
  readonly is: "shutting down" | "done";
}

const CHANNEL = "urvogel:shutdown";
/** Time after the signal within which threads learn of each other. */
const INTRODUCTION_MS = 100;

/** The other threads of this program that are shutting down. */
export class SiblingThreads {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #introduced = pause(INTRODUCTION_MS);
  readonly #known = new Set<string>();
  readonly #busy = new Set<string>();
  #own: Status = { thread: crypto.randomUUID(), is: "shutting down" };
  #allDone: PromiseWithResolvers<void> | undefined;

  /** Notifies the others that this thread is shutting down. */
  constructor() {
    this.#channel.onmessage = ({ data }: MessageEvent<Status>) => this.#hear(data);
    this.#channel.postMessage(this.#own);
  }

  /** Notifies the others that this thread is done, and waits until all of them are. */
  async done(): Promise<void> {
    this.#own = { ...this.#own, is: "done" };
    this.#channel.postMessage(this.#own);
    await this.#introduced;
    if (this.#busy.size > 0) await (this.#allDone = Promise.withResolvers()).promise;
    this.#channel.close();
  }

  #hear({ thread, is }: Status): void {
    if (!this.#known.has(thread)) this.#channel.postMessage(this.#own); // it may have come too late to hear of us
    this.#known.add(thread);
    if (is === "done") this.#busy.delete(thread);
    else this.#busy.add(thread);
    if (this.#busy.size === 0) this.#allDone?.resolve();
  }
}
