/**
 * States of servers in a SQLite file, which the processes of one machine share. It refuses an owner that has lost its key.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { JsonOrBytes, LoadedState, OwnerStore } from "@urvogel/realtime";

const TABLE = `
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS states (key TEXT PRIMARY KEY, token INTEGER NOT NULL, state ANY) STRICT`;

// One statement each: nothing comes between the look at the token and the write.
const LOAD = `
  INSERT INTO states VALUES (?, ?, NULL)
  ON CONFLICT DO UPDATE SET token = excluded.token WHERE token <= excluded.token RETURNING state`;
const SEEN = "SELECT token FROM states WHERE key = ?";
const SAVE = `
  INSERT INTO states VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET token = excluded.token, state = excluded.state WHERE token <= excluded.token RETURNING key`;

/** Keeps states in a file, or in memory (`":memory:"`). */
export class SqliteStore implements OwnerStore, Disposable {
  readonly #database: DatabaseSync;
  readonly #load: StatementSync;
  readonly #seen: StatementSync;
  readonly #save: StatementSync;

  /** Opens the file, and creates it if there is none. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(TABLE);
    this.#load = this.#database.prepare(LOAD);
    this.#seen = this.#database.prepare(SEEN);
    this.#save = this.#database.prepare(SAVE);
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async load(key: string, token: bigint): Promise<LoadedState> {
    const row = this.#load.get(key, token);
    if (row) return { status: "loaded", state: stateOf(row.state) };
    return { status: "refused", token: BigInt(this.#seen.get(key)!.token as number) };
  }

  // deno-lint-ignore require-await -- as above
  async save(key: string, state: JsonOrBytes, token: bigint): Promise<"saved" | "refused"> {
    const value = state instanceof Uint8Array ? state : JSON.stringify(state);
    return this.#save.get(key, token, value) ? "saved" : "refused";
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function stateOf(value: unknown): JsonOrBytes | undefined {
  if (value === null) return undefined;
  return typeof value === "string" ? JSON.parse(value) : value as Uint8Array;
}
