/**
 * The connection of a store that belongs to no adapter: opened when it is used, and again after it was lost.
 *
 * @module
 */

import { Backoff } from "../../../base/backoff.ts";
import { monotonicMs } from "../../../base/clock.ts";
import { withinTime } from "../../../base/within_time.ts";
import { exitReasonOf } from "../../../otp/process/exit_reason.ts";
import type { PostgresQuery } from "../client.ts";
import { Connection } from "../_connection.ts";
import { failureOf, sqlStateOf } from "../_failure.ts";
import { prepareDatabase } from "../_prepare.ts";
import type { Target } from "../_target.ts";
import { refusalOf, type Row } from "./_run_statement.ts";

/** How long a failure stands for all who ask, so that many keys do not each try a server that is gone. */
const PAUSES = { firstMs: 50, maxMs: 1000 };

/** Options for {@linkcode StoreConnection}. */
export interface StoreConnectionOptions {
  /** Where to connect to, at least one; tried one after the other. */
  readonly targets: readonly Target[];
  /** The schema, already checked. */
  readonly schema: string;
  /** How long an attempt to connect may take. */
  readonly connectTimeoutMs: number;
}

/** One connection, shared by all keys. */
export class StoreConnection {
  readonly #options: StoreConnectionOptions;
  readonly #backoff = new Backoff(PAUSES);
  /** That which is open or being opened; rejected while a failure stands. */
  #current: Promise<Connection> | undefined;
  /** That of the attempt which is under way. */
  #opening: Connection | undefined;
  #retryAtMs = 0;
  #isClosed = false;

  /** Connects when it is used. */
  constructor(options: StoreConnectionOptions) {
    this.#options = options;
  }

  /** Returns the open connection. Opens one if there is none, unless that has failed a moment ago. */
  open(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(wasClosed());
    if (this.#retryAtMs !== 0 && monotonicMs() >= this.#retryAtMs) this.#current = undefined;
    if (!this.#current) {
      this.#retryAtMs = 0;
      this.#current = this.#open();
    }
    return this.#current;
  }

  /** Runs a statement, and returns its first row. */
  async run(what: string, query: PostgresQuery): Promise<Row | undefined> {
    try {
      const connection = await this.open();
      return (await connection.query(query)).rows[0];
    } catch (thrown) {
      if (sqlStateOf(thrown) !== undefined) throw refusalOf(what, thrown);
      throw new Error(`Cannot ${what}: ${exitReasonOf(thrown).message}`, { cause: thrown });
    }
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.close();
    const connection = await this.#current?.catch(() => undefined);
    await connection?.close();
  }

  async #open(): Promise<Connection> {
    let failure = new Error("no server");
    for (const target of this.#options.targets) {
      try {
        return await this.#connect(target);
      } catch (thrown) {
        if (this.#isClosed) throw wasClosed();
        failure = failureOf(thrown, target.label, target.password);
      }
    }
    this.#retryAtMs = monotonicMs() + this.#backoff.nextMs();
    throw failure;
  }

  async #connect({ label, createClient }: Target): Promise<Connection> {
    const { schema, connectTimeoutMs } = this.#options;
    const connection = this.#opening = new Connection(createClient());
    try {
      const late = () => new Error(`no reply within ${connectTimeoutMs} ms`);
      await withinTime(prepare(connection, schema, label), connectTimeoutMs, late);
    } catch (thrown) {
      await connection.close();
      throw thrown;
    } finally {
      this.#opening = undefined;
    }
    this.#backoff.reset();
    void connection.lost.then(() => this.#current = undefined);
    connection.watch();
    return connection;
  }
}

function wasClosed(): Error {
  return new Error("the store was closed");
}

async function prepare(connection: Connection, schema: string, label: string): Promise<void> {
  await connection.open();
  await prepareDatabase(connection, schema, label);
  const { rows: [row] } = await connection.query({ text: "select pg_is_in_recovery() as standby" });
  if (row?.standby === true) throw new Error("it is a standby, which saves nothing");
}
