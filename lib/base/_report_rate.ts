/**
 * A limit on how many reports of one kind are printed.
 *
 * @module
 */

import { monotonicMs } from "./clock.ts";

/** The period over which reports are counted. */
const MINUTE_MS = 60_000;

/** Whether a report is printed or left out; `"firstLeftOut"` is the first one left out in its minute. */
export type Admission = "admitted" | "firstLeftOut" | "leftOut";

/** How many reports of one kind were left out in a minute that is over. */
export interface LeftOut {
  /** The kind. */
  readonly kind: string;
  /** How many reports were left out. */
  readonly count: number;
}

/** Reports of one kind in one minute. */
interface Minute {
  readonly endsAt: number;
  count: number;
}

/**
 * Counts reports by kind, a minute at a time. A minute begins with the first report of its kind.
 *
 * There is no timer, which would keep programs and tests from ending: call {@linkcode takeLeftOut} from time to time.
 */
export class ReportRate {
  readonly #max: number;
  // Kinds are named by the program, never by a client: there are few.
  readonly #minutes = new Map<string, Minute>();
  /** The end of the first minute in which something was left out. */
  #endsAt = Infinity;

  /**
   * Creates a rate.
   *
   * @param max Maximum number of reports of one kind in a minute. `Infinity` admits all.
   */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts a report and returns whether it is admitted. */
  admit(kind: string): Admission {
    if (this.#max === Infinity) return "admitted";
    const now = monotonicMs();
    let minute = this.#minutes.get(kind);
    if (minute === undefined || now >= minute.endsAt) {
      this.#minutes.set(kind, minute = { endsAt: now + MINUTE_MS, count: 0 });
    }
    if (++minute.count <= this.#max) return "admitted";
    this.#endsAt = Math.min(this.#endsAt, minute.endsAt);
    return minute.count === this.#max + 1 ? "firstLeftOut" : "leftOut";
  }

  /** Returns what was left out in past minutes, each entry once. Call it before {@linkcode admit} discards them. */
  takeLeftOut(): readonly LeftOut[] {
    if (this.#endsAt === Infinity) return NOTHING; // nearly always
    const now = monotonicMs();
    if (now < this.#endsAt) return NOTHING;
    this.#endsAt = Infinity;
    const leftOut: LeftOut[] = [];
    for (const [kind, minute] of this.#minutes) {
      if (minute.count <= this.#max) continue;
      if (now < minute.endsAt) {
        this.#endsAt = Math.min(this.#endsAt, minute.endsAt);
        continue;
      }
      this.#minutes.delete(kind);
      leftOut.push({ kind, count: minute.count - this.#max });
    }
    return leftOut;
  }
}

const NOTHING: readonly LeftOut[] = [];
