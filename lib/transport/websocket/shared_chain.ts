/**
 * A linked list of frames, from the last to the first, shared by connections to which the same frames are sent.
 *
 * Each connection only keeps the end of its chain. The result of a chain, such as its bytes, is computed once for all
 * connections that share it.
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

/** A frame and all frames before it, or the empty chain, with which all chains begin. `C` is the class itself. */
export abstract class SharedChain<F, C extends SharedChain<F, C>> {
  /** The number of frames. */
  readonly count: number;
  readonly #before: C | undefined;
  readonly #frame: F;
  /** The chain that {@linkcode with} returned last: nearly always the one that the next connection needs. */
  #next: C | undefined;

  /** Creates a chain of `before` and `frame`; without `before` an empty one, with any frame. */
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

  /**
   * Returns this chain with one more frame. Returns the same chain for the same frame, until another frame is added.
   */
  with(frame: F): C {
    const next = this.#next;
    if (next !== undefined && next.#frame === frame) return next;
    return this.#next = this.append(frame);
  }

  /** Forgets the chain that {@linkcode with} returned last. */
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
