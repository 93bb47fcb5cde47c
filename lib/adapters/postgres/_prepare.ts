/**
 * Makes sure that the database has what the adapter needs.
 *
 * @module
 */

import { BusSetupError } from "../../pubsub/errors.ts";
import type { Connection } from "./_connection.ts";
import { sqlStateOf } from "./_failure.ts";
import { createObjects, createSchema, SCHEMA_VERSION } from "./setup.ts";

const INSUFFICIENT_PRIVILEGE = "42501";

const STATE = `select obj_description(n.oid, 'pg_namespace') as comment,
  has_schema_privilege(n.oid, 'usage') and has_table_privilege(t.oid, 'select')
    and has_table_privilege(t.oid, 'insert') and has_table_privilege(t.oid, 'delete')
    and has_table_privilege(h.oid, 'insert') and has_table_privilege(k.oid, 'insert') as "mayUse"
from pg_namespace n left join pg_class t on t.relnamespace = n.oid and t.relname = 'spilled'
  left join pg_class h on h.relnamespace = n.oid and h.relname = 'history_messages'
  left join pg_class k on k.relnamespace = n.oid and k.relname = 'owner_states' where n.nspname = $1`;

/**
 * Creates what is missing.
 *
 * @param connection A connection with the database.
 * @param schema The name of the schema, already checked.
 * @param label The name of the server, for messages.
 * @throws {BusSetupError} If the role has not the rights. It names what to run.
 */
export async function prepareDatabase(connection: Connection, schema: string, label: string): Promise<void> {
  const found = await stateOf(connection, schema);
  if (!isCurrent(found?.comment)) await create(connection, schema, label, found !== undefined);
  else if (found?.mayUse !== true) throw new BusSetupError(label, `the role has no rights on it: ${whatToRun(schema)}`);
}

async function stateOf(connection: Connection, schema: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { rows } = await connection.query({ text: STATE, values: [schema] });
  return rows[0];
}

function isCurrent(comment: unknown): boolean {
  const [, version] = /^urvogel (\d+)$/.exec(String(comment)) ?? [];
  return Number(version) >= SCHEMA_VERSION;
}

/** Many nodes may start at the same time. Several statements in one text are one transaction. */
async function create(connection: Connection, schema: string, label: string, hasSchema: boolean): Promise<void> {
  const lock = `select pg_advisory_xact_lock(hashtext('urvogel setup ${schema}'));`;
  try {
    await connection.query({ text: `${lock}${hasSchema ? "" : createSchema(schema)}${createObjects(schema)}` });
  } catch (thrown) {
    if (sqlStateOf(thrown) !== INSUFFICIENT_PRIVILEGE) throw thrown;
    throw new BusSetupError(label, `the role may not create the schema "${schema}": ${whatToRun(schema)}`);
  }
}

function whatToRun(schema: string): string {
  return `let the owner of the database run the SQL of postgresSetup({ schema: "${schema}", role: <its name> })`;
}
