/**
 * Log records: what a logger receives, and the line that is printed if no logger is set.
 *
 * @module
 */

import { isError, isInstance } from "./foreign.ts";
import { inspected, oneLine, quoted, read, textOf } from "./printable.ts";

/**
 * The severity of a log record.
 *
 * @category Telemetry and logs
 */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * The details of a log record, such as the topic. A field that is not known is absent.
 *
 * @category Telemetry and logs
 */
export interface LogFields {
  /** The name of the node, if there may be others: `PubSub.nodeName`. */
  readonly node?: string;
  /** The `x-request-id` of the handshake, where a proxy sent one, to match the log of the proxy. */
  readonly requestId?: string;
  /** What `Socket.id` returned for the connection. */
  readonly socketId?: string;
  /** The IP address of the client, or of the proxy in front of it. */
  readonly address?: string;
  /** The origin of the client's page. */
  readonly origin?: string;
  /** The host that the origin was compared with. */
  readonly host?: string;
  /** Where the socket is mounted, such as `"/socket"`. */
  readonly mount?: string;
  /** The client's transport: `"websocket"` or `"longpoll"`. */
  readonly transport?: string;
  /** The version of the protocol that the client requested, as it wrote it. */
  readonly vsn?: unknown;
  /** The topic, as the client wrote it. */
  readonly topic?: string;
  /** The event, as the client wrote it. */
  readonly event?: unknown;
  /** The client's parameters, with secrets hidden. */
  readonly params?: unknown;
  /** Why a client was refused: the argument of `refuse(...)`, with secrets hidden. */
  readonly reason?: unknown;
  /** How long it took, in milliseconds. */
  readonly durationMs?: number;
  /** A message that nobody handled, with secrets hidden. */
  readonly received?: unknown;
  /** Number of reports of the same kind that were not logged; see `EndpointOptions.maxReportsPerMinute`. */
  readonly leftOut?: number;
  /** What was thrown. */
  readonly error?: unknown;
}

/**
 * One entry of the log: a level, a message and its fields.
 *
 * @category Telemetry and logs
 */
export interface LogRecord {
  /** When it was logged. */
  readonly time: Date;
  /** The severity. */
  readonly level: LogLevel;
  /** What happened, in one line without control characters. It does not repeat `fields`. */
  readonly message: string;
  /**
   * The client, topic and other details. Fields hold unescaped values from clients and the program: a logger that
   * prints them as JSON is safe, one that prints text has to escape them.
   */
  readonly fields: LogFields;
}

/**
 * A function that receives each record. Whatever it throws or rejects with is printed to the console and has no other
 * effect.
 *
 * With pino:
 *
 * ```ts
 * import type { Logger } from "@urvogel/realtime";
 *
 * // import pino from "pino"; const log = pino();
 * const log = { debug() {}, info() {}, warn() {}, error() {} } as Record<string, (...args: unknown[]) => void>;
 *
 * const logger: Logger = ({ level, message, fields: { error, ...fields } }) => {
 *   log[level]?.(error === undefined ? fields : { ...fields, err: error }, message);
 * };
 * ```
 *
 * With `@std/log`:
 *
 * ```ts
 * import type { Logger } from "@urvogel/realtime";
 *
 * // import { getLogger } from "@std/log";
 * const getLogger = () => console;
 *
 * const logger: Logger = ({ level, message, fields }) => getLogger()[level](message, fields);
 * ```
 *
 * With the console, as one line of JSON for each record: `logger: "json"`.
 *
 * @category Telemetry and logs
 * @param record What happened.
 */
export type Logger = (record: LogRecord) => void;

/** Maximum number of printed characters of a field. */
const LONGEST_FIELD = 1_000;

/**
 * Prints a record as one line on the console: time, level, message, fields. The stack of an error follows it, indented.
 *
 * @param record What happened.
 */
export function logToConsole({ time, level, message, fields }: LogRecord): void {
  const { error, ...others } = fields;
  const shown = Object.entries(others).map(([name, value]) => ` ${name}=${quoted(value, LONGEST_FIELD)}`).join("");
  const failure = error === undefined ? "" : `: ${inspected(error)}`;
  console[level](`${time.toISOString()} ${level} [urvogel] ${message}${shown}${failure}`);
}

/**
 * Prints a record on the console as one line of JSON: `time`, `level`, `message`, then the fields by their names, with
 * `error` as `{ name, message, stack }`, where the stack is followed by the error's own fields and its causes. What JSON
 * cannot carry, and a field that is too long, is printed as text.
 *
 * @param record What happened.
 */
export function logAsJson({ time, level, message, fields: { error, ...fields } }: LogRecord): void {
  const entries = Object.entries(fields).map(([name, value]) => `,${JSON.stringify(name)}:${jsonOf(value)}`).join("");
  const failure = error === undefined ? "" : `,"error":${errorAsJson(error)}`;
  const head = `"time":${JSON.stringify(time)},"level":"${level}","message":${JSON.stringify(message)}`;
  console[level](escaped(`{${head}${entries}${failure}}`));
}

/** Maximum length of a field in JSON, in characters. */
const LONGEST_JSON = 10_000;

/** Maximum number of values in a field in JSON: one object in several places may look like endlessly many. */
const MOST_VALUES = 1_000;

function jsonOf(value: unknown): string {
  let left = MOST_VALUES;
  const count = (_key: string, inner: unknown) => {
    if (left-- === 0) throw new RangeError("Cannot print field: it has too many values");
    return isEmptyInJson(inner) ? quoted(inner, LONGEST_FIELD) : inner;
  };
  try {
    const text = JSON.stringify(value, count) as string | undefined;
    if (text !== undefined && text.length <= LONGEST_JSON) return text;
  } catch { // too many values, a circle, a BigInt, a getter that throws
  }
  return JSON.stringify(quoted(value, LONGEST_FIELD));
}

/** Whether JSON would show it as an empty object, or bytes as an object of numbers. */
function isEmptyInJson(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    (ArrayBuffer.isView(value) || isError(value) || isInstance(value, Map) || isInstance(value, Set));
}

function errorAsJson(error: unknown): string {
  if (!isError(error)) return jsonOf(error);
  const [name, message] = ["name", "message"].map((key) => textOf(read(error, key)));
  return JSON.stringify({ name, message, stack: inspected(error) });
}

/** Escapes what JSON leaves as it is, and a terminal would obey. */
function escaped(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Maximum length of a message, in characters. */
const LONGEST_MESSAGE = 1_000;

/** Creates a record with the current time. */
export function recordNow(level: LogLevel, message: string, fields: LogFields): LogRecord {
  return { time: new Date(), level, message: oneLine(message, LONGEST_MESSAGE), fields };
}
