/**
 * The pushes of one channel that its client may send again while they have no reply.
 *
 * @module
 */

import type { RememberedPush } from "./_remembered_push.ts";

/** How many pushes there are before those with a reply are looked for. */
const FEW = 32;

/** They end with the process of the channel. */
export class OpenPushes {
  #pushes: RememberedPush[] = [];
  #max = FEW;

  /** Adds a push that has arrived. */
  add(push: RememberedPush): void {
    if (this.#pushes.length >= this.#max) this.#shrink();
    this.#pushes.push(push);
  }

  /** The channel has ended. */
  end(): void {
    for (const push of this.#pushes) push.end();
    this.#pushes = [];
  }

  #shrink(): void {
    this.#pushes = this.#pushes.filter(({ isSettled }) => !isSettled);
    this.#max = Math.max(FEW, 2 * this.#pushes.length); // so that each push is looked at about once
  }
}
