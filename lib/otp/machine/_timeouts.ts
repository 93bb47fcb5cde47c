/**
 * The timeouts of a state machine: which run, which are over.
 *
 * @module
 */

import { Timer } from "../../base/timer_wheel.ts";
import type { SetTimeoutAction, TimeoutAction, TimeoutKind, UpdateTimeoutAction } from "./action.ts";

/** What timers wait in: the shared timer wheel. */
export interface TimeoutClock {
  /** Lets `timer` wait. */
  add(timer: Timer, delayMs: number): void;
  /** Lets `timer` wait no more. */
  cancel(timer: Timer): boolean;
}

/** A timeout that was set. The message that says that it is over, too. */
export class MachineTimeout extends Timer {
  readonly kind: TimeoutKind;
  readonly name: string;
  content: unknown;
  readonly #ring: (timeout: MachineTimeout) => void;

  /** Creates a timeout that does not run yet. */
  constructor(kind: TimeoutKind, name: string, content: unknown, ring: (timeout: MachineTimeout) => void) {
    super();
    this.kind = kind;
    this.name = name;
    this.content = content;
    this.#ring = ring;
  }

  /** Tells the machine. */
  override onTimeout(): void {
    this.#ring(this);
  }
}

/** At most one timeout for the state, one for the next event, and one for each name. */
export class MachineTimeouts {
  readonly #clock: TimeoutClock;
  readonly #ring: (timeout: MachineTimeout) => void;
  #state: MachineTimeout | undefined;
  #event: MachineTimeout | undefined;
  #named: Map<string, MachineTimeout> | undefined;
  /** Those that were set to 0, in order. Some may have been called off since. */
  readonly #immediate: MachineTimeout[] = [];

  /** Creates an empty set; `ring` is told of each timeout whose time has come, and asks {@linkcode take} about it. */
  constructor(clock: TimeoutClock, ring: (timeout: MachineTimeout) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Does what an action says. */
  apply(action: TimeoutAction): void {
    if (action.action === "cancelTimeout") this.cancel(action.kind, action.name);
    else if (action.action === "updateTimeout") this.#update(action);
    else this.#set(action);
  }

  /** Calls a timeout off, if it runs. */
  cancel(kind: TimeoutKind, name = ""): void {
    const timeout = this.#find(kind, name);
    if (timeout === undefined) return;
    this.#forget(timeout);
    this.#clock.cancel(timeout);
  }

  /** Calls off the timeout that any event calls off. */
  cancelEvent(): void {
    if (this.#event !== undefined) this.cancel("event");
  }

  /** Takes the oldest timeout that is over without having to wait, if there is one. */
  takeImmediate(): MachineTimeout | undefined {
    for (;;) {
      const timeout = this.#immediate.shift();
      if (timeout === undefined || this.take(timeout)) return timeout;
    }
  }

  /** Takes a timeout that rang. Answers whether it still counts: it may have been called off or set anew meanwhile. */
  take(timeout: MachineTimeout): boolean {
    if (this.#find(timeout.kind, timeout.name) !== timeout) return false;
    this.#forget(timeout);
    return true;
  }

  /** Calls all of them off. */
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
