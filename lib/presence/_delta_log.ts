/**
 * The latest deltas of a replica, for nodes that missed some.
 *
 * @module
 */

import { Delta } from "./_delta.ts";

/**
 * Deltas of different sizes: a larger one reaches back further. A node that missed a little gets a small one; a node
 * that missed more than the largest holds needs the whole state.
 */
export class DeltaLog<M> {
  readonly #maxSizes: readonly number[];
  readonly #deltas: (Delta<M> | undefined)[];

  /** Creates an empty log with one delta for each of `maxSizes`, ascending. */
  constructor(maxSizes: readonly number[]) {
    this.#maxSizes = maxSizes;
    this.#deltas = maxSizes.map(() => undefined);
  }

  /** Adds a delta that was sent to all nodes. It must begin where the last one ended. */
  push(delta: Delta<M>): void {
    for (const [index, maxSize] of this.#maxSizes.entries()) {
      this.#deltas[index] = extended(this.#deltas[index], delta, maxSize);
    }
  }

  /**
   * Returns the smallest delta for a node that knows everything up to `clock`, or `undefined` if none reaches back that
   * far.
   */
  since(clock: number): Delta<M> | undefined {
    return this.#deltas.find((delta) => delta !== undefined && delta.from <= clock);
  }
}

/** Returns `delta` extended by `next`; only `next` if that would be too large; `undefined` if even `next` is. */
function extended<M>(delta: Delta<M> | undefined, next: Delta<M>, maxSize: number): Delta<M> | undefined {
  const longer = delta ?? new Delta<M>(next.from);
  longer.append(next);
  if (longer.size <= maxSize) return longer;
  return delta && next.size <= maxSize ? extended(undefined, next, maxSize) : undefined;
}
