/**
 * The table and functions of the store, as SQL: `owner_states` has a row for each key, with the state, the highest token
 * that was seen, and the number of the owner's last save. What commits is on the disk.
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
alter table ${s}.owner_states add column if not exists number bigint not null default 0;
create or replace function ${s}.owner_load(of_key text, of_token bigint, out loaded boolean, out json text, out hex text)
${BODY}
begin
  ${DURABLE}
  insert into ${s}.owner_states as o (key, token) values (of_key, of_token)
    on conflict (key) do update set token = excluded.token, number = case o.token when excluded.token then o.number else 0 end
    where o.token <= excluded.token
    returning o.json::text, encode(o.bytes, 'hex') into json, hex;
  loaded := found;
end
$body$;
drop function if exists ${s}.owner_save(text, bigint, text, bytea); -- of version 3, whose nodes call the next one
create or replace function ${s}.owner_save(
  of_key text, of_token bigint, of_json text, of_bytes bytea, of_number bigint default 0
) returns boolean
${BODY}
begin
  ${DURABLE}
  insert into ${s}.owner_states as o (key, token, number, json, bytes)
    values (of_key, of_token, of_number, of_json::json, of_bytes)
    on conflict (key) do update set token = excluded.token, number = excluded.number, json = excluded.json,
      bytes = excluded.bytes
    where (o.token, o.number) <= (excluded.token, excluded.number);
  return found;
end
$body$;`;
}
