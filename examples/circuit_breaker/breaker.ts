/**
 * A circuit breaker: stands between a program and something that fails now and then, and stops asking while it does.
 *
 * @module
 */

import {
  keepState,
  keepStateAndData,
  nextState,
  postpone,
  reply,
  type ServerRef,
  startIn,
  StateMachine,
  stateTimeout,
} from "@urvogel/realtime";

/** What a breaker understands. */
export interface Breaker {
  states: {
    /** All is well; so many failures in a row. */
    closed: number;
    /** Nobody may ask. */
    open: undefined;
    /** One may try; whether somebody does. */
    halfOpen: boolean;
  };
  calls: { admit(): boolean };
  casts: { succeeded(): void; failed(): void };
}

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly maxFailures: number;
  /** How long it stays open, and how long a trial may take, in milliseconds. */
  readonly restMs: number;
  /** Told of each change. */
  readonly onState?: (state: keyof Breaker["states"]) => void;
}

/** The machine behind {@linkcode protect}. */
export class CircuitBreaker extends StateMachine<Breaker> {
  /** Set once: what changes is in the data of the states. */
  #options!: BreakerOptions;

  override init(options: BreakerOptions) {
    this.#options = options;
    return startIn("closed", 0);
  }

  override states = this.define({
    closed: {
      enter: (_, previous, state) => this.#tell(state, previous),
      calls: { admit: () => reply(true) },
      casts: {
        succeeded: () => keepState(0),
        failed: (failures) =>
          failures + 1 < this.#options.maxFailures ? keepState(failures + 1) : nextState("open", undefined),
      },
    },
    open: {
      enter: (_, previous, state) => {
        this.#tell(state, previous);
        return keepStateAndData(stateTimeout(this.#options.restMs));
      },
      stateTimeout: () => nextState("halfOpen", false),
      calls: { admit: () => reply(false) },
      // Of requests that were on their way when it opened.
      casts: { succeeded: () => keepStateAndData(), failed: () => keepStateAndData() },
    },
    halfOpen: {
      enter: (_, previous, state) => this.#tell(state, previous),
      calls: {
        // One tries, the others wait for what becomes of it: they are admitted or refused in the next state.
        admit: (tried) =>
          tried ? keepStateAndData(postpone()) : reply(true, keepState(true, stateTimeout(this.#options.restMs))),
      },
      casts: { succeeded: () => nextState("closed", 0), failed: () => nextState("open", undefined) },
      stateTimeout: () => nextState("open", undefined), // who tried was never heard of again
    },
  });

  #tell(state: keyof Breaker["states"], previous: string) {
    if (state !== previous) this.#options.onState?.(state);
    return keepStateAndData();
  }
}

/** Thrown instead of asking what is known to fail. */
export class CircuitOpenError extends Error {
  override name = "CircuitOpenError";
}

/** Does `work` if the breaker lets it, and reports the result to the breaker. */
export async function protect<T>(breaker: ServerRef<Breaker>, work: () => Promise<T>): Promise<T> {
  if (!await breaker.call("admit")) throw new CircuitOpenError("Cannot ask: the circuit is open");
  try {
    const result = await work();
    breaker.cast("succeeded");
    return result;
  } catch (error) {
    breaker.cast("failed");
    throw error;
  }
}
