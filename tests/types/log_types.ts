/**
 * A logger is a function of a record; those of other libraries take a line to plug in.
 *
 * @module
 */

import { Endpoint, type LogFields, type Logger, type LogLevel, type LogRecord } from "@urvogel/realtime";

/** The methods of pino 9. */
interface Pino {
  debug(fields: object, message?: string, ...args: unknown[]): void;
  info(fields: object, message?: string, ...args: unknown[]): void;
  warn(fields: object, message?: string, ...args: unknown[]): void;
  error(fields: object, message?: string, ...args: unknown[]): void;
}

/** The methods of `@std/log`'s Logger. */
interface StdLogger {
  debug<T>(message: T, ...args: unknown[]): T;
  info<T>(message: T, ...args: unknown[]): T;
  warn<T>(message: T, ...args: unknown[]): T;
  error<T>(message: T, ...args: unknown[]): T;
}

export function pinoLogger(pino: Pino): Logger {
  return ({ level, message, fields: { error, ...fields } }) => pino[level]({ ...fields, err: error }, message);
}

export function stdLogger(log: StdLogger): Logger {
  return ({ level, message, fields }) => log[level](message, fields);
}

export const consoleLogger: Logger = ({ time, level, message, fields }) => console[level](time, message, fields);

export const collected: LogRecord[] = [];

new Endpoint({ sockets: {}, logger: (record) => void collected.push(record), maxReportsPerMinute: 10 });
new Endpoint({ sockets: {}, logger: stdLogger(console as unknown as StdLogger) });
// @ts-expect-error: an object with methods is no logger
new Endpoint({ sockets: {}, logger: console });
// @ts-expect-error: there is no such level
export const loud: LogLevel = "loud";

export function shown({ time, fields }: LogRecord): (string | undefined)[] {
  const { socketId, address, topic, transport }: LogFields = fields;
  return [time.toISOString(), socketId, address, topic, transport];
}
