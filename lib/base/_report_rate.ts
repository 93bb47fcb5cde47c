/**
 * How many reports of one kind are worth printing.
 *
 * @module
 */

/** How long reports are counted together. */
const MINUTE_MS = 60_000;

/** What becomes of a report: it is printed, or left out, as the first of its minute or as one of many. */
export type Admission = "admitted" | "firstLeftOut" | "leftOut";

/** How many reports of one kind were left out in a minute that is over. */
export interface LeftOut {
  /** The kind. */
  readonly kind: string;
  /** How many. */
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
 * There is no timer, which would keep programs and tests from ending: ask {@linkcode takeLeftOut} from time to time.
 */
export class ReportRate {
  readonly #max: number;
  // Kinds are named by the program, never by a client: there are few.
  readonly #minutes = new Map<string, Minute>();
  /** When the first minute is over in which something was left out. */
  #endsAt = Infinity;

  /**
   * Creates a rate.
   *
   * @param max How many reports of one kind are admitted in a minute. `Infinity` for all.
   */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts a report. */
  admit(kind: string): Admission {
    if (this.#max === Infinity) return "admitted";
    const now = Date.now();
    let minute = this.#minutes.get(kind);
    if (minute === undefined || !isNow(minute, now)) {
      this.#minutes.set(kind, minute = { endsAt: now + MINUTE_MS, count: 0 });
    }
    if (++minute.count <= this.#max) return "admitted";
    this.#endsAt = Math.min(this.#endsAt, minute.endsAt);
    return minute.count === this.#max + 1 ? "firstLeftOut" : "leftOut";
  }

  /** What was left out in minutes that are over; each is returned once. Ask before {@linkcode admit}, which forgets them. */
  takeLeftOut(): readonly LeftOut[] {
    if (this.#endsAt === Infinity) return NOTHING; // nearly always
    const now = Date.now();
    if (now < this.#endsAt) return NOTHING;
    this.#endsAt = Infinity;
    const leftOut: LeftOut[] = [];
    for (const [kind, minute] of this.#minutes) {
      if (minute.count <= this.#max) continue;
      if (isNow(minute, now)) {
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

/** Whether it is not over; one from long before the clock was set back is. */
function isNow({ endsAt }: Minute, now: number): boolean {
  return now < endsAt && now >= endsAt - 2 * MINUTE_MS;
}
