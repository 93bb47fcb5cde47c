/**
 * The latest deltas of a replica, for those who missed some.
 *
 * @module
 */

import { Delta } from "./_delta.ts";

/**
 * Deltas that reach back a shorter or a longer way: the first holds up to so many entries, the next up to ten times as
 * many. Who missed a little gets the small one; who missed more than any of them holds needs the whole state.
 */
export class DeltaLog<M> {
  readonly #maxSizes: readonly number[];
  readonly #deltas: (Delta<M> | undefined)[];

  /** Creates an empty log with one delta for each of `maxSizes`, ascending. */
  constructor(maxSizes: readonly number[]) {
    this.#maxSizes = maxSizes;
    this.#deltas = maxSizes.map(() => undefined);
  }

  /** Adds what has been sent to everybody. Has to begin where the last one ended. */
  push(delta: Delta<M>): void {
    for (const [index, maxSize] of this.#maxSizes.entries()) {
      this.#deltas[index] = extended(this.#deltas[index], delta, maxSize);
    }
  }

  /** The smallest delta for somebody who knows everything up to `clock`, or `undefined` if none reaches back that far. */
  since(clock: number): Delta<M> | undefined {
    return this.#deltas.find((delta) => delta !== undefined && delta.from <= clock);
  }
}

/** `delta` continued by `next`; only `next` if that gets too big, and nothing if even that is. */
function extended<M>(delta: Delta<M> | undefined, next: Delta<M>, maxSize: number): Delta<M> | undefined {
  const longer = delta ?? new Delta<M>(next.from);
  longer.append(next);
  if (longer.size <= maxSize) return longer;
  return delta && next.size <= maxSize ? extended(undefined, next, maxSize) : undefined;
}
