/**
 * What the adapter needs in the database: a schema with tables and functions, as SQL.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import { base64url, createOutbox } from "./history/_outbox.ts";
import { createHistory } from "./history/_tables.ts";
import { createStore } from "./owners/_store_tables.ts";
import { createOwners, OWNER_TABLES } from "./owners/_tables.ts";
import { MAX_PACK_BYTES } from "./_notification.ts";

/** The version of the schema, which stands in its comment. Nodes accept a later one: it has all that they need. */
export const SCHEMA_VERSION = 4;

/** The node that sends what `urvogel.broadcast` sends. One of that name would take it for its own echo. */
export const SQL_NODE = "sql";

/** The largest envelope, in bytes. */
export const MAX_ENVELOPE_BYTES = 8_388_608;

const SCHEMA = /^[a-z_][a-z0-9_]{0,39}$/;

/** Options for {@linkcode postgresSetup}. */
export interface PostgresSetupOptions {
  /**
   * The name of the schema: as the option of the adapter.
   *
   * @default {"urvogel"}
   */
  readonly schema?: string;
  /**
   * The role of the nodes, which is granted what they need.
   *
   * @default {undefined} The role that runs the SQL.
   */
  readonly role?: string;
}

/**
 * Returns the SQL that creates what the adapter needs. The adapter runs it itself if its role may; otherwise the owner
 * of the database runs it once, in `psql` or a migration. It may run again at any time, while nodes are connected.
 *
 * @example Print it for a migration
 * ```ts
 * import { postgresSetup } from "@urvogel/realtime/postgres";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const sql = postgresSetup({ role: "chat" });
 * assertStringIncludes(sql, 'create schema if not exists "urvogel"');
 * assertStringIncludes(sql, 'grant usage on schema "urvogel" to "chat"');
 * ```
 *
 * @param options The names of the schema and the role.
 * @returns Statements that end with a semicolon.
 * @throws {TypeError} If the name of the schema has other characters than lower-case letters, digits and `_`.
 */
export function postgresSetup({ schema = "urvogel", role }: PostgresSetupOptions = {}): string {
  return `${createSchema(schema)}\n${createObjects(schema)}\n${role === undefined ? "" : grants(schema, role)}`;
}

/** Returns the name of a schema if it is one. */
export function checkSchema(schema: string): string {
  if (SCHEMA.test(schema)) return schema;
  throw new TypeError(`Cannot create adapter: "schema" must match ${SCHEMA.source}, received ${quoted(schema)}`);
}

/** The statement that creates the schema, which needs a right on the database even if it exists. */
export function createSchema(schema: string): string {
  return `create schema if not exists "${checkSchema(schema)}";`;
}

/** The statements that create everything in the schema. */
export function createObjects(schema: string): string {
  return `create unlogged table if not exists "${schema}".spilled (
  id uuid primary key,
  envelope text not null,
  at timestamptz not null default clock_timestamp()
);
alter table "${schema}".spilled alter column envelope set storage external;
create index if not exists spilled_at on "${schema}".spilled (at);
create sequence if not exists "${schema}".broadcast_number;
${createHistory(schema)}
${createOutbox(schema)}
${createOwners(schema)}
${createStore(schema)}
${broadcastFunction(schema)}
revoke all on function "${schema}".broadcast(text, text, jsonb) from public;
comment on schema "${schema}" is 'urvogel ${SCHEMA_VERSION}';`;
}

/**
 * The function runs with the rights of its owner: a role that may call it needs no right on the tables. A broadcast to a
 * topic with history is numbered when its transaction commits.
 */
function broadcastFunction(schema: string): string {
  return `create or replace function "${schema}".broadcast(topic text, event text, payload jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  header bytea;
  envelope bytea;
  head text := '${SQL_NODE}/' || nextval('"${schema}".broadcast_number') || '/';
  id uuid := gen_random_uuid();
  keep jsonb;
begin
  if topic is null or event is null or payload is null or jsonb_typeof(payload) <> 'object' then
    raise exception 'Cannot broadcast: topic and event must be texts, and payload an object'
      using errcode = 'invalid_parameter_value';
  end if;
  if event like 'phx\\_%' or event like 'urvogel:%' or topic like 'urvogel:%' then
    raise exception 'Cannot broadcast: "phx_..." and "urvogel:..." are reserved'
      using errcode = 'invalid_parameter_value';
  end if;
  keep := "${schema}".history_keep(topic, event);
  header := convert_to(json_build_array(topic, case when keep is null then '${SQL_NODE}' else '' end, event)::text, 'UTF8');
  envelope := '\\x0100'::bytea || int4send(length(header)) || header || convert_to(payload::text, 'UTF8');
  if length(envelope) > ${MAX_ENVELOPE_BYTES} then
    raise exception 'Cannot broadcast: the bus carries at most ${MAX_ENVELOPE_BYTES} bytes, received %', length(envelope)
      using errcode = 'program_limit_exceeded';
  end if;
  if keep is not null then
    insert into "${schema}".history_outbox (topic, envelope, keep)
      values ("${schema}".history_topic(topic), ${base64url("envelope")}, keep);
    return;
  end if;
  if length(envelope) <= ${MAX_PACK_BYTES - 4} then
    perform pg_notify('${schema}', head || 'm' || ${base64url("int4send(length(envelope)) || envelope")});
    return;
  end if;
  insert into "${schema}".spilled (id, envelope)
    values (id, ${base64url("envelope")});
  perform pg_notify('${schema}', head || 's' || id || '/' || length(envelope));
end
$body$;`;
}

function grants(schema: string, role: string): string {
  const name = `"${role.replaceAll('"', '""')}"`;
  return `grant usage on schema "${schema}" to ${name};
grant select, insert, delete on "${schema}".spilled to ${name};
grant select, insert, update, delete on "${schema}".history_topics, "${schema}".history_messages,
  "${schema}".history_routes, ${OWNER_TABLES.map((table) => `"${schema}".${table}`).join(", ")} to ${name};
grant execute on function "${schema}".broadcast(text, text, jsonb) to ${name};
`;
}
