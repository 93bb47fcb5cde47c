/**
 * The owner engine on PostgreSQL: sessions and keys are rows, by the clock of the server.
 *
 * @module
 */

import { Pauses } from "../../../base/pause.ts";
import { quoted } from "../../../base/printable.ts";
import type { OwnerEngine, OwnerSession, Ownership } from "../../../cluster/owner_engine.ts";
import { encodeTopic } from "../../../pubsub/subject.ts";
import { newSessionId, nodeOfSession } from "../../_owner_session_id.ts";
import { type OwnerConnection, type Row, runStatement } from "./_run_statement.ts";

type Run = (what: string, name: string, sql: string, values: unknown[]) => Promise<Row | undefined>;

/** The owner engine of one node, in whichever session with the server is open. */
export class PostgresOwners implements OwnerEngine {
  readonly #schema: string;
  readonly #connection: () => OwnerConnection | undefined;

  /** Creates the engine. `connection` returns that which is open. */
  constructor(schema: string, connection: () => OwnerConnection | undefined) {
    this.#schema = `"${schema}"`;
    this.#connection = connection;
  }

  async open(node: string, ttlMs: number): Promise<OwnerSession> {
    const id = newSessionId(node);
    const run: Run = (what, name, sql, values) => {
      const text = sql.replaceAll("s.owner", `${this.#schema}.owner`);
      return runStatement(this.#connection(), what, { name: `urvogel_owner_${name}`, text, values });
    };
    const values = [id, node, Math.ceil(ttlMs)];
    await run("open a session", "open", "select s.owner_open($1, $2, $3)", values);
    return new PostgresOwnerSession(id, node, Math.ceil(ttlMs), run);
  }
}

class PostgresOwnerSession implements OwnerSession {
  readonly #id: string;
  readonly #node: string;
  readonly #ttlMs: number;
  readonly #run: Run;
  readonly #pauses = new Pauses();
  #isClosed = false;

  constructor(id: string, node: string, ttlMs: number, run: Run) {
    this.#id = id;
    this.#node = node;
    this.#ttlMs = ttlMs;
    this.#run = run;
  }

  async renew(): Promise<boolean> {
    const what = "renew a session";
    const row = await this.#run(what, "renew", 'select s.owner_renew($1, $2) as "exists"', [this.#id, this.#ttlMs]);
    this.#sweep();
    return row?.exists === true;
  }

  async claim(key: string): Promise<Ownership> {
    const what = `claim ${quoted(key)}`;
    const values = [this.#id, encodeTopic(key), this.#ttlMs];
    while (!this.#isClosed) {
      const row = await this.#run(what, "claim", "select * from s.owner_claim($1, $2, $3)", values);
      if (typeof row?.owner === "string") return this.#ownership(row.owner, row.owner_token);
      if (row?.wait_ms === undefined || row.wait_ms === null) break;
      await this.#pauses.pause(Number(row.wait_ms)); // a text, unless the program has changed how pg reads a bigint
    }
    throw new Error(`Cannot ${what}: the session of node "${this.#node}" has ended`);
  }

  async ownerOf(key: string): Promise<Ownership | undefined> {
    const sql = `select k.session, k.token from s.owner_keys k join s.owner_sessions o on o.id = k.session
  where k.key = $1 and o.ends_at > clock_timestamp()`;
    const row = await this.#run(`find the owner of ${quoted(key)}`, "of", sql, [encodeTopic(key)]);
    return row && this.#ownership(String(row.session), row.token);
  }

  async release(key: string, token: bigint): Promise<void> {
    const sql = "update s.owner_keys set session = null where key = $1 and session = $2 and token = $3";
    await this.#run(`release ${quoted(key)}`, "release", sql, [encodeTopic(key), this.#id, `${token}`]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pauses.end();
    try {
      await this.#run("close a session", "close", "select s.owner_close($1)", [this.#id]);
      this.#sweep();
    } catch { // it ends by itself
    }
  }

  /** The next renewal of some node does the same. */
  #sweep(): void {
    this.#run("remove keys", "sweep", "select s.owner_sweep()", []).catch(() => {});
  }

  #ownership(session: string, token: unknown): Ownership {
    return { node: nodeOfSession(session), token: BigInt(String(token)), isOwn: session === this.#id };
  }
}
