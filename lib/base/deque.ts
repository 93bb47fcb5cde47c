/**
 * A double-ended queue, used for mailboxes and the scheduler's run queue.
 *
 * It is a ring buffer: `Array.prototype.shift` moves every element, and an array with an index of its head grows for as
 * long as it never runs empty.
 *
 * @module
 */

/** An empty queue that once held more elements than this releases its memory. */
const KEEP = 256;

/** A double-ended queue. `push` and `shift` take constant time, except when the queue grows. */
export class Deque<T> {
  // Allocated with the first element: most mailboxes of an idle server are empty. The number of slots is a power of two;
  // the first ones are a literal, since filling a new array takes longer than handling the message that goes into it.
  #slots: (T | undefined)[] | undefined;
  #head = 0;
  #length = 0;

  /** Number of elements. */
  get length(): number {
    return this.#length;
  }

  /** The first element, which stays in the queue; `undefined` if the queue is empty. */
  get first(): T | undefined {
    return this.#slots?.[this.#head];
  }

  /** Adds `element` at the end. */
  push(element: T): void {
    let slots = this.#slots;
    if (slots === undefined) this.#slots = slots = [undefined, undefined, undefined, undefined];
    else if (this.#length === slots.length) slots = this.#grow(slots);
    slots[(this.#head + this.#length) & (slots.length - 1)] = element;
    this.#length++;
  }

  /** Removes and returns the first element; `undefined` if the queue is empty. */
  shift(): T | undefined {
    const slots = this.#slots;
    if (slots === undefined || this.#length === 0) return undefined;
    const element = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#length--;
    if (this.#length === 0 && slots.length > KEEP) this.clear();
    return element;
  }

  /** Removes all elements for which `matches` returns true, and returns how many there were. Takes linear time. */
  remove(matches: (element: T) => boolean): number {
    const before = this.#length;
    for (let left = before; left > 0; left--) {
      const element = this.shift() as T;
      if (!matches(element)) this.push(element);
    }
    return before - this.#length;
  }

  /** Returns whether `matches` returns true for an element. Searches from the front, in linear time. */
  some(matches: (element: T) => boolean): boolean {
    const slots = this.#slots ?? [];
    for (let i = 0; i < this.#length; i++) {
      if (matches(slots[(this.#head + i) & (slots.length - 1)] as T)) return true;
    }
    return false;
  }

  /** The elements from the first to the last. Do not change the deque meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    const slots = this.#slots ?? [];
    for (let i = 0; i < this.#length; i++) yield slots[(this.#head + i) & (slots.length - 1)] as T;
  }

  /** Removes all elements and releases their memory. */
  clear(): void {
    this.#slots = undefined;
    this.#head = 0;
    this.#length = 0;
  }

  #grow(old: (T | undefined)[]): (T | undefined)[] {
    const slots = new Array<T | undefined>(old.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) slots[i] = old[(this.#head + i) & (old.length - 1)];
    this.#slots = slots;
    this.#head = 0;
    return slots;
  }
}
