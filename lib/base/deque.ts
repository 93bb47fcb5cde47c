/**
 * A queue with two ends, for what waits: mailboxes and the scheduler's run queue.
 *
 * A ring buffer: an array that forgets its head (`shift`) moves every element, and one that only remembers where its
 * head is grows for as long as it never runs empty.
 *
 * @module
 */

/** An empty queue that once held more than this gives its memory back. */
const KEEP = 256;

/** A double-ended queue. Every operation takes constant time, growing aside. */
export class Deque<T> {
  // Allocated with the first element: most mailboxes of an idle server are empty. As many slots as a power of two; the
  // first ones are a literal, since filling a new array takes longer than the message that goes into it.
  #slots: (T | undefined)[] | undefined;
  #head = 0;
  #length = 0;

  /** How many elements wait. */
  get length(): number {
    return this.#length;
  }

  /** The first element, which stays; `undefined` if there is none. */
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

  /** Takes the first element, or answers `undefined` if there is none. */
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

  /** Takes out all elements that `matches`, and answers how many there were. Takes as long as the queue is. */
  remove(matches: (element: T) => boolean): number {
    const before = this.#length;
    for (let left = before; left > 0; left--) {
      const element = this.shift() as T;
      if (!matches(element)) this.push(element);
    }
    return before - this.#length;
  }

  /** Whether an element `matches`. Looks from the front, and takes as long as the queue is if none does. */
  some(matches: (element: T) => boolean): boolean {
    const slots = this.#slots ?? [];
    for (let i = 0; i < this.#length; i++) {
      if (matches(slots[(this.#head + i) & (slots.length - 1)] as T)) return true;
    }
    return false;
  }

  /** Forgets all elements and the memory they took. */
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
