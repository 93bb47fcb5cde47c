/**
 * Runs the statements of owners and of their store, and turns what fails into errors for callers.
 *
 * @module
 */

import { oneLine } from "../../../base/printable.ts";
import { exitReasonOf } from "../../../otp/process/exit_reason.ts";
import { BusDownError } from "../../../pubsub/errors.ts";
import type { PostgresQuery, PostgresResult } from "../client.ts";
import { sqlStateOf } from "../_failure.ts";

/** What runs statements, while the adapter is connected. */
export interface OwnerConnection {
  /** Runs a statement. */
  query(query: PostgresQuery): Promise<PostgresResult>;
}

/** A row of a result. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Runs a statement, and returns its first row.
 *
 * @param connection The connection; `undefined` while there is none.
 * @param what What is done, for errors.
 * @throws {BusDownError} If there is no connection, or it is lost.
 * @throws {Error} If the server refuses.
 */
export async function runStatement(
  connection: OwnerConnection | undefined,
  what: string,
  query: PostgresQuery,
): Promise<Row | undefined> {
  if (!connection) throw new BusDownError(what);
  try {
    return (await connection.query(query)).rows[0];
  } catch (thrown) {
    if (sqlStateOf(thrown) === undefined) throw new BusDownError(what);
    throw refusalOf(what, thrown);
  }
}

/** Converts what the server refused a statement with. */
export function refusalOf(what: string, thrown: unknown): Error {
  return new Error(`Cannot ${what}: PostgreSQL refuses: ${oneLine(exitReasonOf(thrown).message)}`);
}
