/**
 * Keys whose servers always run: starts them again without an `ensure` of the program.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { Backoff } from "../base/backoff.ts";
import type { Log } from "../base/log.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Pid } from "../otp/process/pid.ts";
import { type Process, processOf } from "../otp/process/process.ts";
import { reportStandingFailed } from "./telemetry.ts";

const RETRY = { firstMs: 200, maxMs: 30_000 };

/** What keeping servers running takes. */
export interface StandingKeysParts {
  /** The keys. */
  readonly keys: readonly string[];
  /** The name of the servers. */
  readonly name: string;
  /** How often each key is looked at, in milliseconds. */
  readonly checkMs: number;
  /** Finds the server of a key, or starts it. */
  readonly ensure: (key: string) => Promise<unknown>;
  /** Returns where failures are logged. */
  readonly log: () => Log;
}

/**
 * Looks after keys. One that fails to start, or whose server keeps ending, is tried again after a time that grows, so that
 * it cannot keep the program busy.
 */
export class StandingKeys {
  readonly #parts: StandingKeysParts;
  readonly #keys: ReadonlyMap<string, StandingKey>;
  readonly #onSupervisorEnd = () => this.end();
  #supervisor: Process | undefined;
  #isRunning = false;

  /** Creates it; it does nothing until {@linkcode begin}. */
  constructor(parts: StandingKeysParts) {
    this.#parts = parts;
    this.#keys = new Map(parts.keys.map((key) => [key, this.#standing(key)]));
  }

  /**
   * Starts the servers, at the end of this turn.
   *
   * @param supervisor Their supervisor, with which this ends; `undefined` if another one may take its place by itself.
   */
  begin(supervisor: Pid<never> | undefined): void {
    this.#isRunning = true;
    this.checkAll();
    this.#supervisor = supervisor && processOf(supervisor);
    this.#supervisor?.onExit(this.#onSupervisorEnd);
  }

  /** Looks at all keys now: a node is gone. */
  checkAll(): void {
    for (const { alarm } of this.#keys.values()) if (this.#isRunning) alarm.set(0);
  }

  /** The server of a key has ended on this node. */
  ended(key: string): void {
    const standing = this.#keys.get(key);
    if (standing && this.#isRunning && !standing.isBusy) standing.alarm.set(standing.backoff.nextMs());
  }

  /** Lets the keys go. Their servers are not ended. */
  end(): void {
    this.#isRunning = false;
    this.#supervisor?.offExit(this.#onSupervisorEnd);
    for (const { alarm } of this.#keys.values()) alarm.clear();
  }

  #standing(key: string): StandingKey {
    return {
      alarm: new Alarm(() => void this.#check(key)),
      backoff: new Backoff(RETRY),
      found: undefined,
      isBusy: false,
    };
  }

  async #check(key: string): Promise<void> {
    const standing = this.#keys.get(key)!;
    const { alarm, backoff } = standing;
    const { name, checkMs, ensure, log } = this.#parts;
    standing.isBusy = true;
    try {
      const found = await ensure(key);
      if (found === standing.found) backoff.reset(); // it has lasted since the last look
      standing.found = found;
      if (this.#isRunning) alarm.set(checkMs);
    } catch (thrown) {
      if (!this.#isRunning) return;
      reportStandingFailed({ name, key, error: exitReasonOf(thrown) }, log());
      alarm.set(backoff.nextMs());
    } finally {
      standing.isBusy = false;
    }
  }
}

interface StandingKey {
  readonly alarm: Alarm;
  readonly backoff: Backoff;
  /** The server that was found at the last look. */
  found: unknown;
  /** Whether it is looked at. */
  isBusy: boolean;
}
