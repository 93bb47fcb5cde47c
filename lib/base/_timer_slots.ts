/**
 * The slots in which timers wait: a hierarchical timer wheel (Varghese and Lauck, 1987).
 *
 * There are 64 slots of 1 ms, 64 of 64 ms, 64 of 4096 ms and so on. A timer waits in the coarsest
 * level in which its deadline differs from the wheel's position, and moves down when the wheel
 * reaches it. So adding and removing take constant time, however many timers wait, and the size of
 * a slot makes no timer early or late.
 *
 * Slots are rings of numbers in typed arrays. Links in the timers themselves were half as fast as
 * soon as one slot held timers of several classes.
 *
 * The slots have no clock: the caller passes the time.
 *
 * @module
 */

import type { Timer } from "./timer_wheel.ts";

const BITS = 6;
const SLOTS = 1 << BITS;
/** The levels cover 2^30 ms, twelve days. Timers with a later deadline wait in one more slot. */
const LEVELS = 5;
const BEYOND = LEVELS * SLOTS;
/** The list of timers whose deadline is not known yet. */
const FRESH = BEYOND + 1;
/** The list of timers that are due. */
const DUE = BEYOND + 2;
/** How many lists there are. They have the first numbers; the timers have the numbers after them. */
const LISTS = BEYOND + 3;

/** The longest delay. Numbers up to 2^53 are exact; 2^52 ms are 140,000 years. */
const LONGEST_DELAY_MS = 2 ** 52;

/** The slots of one timer wheel, with a place for each timer. */
export class TimerSlots {
  // By number of a list or timer. A list is a ring through its own number.
  #next = new Int32Array(2 * LISTS);
  #previous = new Int32Array(2 * LISTS);
  /** The delay of a fresh timer, the deadline of any other. For a slot: not later than that of its first timer. */
  #deadline = new Float64Array(2 * LISTS);
  readonly #timers: (Timer | undefined)[] = [];
  /** First of the free places, each of which links to the next, or 0. */
  #free = 0;
  #unused = LISTS;
  #size = 0;
  /** The time up to which the slots were emptied: no deadline is earlier. */
  #position = 0;

  /** Creates empty slots. */
  constructor() {
    for (let list = 0; list < LISTS; list++) this.#empty(list);
  }

  /** Number of timers in the slots, in any state. */
  get size(): number {
    return this.#size;
  }

  /** Returns whether `timer` is in the slots. */
  has(timer: Timer): boolean {
    return timer.place !== 0 && this.#timers[timer.place] === timer;
  }

  /** Adds `timer`, or restarts it: it is fresh until {@linkcode settle}. */
  add(timer: Timer, delayMs: number): void {
    let place = timer.place;
    if (place === 0) place = this.#enter(timer);
    else this.#unlink(place);
    this.#deadline[place] = delayMs;
    this.#append(FRESH, place);
  }

  /** Removes `timer`, which must be in the slots. */
  remove(timer: Timer): void {
    const place = timer.place;
    this.#unlink(place);
    this.#timers[place] = undefined;
    this.#next[place] = this.#free;
    this.#free = place;
    timer.place = 0;
    this.#size--;
  }

  /** Returns the deadline of `timer`, which must be in the slots and not fresh. */
  deadlineOf(timer: Timer): number {
    return this.#deadline[timer.place]!;
  }

  /** A time no later than the earliest deadline in a slot. Infinity if all slots are empty. */
  get firstDeadline(): number {
    const list = this.#firstList();
    return list === undefined ? Infinity : this.#deadline[list]!;
  }

  /** Whether there are fresh timers. */
  get hasFresh(): boolean {
    return this.#next[FRESH] !== FRESH;
  }

  /** Sets the position. All slots must be empty. */
  restart(now: number): void {
    this.#position = Math.floor(now);
  }

  /** Moves the fresh timers into slots; their delays count from `now`. */
  settle(now: number): void {
    let place = this.#next[FRESH]!;
    this.#empty(FRESH);
    while (place !== FRESH) {
      const next = this.#next[place]!;
      this.#deadline[place] = Math.ceil(now + Math.min(this.#deadline[place]!, LONGEST_DELAY_MS));
      this.#insert(place);
      place = next;
    }
  }

  /** Collects the timers that are due at `now`, for {@linkcode takeDue}. */
  collectDue(now: number): void {
    for (let list = this.#firstList(); list !== undefined; list = this.#firstList()) {
      const deadline = this.#deadline[list]!;
      if (deadline > now) return;
      const unit = 2 ** (BITS * Math.trunc(list / SLOTS));
      this.#position = Math.floor(deadline / unit) * unit;
      let place = this.#next[list]!;
      this.#empty(list);
      while (place !== list) {
        const next = this.#next[place]!;
        if (unit === 1) this.#append(DUE, place);
        else this.#insert(place);
        place = next;
      }
    }
  }

  /** Removes and returns the next timer that is due: the earliest, and of equals the one added first. */
  takeDue(): Timer | undefined {
    const timer = this.#timers[this.#next[DUE]!];
    if (timer !== undefined) this.remove(timer);
    return timer;
  }

  #enter(timer: Timer): number {
    let place = this.#free;
    if (place !== 0) this.#free = this.#next[place]!;
    else {
      place = this.#unused++;
      if (place === this.#next.length) this.#grow();
    }
    this.#timers[place] = timer;
    timer.place = place;
    this.#size++;
    return place;
  }

  #grow(): void {
    const length = this.#next.length * 2;
    const [next, previous, deadline] = [this.#next, this.#previous, this.#deadline];
    (this.#next = new Int32Array(length)).set(next);
    (this.#previous = new Int32Array(length)).set(previous);
    (this.#deadline = new Float64Array(length)).set(deadline);
  }

  #empty(list: number): void {
    this.#next[list] = list;
    this.#previous[list] = list;
  }

  #append(list: number, place: number): void {
    const last = this.#previous[list]!;
    this.#next[last] = place;
    this.#previous[place] = last;
    this.#next[place] = list;
    this.#previous[list] = place;
  }

  #unlink(place: number): void {
    const next = this.#next[place]!;
    const previous = this.#previous[place]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #insert(place: number): void {
    const deadline = this.#deadline[place]!;
    const list = this.#slotFor(deadline);
    const isFirst = this.#next[list] === list || deadline < this.#deadline[list]!;
    if (isFirst) this.#deadline[list] = deadline;
    this.#append(list, place);
  }

  #slotFor(deadline: number): number {
    // Bit operators use only the low 32 bits, which are not enough for times this far apart.
    if (deadline - this.#position >= 2 ** (BITS * LEVELS)) return BEYOND;
    const differs = (deadline ^ this.#position) | (SLOTS - 1);
    const level = Math.trunc((31 - Math.clz32(differs)) / BITS);
    if (level >= LEVELS) return BEYOND;
    return level * SLOTS + ((deadline >>> (level * BITS)) & (SLOTS - 1));
  }

  /** The slot of the next timers. All timers of a level are due before those of the next level. */
  #firstList(): number | undefined {
    for (let level = 0; level < LEVELS; level++) {
      const here = (this.#position >>> (level * BITS)) & (SLOTS - 1);
      const end = (level + 1) * SLOTS;
      for (let list = level * SLOTS + here; list < end; list++) {
        if (this.#next[list] !== list) return list;
      }
    }
    return this.#next[BEYOND] === BEYOND ? undefined : BEYOND;
  }
}
