/**
 * The client of PostgreSQL: the only file that imports `npm:pg`.
 *
 * @module
 */

import pg from "pg";
import type { Server } from "./servers.ts";

/** A statement. */
export interface PostgresQuery {
  /** The SQL text. */
  readonly text: string;
  /** The values of `$1`, `$2` and so on. */
  readonly values?: unknown[];
  /** Prepares it once for each connection, under this name. */
  readonly name?: string;
}

/** The result of a statement. */
export interface PostgresResult {
  /** The rows, each an object with its columns. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** The number of rows. */
  readonly rowCount: number | null;
}

/** A message of `NOTIFY`. */
export interface PostgresNotification {
  /** The channel. */
  readonly channel: string;
  /** The text. */
  readonly payload?: string | undefined;
}

/** What the adapter uses of a client of `npm:pg`. */
export interface PostgresClient {
  /** Connects. Called once. */
  connect(): Promise<unknown>;
  /** Runs a statement. */
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** Adds a listener. */
  on(event: "notification", listener: (notification: PostgresNotification) => void): unknown;
  /** Adds a listener. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Adds a listener. */
  on(event: "end", listener: () => void): unknown;
  /** Disconnects. */
  end(): Promise<void>;
  /** Its connection. A server that no longer does anything is only left by destroying the stream. */
  readonly connection?: { readonly stream: { destroy(): unknown } };
}

interface ClientConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: () => string;
  readonly ssl: Server["tls"];
  readonly application_name: string;
}

const { Client }: { readonly Client: new (config: ClientConfig) => PostgresClient } = pg;

/** Creates a client that is not connected. */
export function createClient({ host, port, database, user, password, tls }: Server): PostgresClient {
  // A function, so that neither PGPASSWORD nor a file of passwords is read in its place.
  return new Client({ host, port, database, user, password: () => password, ssl: tls, application_name: "urvogel" });
}
