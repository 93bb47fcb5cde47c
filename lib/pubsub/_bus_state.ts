/**
 * Whether the bus of a node is up, and since when.
 *
 * @module
 */

import { attempt } from "../base/attempt.ts";
import { monotonicMs } from "../base/clock.ts";
import { isInstance } from "../base/foreign.ts";
import type { Log, Report } from "../base/log.ts";
import type { BusChange, BusStatusChange } from "./adapter.ts";
import { BusSetupError } from "./errors.ts";
import { reportGap, reportStatus } from "./telemetry.ts";

/** Reports each change once, however often an adapter repeats it, and again if no retry will mend it. */
export class BusState {
  readonly #node: string;
  readonly #log: () => Log;
  readonly #listeners = new Set<(change: BusChange) => void>();
  #status: "connecting" | "up" | "down" = "connecting";
  #sinceMs = monotonicMs();
  #wasUp = false;
  #error: Error | undefined;
  /** Whether it is down and was reported as something that no retry will mend. */
  #isLasting = false;

  /** Creates the state of a node that is connecting. */
  constructor(node: string, log: () => Log) {
    this.#node = node;
    this.#log = log;
  }

  /** Whether the bus has ever been up. */
  get wasUp(): boolean {
    return this.#wasUp;
  }

  /** Why it is down, or was the last time; the latest of the errors, if any is known. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Calls `listener` with each change. Returns a function that ends that. */
  onChange(listener: (change: BusChange) => void): () => void {
    const own = (change: BusChange) => listener(change); // the same listener may be added twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Records what happened to the connection. */
  change(change: BusChange): void {
    if ("gap" in change) reportGap({ node: this.#node, from: change.from, missing: change.gap }, this.#log());
    else if (!this.#turn(change)) return;
    for (const listener of this.#listeners) {
      attempt(() => listener(change), (error) => this.#log().write("error", error, FAILED));
    }
  }

  /** Returns whether the status is another one than before. */
  #turn({ status, error }: BusStatusChange): boolean {
    this.#error = error ?? this.#error;
    if (status === this.#status) {
      if (status === "down") this.#reportLasting(error);
      return false;
    }
    this.#isLasting = isInstance(error, BusSetupError);
    const nowMs = monotonicMs();
    const isBack = this.#status === "down";
    const durationMs = status === "up" ? nowMs - this.#sinceMs : undefined;
    if (this.#status !== "connecting" || status === "up") this.#sinceMs = nowMs; // until then it was down all the time
    this.#status = status;
    this.#wasUp ||= status === "up";
    reportStatus({ node: this.#node, status, error, durationMs }, isBack, this.#log());
    return true;
  }

  /** Reports an outage again, once, if it turns out that somebody has to mend it: the password was changed. */
  #reportLasting(error: Error | undefined): void {
    if (this.#isLasting || !isInstance(error, BusSetupError)) return;
    this.#isLasting = true;
    reportStatus({ node: this.#node, status: "down", error, durationMs: undefined }, false, this.#log());
  }
}

const FAILED: Report<unknown> = {
  kind: "failed listener of the bus",
  describe: (error) => ({ message: "a listener of the bus failed", fields: { error } }),
};
