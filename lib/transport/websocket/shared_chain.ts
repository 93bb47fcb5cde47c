/**
 * Frames in order, seen from the last one, which connections share that are sent the same.
 *
 * Nothing is kept for each connection but the end of its chain. What is made of a chain, such as bytes, is made once for
 * all who have it.
 *
 * ```text
 *   empty <── "a" <── "b"      the members of room:a, who were sent "a" and "b"
 *     ^                ^
 *     │                └── "c"  one of them, who was sent "c" besides
 *     └── "d"                   somebody else
 * ```
 *
 * @module
 */

/** A frame and all that came before it; or none, which begins all chains. `C` is the class itself. */
export abstract class SharedChain<F, C extends SharedChain<F, C>> {
  /** How many frames are in it. */
  readonly count: number;
  readonly #before: C | undefined;
  readonly #frame: F;
  /** The chain that was made last of this one and a frame: nearly always the one that the next connection needs. */
  #next: C | undefined;

  /** Creates a chain of `before` and `frame`; an empty one of nothing and any frame. */
  constructor(before: C | undefined, frame: F) {
    this.count = before ? before.count + 1 : 0;
    this.#before = before;
    this.#frame = frame;
  }

  /** The chain without the last frame; `undefined` for an empty one. */
  protected get before(): C | undefined {
    return this.#before;
  }

  /** The last frame. */
  protected get frame(): F {
    return this.#frame;
  }

  /** Returns this chain with one more frame. The same frame makes the same chain, while no other was added. */
  with(frame: F): C {
    const next = this.#next;
    if (next !== undefined && next.#frame === frame) return next;
    return this.#next = this.append(frame);
  }

  /** Forgets the chain that was made of this one. */
  forgetNext(): void {
    this.#next = undefined;
  }

  /** Creates the chain of this one and `frame`. */
  protected abstract append(frame: F): C;

  /** All frames, in order. */
  protected frames(): F[] {
    return SharedChain.#framesOf<F, C>(this);
  }

  static #framesOf<F, C extends SharedChain<F, C>>(last: SharedChain<F, C>): F[] {
    const frames: F[] = new Array(last.count);
    for (let chain: SharedChain<F, C> = last; chain.#before; chain = chain.#before) {
      frames[chain.count - 1] = chain.#frame;
    }
    return frames;
  }
}
