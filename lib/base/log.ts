/**
 * Logging: passes records to the application's logger.
 *
 * @module
 */

import { attempt } from "./attempt.ts";
import { checkAtLeast } from "./check_number.ts";
import { logAsJson, type LogFields, type Logger, type LogLevel, logToConsole, recordNow } from "./log_record.ts";
import { inspected, quoted } from "./printable.ts";
import { ReportRate } from "./_report_rate.ts";

/**
 * Log level for events: always the same, `false` for never, or a function that returns it for each event.
 *
 * @category Telemetry and logs
 */
export type LogSetting<E> = LogLevel | false | ((event: E) => LogLevel | false);

/** One kind of record, and how to create it from an event `E`. */
export interface Report<E> {
  /** The name of the kind, for people; reports of one kind are counted together. It never comes from a client. */
  readonly kind: string;
  /** Describes what happened; only called for events that are logged. */
  describe(event: E): Described;
}

/** The description of an event. */
export interface Described {
  /** What happened, without repeating the fields. */
  readonly message: string;
  /** The client, topic and other details of the event. */
  readonly fields?: LogFields;
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const ABOVE_ALL = 4;
const PRINTERS: ReadonlyMap<string, Logger> = new Map([["text", logToConsole], ["json", logAsJson]]);
const NO_FIELDS: LogFields = {};
const nothing = () => NO_FIELDS;

/** Options for {@linkcode Log}. */
export interface LogOptions {
  /**
   * Receives the records; or how they are printed on the console: as a line of text, or as a line of JSON.
   *
   * @default {"text"}
   */
  readonly logger?: Logger | "text" | "json" | undefined;
  /**
   * The lowest level that is logged; `false` logs nothing.
   *
   * @default {"warn"}
   */
  readonly logLevel?: LogLevel | false | undefined;
  /**
   * Maximum number of warnings and errors of one kind that are logged in a minute. At least 1. When the first one is
   * left out, a record says so; after the minute, the next record is accompanied by one with the number left out.
   *
   * @default {100}
   */
  readonly maxReportsPerMinute?: number | undefined;
}

/** A log that passes records at or above a level to a logger. */
export class Log {
  readonly #logger: Logger;
  readonly #lowest: number;
  readonly #rate: ReportRate;
  readonly #common: () => LogFields;

  /**
   * Creates a log.
   *
   * @param options Where the records go, and which.
   * @param common Returns the fields that all records have.
   * @throws {TypeError} If `logLevel` is not a log level, or `logger` is not a logger.
   * @throws {RangeError} If `maxReportsPerMinute` is less than 1.
   */
  constructor(
    { logger = "text", logLevel = "warn", maxReportsPerMinute = 100 }: LogOptions = {},
    common: () => LogFields = nothing,
  ) {
    if (logLevel !== false && !Object.hasOwn(RANKS, logLevel)) {
      const levels = Object.keys(RANKS).map((level) => quoted(level)).join(", ");
      throw new TypeError(`Cannot log: "logLevel" must be ${levels} or false, received ${quoted(logLevel)}`);
    }
    const write = typeof logger === "string" ? PRINTERS.get(logger) : logger;
    if (typeof write !== "function") {
      const found = typeof logger === "string" ? quoted(logger) : typeof logger;
      throw new TypeError(
        `Cannot log: "logger" must be a function that takes records, "text" or "json", received ${found}`,
      );
    }
    checkAtLeast("log", "maxReportsPerMinute", maxReportsPerMinute, 1);
    this.#logger = write;
    this.#common = common;
    this.#lowest = logLevel === false ? ABOVE_ALL : RANKS[logLevel];
    this.#rate = new ReportRate(maxReportsPerMinute);
  }

  /** Returns whether `setting` can log anything: check it before an event that is expensive to describe. */
  wants<E>(setting: LogSetting<E>): boolean {
    if (typeof setting === "function") return this.#lowest < ABOVE_ALL;
    return setting !== false && RANKS[setting] >= this.#lowest;
  }

  /**
   * Logs `event` at the level of `setting`. Warnings and errors of one kind are limited to the maximum rate. Never
   * throws: a failure to log must not break the caller.
   *
   * @param setting The log level.
   * @param event What happened.
   * @param report Its kind, and how to describe it.
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
    attempt(
      () => this.#logger(recordNow(level, message, { ...this.#common(), ...fields })),
      (thrown) => this.#fail(thrown),
    );
  }

  #fail(thrown: unknown): void {
    if (this.#rate.admit("logging failed") === "admitted") {
      console.error("[urvogel] logging failed:", inspected(thrown));
    }
  }
}

/** The log for whatever belongs to no endpoint: it prints to the console, at `"warn"` or above. */
export const consoleLog: Log = new Log();
