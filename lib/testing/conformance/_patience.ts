/**
 * How long the cases of a conformance suite wait.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import { pause } from "../../base/pause.ts";
import { withinTime } from "../../base/within_time.ts";
import type { ConformanceNumbers } from "./numbers.ts";

/** The numbers about waiting. */
export type Waits = Pick<Required<ConformanceNumbers>, "noticeMs" | "backMs" | "patienceMs" | "quietMs">;

/** How long the cases of all suites wait by default. */
export const WAITS: Waits = { noticeMs: 5000, backMs: 2000, patienceMs: 10_000, quietMs: 100 };

const POLL_MS = 2;

/** Waits for what must come, and for what must not. */
export class Patience<N extends Waits> {
  /** How much to do, and how long to wait. */
  readonly numbers: N;

  /** Waits as long as `numbers` say. */
  constructor(numbers: N) {
    this.numbers = numbers;
  }

  /** Waits until `holds` does. */
  async until(
    holds: () => MaybePromise<boolean>,
    what: string | (() => string),
    withinMs: number = this.numbers.patienceMs,
  ): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!await holds()) {
      if (performance.now() > deadline) throw notWithin(withinMs, typeof what === "string" ? what : what());
      await pause(POLL_MS);
    }
  }

  /** Waits for a promise, but not for ever. */
  async soon<T>(promise: MaybePromise<T>, what: string, withinMs: number = this.numbers.patienceMs): Promise<T> {
    return await withinTime(Promise.resolve(promise), withinMs, () => notWithin(withinMs, what));
  }

  /** Waits for what must not come. */
  async quiet(): Promise<void> {
    await pause(this.numbers.quietMs);
  }

  /** Calls each of `ends` after the one before, even if some fail. */
  protected async endAll(ends: Iterable<() => MaybePromise<void>>, what: string): Promise<void> {
    const failed: unknown[] = [];
    for (const end of ends) {
      await this.soon((async () => await end())(), what).catch((error) => failed.push(error));
    }
    if (failed.length > 0) throw failed[0];
  }
}

/** Describes a part of the bus that a case needs and that is not there. */
export function lacks(part: string): AssertionError {
  return new AssertionError(
    `Cannot run this case: the bus has no "${part}". Add it, or say in "skip" why there is none.`,
  );
}

function notWithin(withinMs: number, what: string): AssertionError {
  return new AssertionError(`It did not come true within ${withinMs} ms: ${what}.`);
}
