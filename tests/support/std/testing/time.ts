// std's `FakeTime`, on @sinonjs/fake-timers. What is said of a method here is what std says.
import { withGlobal } from "npm:@sinonjs/fake-timers@15.5.0";

/** Thrown when time cannot be faked or restored. */
export class TimeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TimeError";
  }
}

/** Options for {@linkcode FakeTime}. */
export interface FakeTimeOptions {
  /** How many fake milliseconds pass in a real one. */
  advanceRate?: number;
  /** How often fake time follows real time, in milliseconds. */
  advanceFrequency?: number;
}

/** Options for {@linkcode FakeTime.delay}. */
export interface DelayOptions {
  signal?: AbortSignal;
}

const FAKED = ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"] as const;
type Faked = (typeof FAKED)[number];

const real = { Date, setTimeout, clearTimeout, setInterval, clearInterval };
let current: FakeTime | undefined;

function setGlobals(values: Readonly<Record<Faked, unknown>>): void {
  for (const name of FAKED) {
    const value = values[name];
    Object.defineProperty(globalThis, name, {
      value,
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }
}

/** The clock sees a global of its own, so that it neither starts real timers nor looks for Node's. */
function createClock(start: number) {
  const none = () => 0;
  const stand = {
    Date: real.Date,
    setTimeout: none,
    clearTimeout: none,
    setInterval: none,
    clearInterval: none,
  };
  // Five of a real global's members are enough.
  return withGlobal(stand as unknown as typeof globalThis).createClock(start, 1_000_000);
}

/** Replaces the real clock and the timers by ones that move when told to. */
export class FakeTime {
  readonly #clock: ReturnType<typeof createClock>;
  readonly #advancing: ReturnType<typeof setInterval> | undefined;
  #start: number;
  #due = new Map<number, true>();

  constructor(start?: number | string | Date | null, options: FakeTimeOptions = {}) {
    if (current) throw new TimeError("Cannot construct FakeTime: time is already faked");
    this.#start = start === undefined || start === null ? real.Date.now() : new real.Date(start).valueOf();
    if (Number.isNaN(this.#start)) throw new TypeError(`Invalid start time ${start}`);
    const clock = this.#clock = createClock(this.#start);
    const once = (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) => {
      // Within a tick sinon moves a timer without delay to the next millisecond; std does not.
      const state = clock as { duringTick?: boolean };
      const { duringTick = false } = state;
      state.duringTick = false;
      const id: number = Number(clock.setTimeout(
        (...given: unknown[]) => {
          this.#due.delete(id);
          callback(...given);
        },
        delay,
        ...args,
      ));
      state.duringTick = duringTick;
      this.#due.set(id, true);
      return id;
    };
    const repeat: typeof once = (callback, delay, ...args) => {
      const id = Number(clock.setInterval(callback, delay, ...args));
      this.#due.set(id, true);
      return id;
    };
    const clear = (id?: unknown) => {
      // A timer from before time was faked is a real one.
      if (!this.#due.delete(Number(id))) return real.clearTimeout(id as number);
      clock.clearTimeout(Number(id));
    };
    setGlobals({
      Date: clock.Date,
      setTimeout: once,
      clearTimeout: clear,
      setInterval: repeat,
      clearInterval: clear,
    });
    current = this;
    const { advanceRate = 0, advanceFrequency = 10 } = options;
    if (advanceRate > 0) {
      const advance = () => this.tick(advanceRate * advanceFrequency);
      this.#advancing = real.setInterval(advance, advanceFrequency);
    }
  }

  /** Restores time. */
  [Symbol.dispose](): void {
    this.restore();
  }

  /** Restores time, whoever faked it. */
  static restore(): void {
    if (!current) throw new TimeError("Cannot restore time: time is already restored");
    current.restore();
  }

  /** Restores time while `callback` runs. */
  static async restoreFor<T, A extends unknown[]>(
    callback: (...args: A) => Promise<T> | T,
    ...args: A
  ): Promise<T> {
    if (!current) throw new TimeError("Cannot restore time: time is not faked");
    const fake = { Date, setTimeout, clearTimeout, setInterval, clearInterval };
    setGlobals(real);
    try {
      return await callback(...args);
    } finally {
      setGlobals(fake);
    }
  }

  /** The fake time, in milliseconds since the epoch. Setting it runs what falls due. */
  get now(): number {
    return this.#clock.now;
  }
  set now(value: number) {
    if (value < this.now) throw new RangeError("Cannot set time in the past");
    this.#clock.tick(value - this.now);
  }

  /** The time at which fake time started. */
  get start(): number {
    return this.#start;
  }
  set start(value: number) {
    if (value > this.now) throw new Error("Cannot set start time: it is after the current time");
    this.#start = value;
  }

  /** Resolves after `ms` milliseconds of real time. */
  delay(ms: number, { signal }: DelayOptions = {}): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = real.setTimeout(done, ms);
    function done(): void {
      signal?.removeEventListener("abort", abort);
      resolve();
    }
    function abort(): void {
      real.clearTimeout(timer);
      reject(new DOMException("Delay was aborted.", "AbortError"));
    }
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    return promise;
  }

  /** Runs all pending microtasks. */
  runMicrotasks(): Promise<void> {
    return this.delay(0);
  }

  /** Adds `ms` to the time and runs what falls due. */
  tick(ms = 0): void {
    this.now += ms;
  }

  /** Runs all pending microtasks, then ticks. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.now += ms;
  }

  /** Moves to the next timer and runs it. `false` if there is none. */
  next(): boolean {
    if (this.#clock.countTimers() === 0) return false;
    this.#clock.next();
    return true;
  }

  /** Runs all pending microtasks, then the next timer. */
  async nextAsync(): Promise<boolean> {
    await this.runMicrotasks();
    return this.next();
  }

  /** Runs timers until none is left. */
  runAll(): void {
    while (this.next());
  }

  /** Runs microtasks and timers until none is left. */
  async runAllAsync(): Promise<void> {
    while (await this.nextAsync());
  }

  /** Gives the real time back. */
  restore(): void {
    if (current !== this) throw new TimeError("Cannot restore time: time is already restored");
    real.clearInterval(this.#advancing);
    setGlobals(real);
    current = undefined;
  }
}
