/**
 * Logging: a record for each thing worth one, to a logger of the application's choice.
 *
 * @module
 */

import { attempt } from "./attempt.ts";
import { type LogFields, type Logger, type LogLevel, logToConsole, recordNow } from "./log_record.ts";
import { inspected, quoted } from "./printable.ts";
import { ReportRate } from "./_report_rate.ts";

/** On what level events are logged: always the same, never (`false`), or as a function says of each. */
export type LogSetting<E> = LogLevel | false | ((event: E) => LogLevel | false);

/** One kind of record, and how it is made of an event `E`. */
export interface Report<E> {
  /** Names the kind, for people; reports of one kind are counted together. Never of a client's making. */
  readonly kind: string;
  /** Says what happened; only asked for what is logged. */
  describe(event: E): Described;
}

/** An event in words. */
export interface Described {
  /** What happened, without what the fields say. */
  readonly message: string;
  /** Whom and what it is about. */
  readonly fields?: LogFields;
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const ABOVE_ALL = 4;

/** Options for {@linkcode Log}. */
export interface LogOptions {
  /**
   * Receives the records.
   *
   * @default {a line on the console}
   */
  readonly logger?: Logger | undefined;
  /**
   * The lowest level that is logged; `false` logs nothing.
   *
   * @default {"warn"}
   */
  readonly logLevel?: LogLevel | false | undefined;
  /**
   * How many warnings and errors of one kind are logged in a minute. At least 1. When more are left out, a record says so;
   * once the minute is over, the next record comes with one that says how many there were.
   *
   * @default {100}
   */
  readonly maxReportsPerMinute?: number | undefined;
}

/** Logs from a level on. */
export class Log {
  readonly #logger: Logger;
  readonly #lowest: number;
  readonly #rate: ReportRate;

  /**
   * Creates a log.
   *
   * @throws {TypeError} If `logLevel` or `logger` is none.
   * @throws {RangeError} If `maxReportsPerMinute` is less than 1.
   */
  constructor({ logger = logToConsole, logLevel = "warn", maxReportsPerMinute = 100 }: LogOptions = {}) {
    if (logLevel !== false && !Object.hasOwn(RANKS, logLevel)) {
      const levels = Object.keys(RANKS).map((level) => quoted(level)).join(", ");
      throw new TypeError(`Cannot log: "logLevel" must be ${levels} or false, received ${quoted(logLevel)}`);
    }
    if (typeof logger !== "function") {
      throw new TypeError(`Cannot log: "logger" must be a function that takes records, received ${typeof logger}`);
    }
    if (!(maxReportsPerMinute >= 1)) {
      throw new RangeError(`Cannot log: "maxReportsPerMinute" must be >= 1, received ${maxReportsPerMinute}`);
    }
    this.#logger = logger;
    this.#lowest = logLevel === false ? ABOVE_ALL : RANKS[logLevel];
    this.#rate = new ReportRate(maxReportsPerMinute);
  }

  /** Whether anything may come of `setting`: ask before an event that is costly to describe. */
  wants<E>(setting: LogSetting<E>): boolean {
    if (typeof setting === "function") return this.#lowest < ABOVE_ALL;
    return setting !== false && RANKS[setting] >= this.#lowest;
  }

  /**
   * Logs `event`, where `setting` says so. Of warnings and errors, no more of one kind than the rate allows. Never throws:
   * logging is no reason to fail.
   *
   * @param setting On what level.
   * @param event What happened.
   * @param report Its kind, and how it is described.
   */
  write<E>(setting: LogSetting<E>, event: E, report: Report<E>): void {
    try {
      const level = typeof setting === "function" ? setting(event) : setting;
      if (level === false || !(RANKS[level] >= this.#lowest)) return;
      this.#reportLeftOut();
      if (RANKS[level] >= RANKS.warn && !this.#admits(level, report.kind)) return;
      const { message, fields = {} } = report.describe(event);
      this.#send(level, message, fields);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #admits(level: LogLevel, kind: string): boolean {
    const admission = this.#rate.admit(kind);
    if (admission === "firstLeftOut") this.#send(level, `too many reports of one kind, more are left out: ${kind}`, {});
    return admission === "admitted";
  }

  #reportLeftOut(): void {
    const level: LogLevel = this.#lowest > RANKS.warn ? "error" : "warn";
    for (const { kind, count } of this.#rate.takeLeftOut()) {
      this.#send(level, `reports of one kind were left out: ${kind}`, { leftOut: count });
    }
  }

  #send(level: LogLevel, message: string, fields: LogFields): void {
    attempt(() => this.#logger(recordNow(level, message, fields)), (thrown) => this.#fail(thrown));
  }

  #fail(thrown: unknown): void {
    if (this.#rate.admit("logging failed") === "admitted") {
      console.error("[urvogel] logging failed:", inspected(thrown));
    }
  }
}

/** The log of what belongs to no endpoint: to the console, from `"warn"` on. */
export const consoleLog: Log = new Log();
