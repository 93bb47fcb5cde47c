/**
 * The timeouts of a state machine.
 *
 * @module
 */

import { Timer } from "../../base/timer_wheel.ts";
import type { SetTimeoutAction, TimeoutAction, TimeoutKind, UpdateTimeoutAction } from "./action.ts";

/** The clock for timers: the shared timer wheel. */
export interface TimeoutClock {
  /** Starts `timer`. */
  add(timer: Timer, delayMs: number): void;
  /** Stops `timer`. */
  cancel(timer: Timer): boolean;
}

/** A timeout that was set. It is also the message that reports that it is over. */
export class MachineTimeout extends Timer {
  readonly kind: TimeoutKind;
  readonly name: string;
  content: unknown;
  readonly #ring: (timeout: MachineTimeout) => void;

  /** Creates a timeout that is not running yet. */
  constructor(kind: TimeoutKind, name: string, content: unknown, ring: (timeout: MachineTimeout) => void) {
    super();
    this.kind = kind;
    this.name = name;
    this.content = content;
    this.#ring = ring;
  }

  /** Notifies the machine that the timeout is over. */
  override onTimeout(): void {
    this.#ring(this);
  }
}

/** The timeouts of one machine: at most one for the state, one for the next event, and one for each name. */
export class MachineTimeouts {
  readonly #clock: TimeoutClock;
  readonly #ring: (timeout: MachineTimeout) => void;
  #state: MachineTimeout | undefined;
  #event: MachineTimeout | undefined;
  #named: Map<string, MachineTimeout> | undefined;
  /** Timeouts of length 0, in order. Some may have been cancelled since. */
  readonly #immediate: MachineTimeout[] = [];

  /** Creates an empty set. `ring` is called for each timeout that is over, and calls {@linkcode take} with it. */
  constructor(clock: TimeoutClock, ring: (timeout: MachineTimeout) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Applies an action. */
  apply(action: TimeoutAction): void {
    if (action.action === "cancelTimeout") this.cancel(action.kind, action.name);
    else if (action.action === "updateTimeout") this.#update(action);
    else this.#set(action);
  }

  /** Cancels a timeout, if it is running. */
  cancel(kind: TimeoutKind, name = ""): void {
    const timeout = this.#find(kind, name);
    if (timeout === undefined) return;
    this.#forget(timeout);
    this.#clock.cancel(timeout);
  }

  /** Cancels the event timeout, which every event cancels. */
  cancelEvent(): void {
    if (this.#event !== undefined) this.cancel("event");
  }

  /** Removes and returns the oldest timeout of length 0, if there is one. */
  takeImmediate(): MachineTimeout | undefined {
    for (;;) {
      const timeout = this.#immediate.shift();
      if (timeout === undefined || this.take(timeout)) return timeout;
    }
  }

  /**
   * Removes a timeout that is over. Returns whether it is still valid: it may have been cancelled or replaced in the
   * meantime.
   */
  take(timeout: MachineTimeout): boolean {
    if (this.#find(timeout.kind, timeout.name) !== timeout) return false;
    this.#forget(timeout);
    return true;
  }

  /** Cancels all timeouts. */
  clear(): void {
    this.cancel("state");
    this.cancel("event");
    for (const name of [...this.#named?.keys() ?? []]) this.cancel("named", name);
    this.#immediate.length = 0;
  }

  #set({ kind, name, timeoutMs, content }: SetTimeoutAction<TimeoutKind, string, unknown>): void {
    this.cancel(kind, name);
    if (timeoutMs === Infinity) return;
    const timeout = new MachineTimeout(kind, name, content, this.#ring);
    if (kind === "state") this.#state = timeout;
    else if (kind === "event") this.#event = timeout;
    else (this.#named ??= new Map()).set(name, timeout);
    if (timeoutMs === 0) this.#immediate.push(timeout);
    else this.#clock.add(timeout, timeoutMs);
  }

  #update({ kind, name, content }: UpdateTimeoutAction<TimeoutKind, string, unknown>): void {
    const timeout = this.#find(kind, name);
    if (timeout) timeout.content = content;
    else this.#set({ action: "setTimeout", kind, name, timeoutMs: 0, content });
  }

  #find(kind: TimeoutKind, name: string): MachineTimeout | undefined {
    if (kind === "state") return this.#state;
    return kind === "event" ? this.#event : this.#named?.get(name);
  }

  #forget({ kind, name }: MachineTimeout): void {
    if (kind === "state") this.#state = undefined;
    else if (kind === "event") this.#event = undefined;
    else this.#named?.delete(name);
  }
}
