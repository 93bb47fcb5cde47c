/**
 * The tables and functions of owners, as SQL.
 *
 * | table | a row |
 * | --- | --- |
 * | `owner_sessions` | a session: its node, and when it ends; `-infinity` if it was seen ended, which is final |
 * | `owner_keys` | a key: the session that owns it, if any, and the last token |
 * | `owner_state` | the only one: `run`, which may be told apart from one that lost something; when keys may be taken |
 *
 * A key belongs to its session as long as that exists. Whoever takes a key of a session that has ended first locks the row
 * of the session, so a renewal that is under way counts, and a later one finds that it has ended.
 *
 * @module
 */

/** How many keys one call removes. */
const SWEPT = 1000;

const BODY = "language plpgsql set search_path = pg_catalog, pg_temp as $body$";
const NOW_US = "floor(extract(epoch from clock_timestamp()) * 1000000)::bigint";

/** The names of the tables, with that of the store. */
export const OWNER_TABLES = ["owner_sessions", "owner_keys", "owner_state", "owner_states"] as const;

/** The statements that create tables and functions. */
export function createOwners(schema: string): string {
  const s = `"${schema}"`;
  return [tables(s), check(s), open(s), renew(s), claim(s), close(s), sweep(s)].join("\n");
}

function tables(s: string): string {
  return `create table if not exists ${s}.owner_sessions (
  id text primary key,
  node text not null,
  ends_at timestamptz not null
) with (fillfactor = 50);
create table if not exists ${s}.owner_keys (
  key text primary key,
  session text,
  token bigint not null
) with (fillfactor = 80);
create index if not exists owner_keys_session on ${s}.owner_keys (session);
create table if not exists ${s}.owner_state (
  is_only boolean primary key default true check (is_only),
  run text not null,
  keys_from timestamptz not null,
  last_gone bigint not null default 0,
  longest interval not null
);`;
}

/**
 * Ends all sessions if some may have been lost: the tables are new or restored, a standby took over, a server without fsync
 * has restarted. Nobody gets a key before those that were lost have noticed. Returns when keys may be taken.
 */
function check(s: string): string {
  return `create or replace function ${s}.owner_check(of_ms bigint) returns timestamptz ${BODY}
declare
  current_run text := ${s}.history_run();
  t ${s}.owner_state;
  ttl interval := of_ms * interval '1 millisecond';
begin
  if current_setting('synchronous_commit') = 'off' then perform set_config('synchronous_commit', 'on', true); end if;
  select * into t from ${s}.owner_state;
  if t.run = current_run and t.longest >= ttl then return t.keys_from; end if;
  insert into ${s}.owner_state (run, keys_from, longest) values (current_run, clock_timestamp() + ttl, ttl)
    on conflict do nothing;
  select * into t from ${s}.owner_state for update;
  if t.run <> current_run then
    update ${s}.owner_sessions set ends_at = '-infinity';
    t.keys_from := clock_timestamp() + greatest(t.longest, ttl);
  end if;
  update ${s}.owner_state set run = current_run, keys_from = t.keys_from, longest = greatest(longest, ttl);
  return t.keys_from;
end
$body$;`;
}

function open(s: string): string {
  return `create or replace function ${s}.owner_open(session text, node text, ttl_ms bigint) returns void ${BODY}
begin
  perform ${s}.owner_check(ttl_ms);
  insert into ${s}.owner_sessions (id, node, ends_at)
    values (session, node, clock_timestamp() + ttl_ms * interval '1 millisecond');
end
$body$;`;
}

function renew(s: string): string {
  return `create or replace function ${s}.owner_renew(session text, ttl_ms bigint) returns boolean ${BODY}
begin
  perform ${s}.owner_check(ttl_ms);
  update ${s}.owner_sessions set ends_at = clock_timestamp() + ttl_ms * interval '1 millisecond'
    where id = session and ends_at > clock_timestamp();
  return found;
end
$body$;`;
}

/**
 * Returns the owner of a key, or for how long nobody gets it; nothing if the session has ended. The row of the own session
 * is locked so that it is not removed before the key is there to be removed with it.
 */
function claim(s: string): string {
  return `create or replace function ${s}.owner_claim(of_session text, of_key text, ttl_ms bigint,
  out owner text, out owner_token bigint, out wait_ms bigint) ${BODY}
declare
  keys_from timestamptz := ${s}.owner_check(ttl_ms);
  k ${s}.owner_keys;
begin
  perform from ${s}.owner_sessions where id = of_session and ends_at > clock_timestamp() for key share;
  if not found then return; end if;
  if keys_from > clock_timestamp() then
    wait_ms := ceil(extract(epoch from keys_from - clock_timestamp()) * 1000);
    return;
  end if;
  loop
    select * into k from ${s}.owner_keys where key = of_key for update;
    exit when found;
    insert into ${s}.owner_keys (key, token) values (of_key, 0) on conflict do nothing;
  end loop;
  owner := k.session;
  owner_token := k.token;
  if k.session is not null then
    update ${s}.owner_sessions set ends_at = '-infinity' where id = k.session and ends_at <= clock_timestamp();
    perform from ${s}.owner_sessions where id = k.session and ends_at > '-infinity';
    if found then return; end if;
  end if;
  owner := of_session;
  owner_token := greatest(${NOW_US}, k.token + 1, (select last_gone + 1 from ${s}.owner_state));
  update ${s}.owner_keys set session = owner, token = owner_token where key = of_key;
end
$body$;`;
}

function close(s: string): string {
  return `create or replace function ${s}.owner_close(session text) returns void ${BODY}
begin
  update ${s}.owner_sessions set ends_at = '-infinity' where id = session;
end
$body$;`;
}

/** Removes free keys, and those of a session that has ended. The highest token of them is remembered. */
function sweep(s: string): string {
  const remove = (condition: string) =>
    `with gone as (
    delete from ${s}.owner_keys where ctid = any(array(
      select ctid from ${s}.owner_keys where ${condition} limit ${SWEPT} for update skip locked
    )) returning token
  ) update ${s}.owner_state set last_gone = greatest(last_gone, (select max(token) from gone))
    where exists (select from gone);`;
  return `create or replace function ${s}.owner_sweep() returns void ${BODY}
declare
  ended text;
begin
  if current_setting('synchronous_commit') = 'off' then perform set_config('synchronous_commit', 'on', true); end if;
  ${remove("session is null")}
  select id into ended from ${s}.owner_sessions where ends_at <= clock_timestamp() limit 1 for update skip locked;
  if not found then return; end if;
  update ${s}.owner_sessions set ends_at = '-infinity' where id = ended;
  ${remove("session = ended")}
  if not exists (select from ${s}.owner_keys where session = ended) then
    delete from ${s}.owner_sessions where id = ended;
  end if;
end
$body$;`;
}
