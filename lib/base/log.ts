/**
 * Logging: one line for each thing worth one, to a logger of the application's choice.
 *
 * @module
 */

/** How important a line is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where lines go: `console`, or the logger of most libraries. */
export interface Logger {
  /** Takes a line that only helps who looks for a fault. */
  debug(line: string): void;
  /** Takes a line that tells of normal work. */
  info(line: string): void;
  /** Takes a line about something that should not be. */
  warn(line: string): void;
  /** Takes a line about a failure. */
  error(line: string): void;
}

/** On what level events are logged: always the same, never (`false`), or as a function says of each. */
export type LogSetting<E> = LogLevel | false | ((event: E) => LogLevel | false);

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const ABOVE_ALL = 4;

/** Options for {@linkcode Log}. */
export interface LogOptions {
  /**
   * Where lines go.
   *
   * @default {console}
   */
  readonly logger?: Logger | undefined;
  /**
   * The lowest level that is logged; `false` logs nothing.
   *
   * @default {"warn"}
   */
  readonly logLevel?: LogLevel | false | undefined;
}

/** Writes lines from a level on. */
export class Log {
  readonly #logger: Logger;
  readonly #lowest: number;

  /**
   * Creates a log.
   *
   * @throws {TypeError} If `logLevel` is none.
   */
  constructor({ logger = console, logLevel = "warn" }: LogOptions = {}) {
    if (logLevel !== false && !Object.hasOwn(RANKS, logLevel)) {
      const levels = Object.keys(RANKS).map((level) => JSON.stringify(level)).join(", ");
      throw new TypeError(`Cannot log: "logLevel" must be ${levels} or false, received ${JSON.stringify(logLevel)}`);
    }
    this.#logger = logger;
    this.#lowest = logLevel === false ? ABOVE_ALL : RANKS[logLevel];
  }

  /** Whether anything may come of `setting`: ask before an event that is costly to describe. */
  wants<E>(setting: LogSetting<E>): boolean {
    if (typeof setting === "function") return this.#lowest < ABOVE_ALL;
    return setting !== false && RANKS[setting] >= this.#lowest;
  }

  /**
   * Writes a line about `event`, where `setting` says so. Never throws: logging is no reason to fail.
   *
   * @param setting On what level.
   * @param event What happened.
   * @param describe Makes the line.
   */
  write<E>(setting: LogSetting<E>, event: E, describe: (event: E) => string): void {
    try {
      const level = typeof setting === "function" ? setting(event) : setting;
      if (level === false || RANKS[level] < this.#lowest) return;
      this.#logger[level](`[urvogel] ${describe(event)}`);
    } catch (error) {
      console.error("[urvogel] logging failed:", error);
    }
  }
}

/** A time as people like to read it: `350 µs`, `12.3 ms`. */
export function formatDuration(durationMs: number): string {
  return durationMs < 1 ? `${Math.round(durationMs * 1000)} µs` : `${Math.round(durationMs * 10) / 10} ms`;
}
