/**
 * Where the timers of a wheel wait: a hierarchical timer wheel (Varghese and Lauck, 1987).
 *
 * There are 64 slots of 1 ms, 64 of 64 ms, 64 of 4096 ms and so on. A timer waits in the coarsest
 * level in which its deadline differs from the wheel's position, and moves down as the wheel gets
 * there. So adding and removing take constant time, however many wait, and the size of a slot makes
 * no timer early or late.
 *
 * Slots are rings of numbers in typed arrays. Links in the timers themselves were half as fast as
 * soon as several classes of timers met in one slot.
 *
 * It is told what time it is: it knows no clock.
 *
 * @module
 */

import type { Timer } from "./timer_wheel.ts";

const BITS = 6;
const SLOTS = 1 << BITS;
/** They reach 2^30 ms, twelve days. What is further away waits in one more slot. */
const LEVELS = 5;
const BEYOND = LEVELS * SLOTS;
/** Timers that do not know their deadline yet. */
const FRESH = BEYOND + 1;
/** Timers whose time has come. */
const DUE = BEYOND + 2;
/** The lists above have the first numbers, and the timers those that follow. */
const LISTS = BEYOND + 3;

/** Numbers up to 2^53 are exact, and 140,000 years are as good as never. */
const LONGEST_DELAY_MS = 2 ** 52;

/** The slots of one wheel, with a place for each timer. */
export class TimerSlots {
  // By number of a list or timer. A list is a ring through its own number.
  #next = new Int32Array(2 * LISTS);
  #previous = new Int32Array(2 * LISTS);
  /** A fresh timer's delay, any other's deadline. A slot's: not later than its first timer's. */
  #deadline = new Float64Array(2 * LISTS);
  readonly #timers: (Timer | undefined)[] = [];
  /** First of the places that were given back, each of which leads to the next, or 0. */
  #free = 0;
  #unused = LISTS;
  #size = 0;
  /** How far the slots were emptied: deadlines are this or later. */
  #position = 0;

  /** Creates empty slots. */
  constructor() {
    for (let list = 0; list < LISTS; list++) this.#empty(list);
  }

  /** How many timers are in, in whatever state. */
  get size(): number {
    return this.#size;
  }

  /** Tells whether `timer` is in. */
  has(timer: Timer): boolean {
    return timer.place !== 0 && this.#timers[timer.place] === timer;
  }

  /** Lets `timer` in, or starts it anew: it is fresh until {@linkcode settle}. */
  add(timer: Timer, delayMs: number): void {
    let place = timer.place;
    if (place === 0) place = this.#enter(timer);
    else this.#unlink(place);
    this.#deadline[place] = delayMs;
    this.#append(FRESH, place);
  }

  /** Takes `timer` out, which has to be in. */
  remove(timer: Timer): void {
    const place = timer.place;
    this.#unlink(place);
    this.#timers[place] = undefined;
    this.#next[place] = this.#free;
    this.#free = place;
    timer.place = 0;
    this.#size--;
  }

  /** When `timer` is due, which has to be in and not fresh. */
  deadlineOf(timer: Timer): number {
    return this.#deadline[timer.place]!;
  }

  /** Not later than the first timer in a slot is due. Infinity if all slots are empty. */
  get firstDeadline(): number {
    const list = this.#firstList();
    return list === undefined ? Infinity : this.#deadline[list]!;
  }

  /** Whether there are fresh timers. */
  get hasFresh(): boolean {
    return this.#next[FRESH] !== FRESH;
  }

  /** Sets the position. All slots have to be empty. */
  restart(now: number): void {
    this.#position = Math.floor(now);
  }

  /** Puts the fresh timers into slots; their time counts from `now`. */
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

  /** Collects what is due at `now`, for {@linkcode takeDue}. */
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

  /** Takes out the next timer that is due: the earliest, and of equals the one added first. */
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
    // This far apart, the low 32 bits would not tell: they are all that bit operators look at.
    if (deadline - this.#position >= 2 ** (BITS * LEVELS)) return BEYOND;
    const differs = (deadline ^ this.#position) | (SLOTS - 1);
    const level = Math.trunc((31 - Math.clz32(differs)) / BITS);
    if (level >= LEVELS) return BEYOND;
    return level * SLOTS + ((deadline >>> (level * BITS)) & (SLOTS - 1));
  }

  /** The slot in which the next timers wait: a level's timers all come before the next level's. */
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
