/**
 * The table and functions of the store, as SQL: `owner_states` has a row for each key, with the state and the highest token
 * that was seen. What commits is on the disk.
 *
 * @module
 */

const BODY = "language plpgsql set search_path = pg_catalog, pg_temp as $body$";
const DURABLE =
  "if current_setting('synchronous_commit') = 'off' then perform set_config('synchronous_commit', 'on', true); end if;";

/** The statements that create the table and its functions. */
export function createStore(schema: string): string {
  const s = `"${schema}"`;
  return `create table if not exists ${s}.owner_states (
  key text primary key,
  token bigint not null,
  json json,
  bytes bytea
);
create or replace function ${s}.owner_load(of_key text, of_token bigint, out loaded boolean, out json text, out hex text)
${BODY}
begin
  ${DURABLE}
  insert into ${s}.owner_states as o (key, token) values (of_key, of_token)
    on conflict (key) do update set token = excluded.token where o.token <= excluded.token
    returning o.json::text, encode(o.bytes, 'hex') into json, hex;
  loaded := found;
end
$body$;
create or replace function ${s}.owner_save(of_key text, of_token bigint, of_json text, of_bytes bytea) returns boolean
${BODY}
begin
  ${DURABLE}
  insert into ${s}.owner_states as o (key, token, json, bytes) values (of_key, of_token, of_json::json, of_bytes)
    on conflict (key) do update set token = excluded.token, json = excluded.json, bytes = excluded.bytes
    where o.token <= excluded.token;
  return found;
end
$body$;`;
}
