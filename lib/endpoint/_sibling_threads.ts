/**
 * The threads of `deno serve --parallel`: each hears a signal, and the first that exits ends them all.
 *
 * So each tells the others that it shuts down, and later that it is done, and exits when all of them are.
 *
 * @module
 */

import { pause } from "../base/pause.ts";

/** A thread and what it does. */
interface Status {
  readonly thread: string;
  readonly is: "shutting down" | "done";
}

const CHANNEL = "urvogel:shutdown";
/** Within this time after the signal, threads have heard of each other. */
const INTRODUCTION_MS = 100;

/** The other threads of this program, as far as they shut down too. */
export class SiblingThreads {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #introduced = pause(INTRODUCTION_MS);
  readonly #known = new Set<string>();
  readonly #busy = new Set<string>();
  #own: Status = { thread: crypto.randomUUID(), is: "shutting down" };
  #allDone: PromiseWithResolvers<void> | undefined;

  /** Tells the others that this thread shuts down. */
  constructor() {
    this.#channel.onmessage = ({ data }: MessageEvent<Status>) => this.#hear(data);
    this.#channel.postMessage(this.#own);
  }

  /** Tells the others that this thread is done, and waits until they are. */
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
