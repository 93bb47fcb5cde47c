/**
 * The tables and functions of the history, as SQL.
 *
 * | table | a row |
 * | --- | --- |
 * | `history_topics` | a topic: its epoch, the last number (`top`), the last number that is gone (`dropped`) |
 * | `history_messages` | a message. Each number after `dropped` has a row; that of a deleted message has no envelope |
 * | `history_routes` | the only one: which topics have history |
 * | `history_outbox` | a broadcast of SQL, until its transaction commits |
 *
 * Whoever changes a topic holds the lock of its row until the commit, so that numbers, messages and notifications have
 * one order. Several topics are locked in the order of their names.
 *
 * @module
 */

/** What a message takes beside its envelope, about. */
const OVERHEAD_BYTES = 200;
/** How long a topic without messages is kept, unless somebody uses it. Due times are rounded: their index costs less. */
const QUIET_MS = 3_600_000;
const ROUND_MS = 60_000;
/** How many topics one call cleans up. */
const SWEPT = 500;
/** The largest notification, in letters. */
const MAX_LETTERS = 7900;

/** When a topic without messages goes that is used now. */
const QUIET_UNTIL = `((now_ms + ${QUIET_MS}) / ${ROUND_MS} + 1) * ${ROUND_MS}`;
const BODY = "language plpgsql set search_path = pg_catalog, pg_temp as $body$";

/** Returns the channel on which kept messages are announced. */
export function historyChannel(schema: string): string {
  return `${schema}.history`;
}

/** The statements that create tables and functions. */
export function createHistory(schema: string): string {
  const s = `"${schema}"`;
  return [tables(s), clock(s), lock(s), publish(s, historyChannel(schema)), open(s), erase(s), sweep(s)].join("\n");
}

function tables(s: string): string {
  return `create table if not exists ${s}.history_topics (
  id bigint generated always as identity primary key,
  topic text not null unique,
  run text not null,
  epoch text not null,
  top bigint not null default 0,
  dropped bigint not null default 0,
  bytes bigint not null default 0,
  due_ms bigint not null
) with (fillfactor = 50);
create index if not exists history_due on ${s}.history_topics (due_ms);
create table if not exists ${s}.history_messages (
  topic_id bigint not null,
  number bigint not null,
  at_ms bigint not null,
  bytes int not null,
  key text,
  envelope text,
  primary key (topic_id, number)
);
alter table ${s}.history_messages alter column envelope set storage external;
create index if not exists history_key on ${s}.history_messages (topic_id, key) where key is not null;
create table if not exists ${s}.history_routes (
  is_only boolean primary key default true check (is_only),
  declared text not null,
  for_sql jsonb not null
);`;
}

/**
 * `history_run` names what may lose numbers: another cluster, a table that was restored, a standby that took over, and
 * without fsync each restart. It is asked in the statement: a node could be wrong about it.
 */
function clock(s: string): string {
  return `create or replace function ${s}.history_now_ms() returns bigint language sql volatile as
$body$ select floor(extract(epoch from clock_timestamp()) * 1000)::bigint $body$;
create or replace function ${s}.history_run() returns text language sql stable as $body$
  select system_identifier || '.' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '.'
    || '${s}.history_topics'::regclass::oid
    || case current_setting('fsync') when 'off' then '.' || extract(epoch from pg_postmaster_start_time()) else '' end
  from pg_control_system()
$body$;`;
}

/** Locks a topic, and begins another epoch if there is none or it may have lost numbers. What commits is on the disk. */
function lock(s: string): string {
  return `create or replace function ${s}.history_lock(of_topic text) returns ${s}.history_topics ${BODY}
declare
  t ${s}.history_topics;
  now_ms bigint := ${s}.history_now_ms();
  current_run text := ${s}.history_run();
  new_epoch text := substr(replace(gen_random_uuid()::text, '-', ''), 1, 12);
begin
  if current_setting('synchronous_commit') = 'off' then perform set_config('synchronous_commit', 'on', true); end if;
  loop
    select * into t from ${s}.history_topics where topic = of_topic for update;
    exit when found;
    insert into ${s}.history_topics (topic, run, epoch, due_ms)
      values (of_topic, current_run, new_epoch, ${QUIET_UNTIL}) on conflict do nothing;
  end loop;
  if t.run <> current_run then
    delete from ${s}.history_messages where topic_id = t.id;
    update ${s}.history_topics set run = current_run, epoch = new_epoch, top = 0, dropped = 0, bytes = 0
      where id = t.id returning * into t;
  end if;
  return t;
end
$body$;`;
}

/** Numbers, keeps and announces a message. One with a key that is kept already gets the number of the first. */
function publish(s: string, channel: string): string {
  return `create or replace function ${s}.history_publish(of_topic text, message text, message_key text,
  max_messages bigint, max_age_ms bigint, max_bytes bigint, out kept_epoch text, out kept_number bigint) ${BODY}
declare
  t ${s}.history_topics := ${s}.history_lock(of_topic);
  now_ms bigint := ${s}.history_now_ms();
  size int := length(message) * 3 / 4 + ${OVERHEAD_BYTES};
  gone bigint := t.dropped;
  m record;
  head text;
begin
  kept_epoch := t.epoch;
  if message_key is not null then
    select number into kept_number from ${s}.history_messages where topic_id = t.id and key = message_key
      and number > greatest(t.dropped, t.top - max_messages) and at_ms >= now_ms - max_age_ms;
    if found then return; end if;
  end if;
  t.top := t.top + 1;
  t.bytes := t.bytes + size;
  kept_number := t.top;
  insert into ${s}.history_messages (topic_id, number, at_ms, bytes, key, envelope)
    values (t.id, t.top, now_ms, size, message_key, message);
  while t.dropped < t.top loop
    select at_ms, bytes into m from ${s}.history_messages where topic_id = t.id and number = t.dropped + 1;
    exit when found and t.top - t.dropped <= max_messages and m.at_ms >= now_ms - max_age_ms
      and (t.bytes <= max_bytes or t.dropped + 1 = t.top);
    t.dropped := t.dropped + 1;
    t.bytes := t.bytes - coalesce(m.bytes, 0);
  end loop;
  if t.dropped > gone then
    delete from ${s}.history_messages where topic_id = t.id and number > gone and number <= t.dropped;
  end if;
  update ${s}.history_topics set top = t.top, dropped = t.dropped, bytes = t.bytes,
    due_ms = ((now_ms + max_age_ms) / ${ROUND_MS} + 1) * ${ROUND_MS} where id = t.id;
  head := of_topic || ' ' || t.epoch || ' ' || t.top || ' ' || now_ms || ' ';
  perform pg_notify('${channel}', case when length(head) + length(message) > ${MAX_LETTERS} then head
    else head || message end);
end
$body$;`;
}

/** `history_open` creates or renews a topic; `history_touch` keeps those that have members but no messages. */
function open(s: string): string {
  return `create or replace function ${s}.history_open(of_topic text) returns void ${BODY}
declare
  t ${s}.history_topics := ${s}.history_lock(of_topic);
  now_ms bigint := ${s}.history_now_ms();
begin
  update ${s}.history_topics set due_ms = greatest(due_ms, ${QUIET_UNTIL}) where id = t.id;
end
$body$;
create or replace function ${s}.history_touch(topics text[]) returns void ${BODY}
declare
  now_ms bigint := ${s}.history_now_ms();
begin
  update ${s}.history_topics set due_ms = ${QUIET_UNTIL} where id in (
    select id from ${s}.history_topics where topic = any(topics) and dropped = top and due_ms < now_ms + ${QUIET_MS / 2}
    for update skip locked);
end
$body$;`;
}

/** Deletes one message or all. Their numbers and keys stay used. */
function erase(s: string): string {
  return `create or replace function ${s}.history_erase(of_topic text, of_epoch text, of_number bigint)
returns bigint ${BODY}
declare
  t ${s}.history_topics;
  freed bigint;
  erased bigint;
begin
  if not exists (select from ${s}.history_topics where topic = of_topic) then return 0; end if;
  t := ${s}.history_lock(of_topic);
  if t.epoch <> of_epoch then return 0; end if;
  select sum(bytes - ${OVERHEAD_BYTES}), count(*) into freed, erased from ${s}.history_messages
    where topic_id = t.id and number = coalesce(of_number, number) and envelope is not null;
  update ${s}.history_messages set envelope = null, bytes = ${OVERHEAD_BYTES}
    where topic_id = t.id and number = coalesce(of_number, number) and envelope is not null;
  update ${s}.history_topics set bytes = bytes - coalesce(freed, 0) where id = t.id;
  return erased;
end
$body$;`;
}

/** Removes what is due: first the messages of a topic, which are all too old, and an hour later the topic. */
function sweep(s: string): string {
  return `create or replace function ${s}.history_sweep() returns void ${BODY}
declare
  t ${s}.history_topics;
  now_ms bigint := ${s}.history_now_ms();
begin
  for t in select * from ${s}.history_topics where due_ms < now_ms order by due_ms limit ${SWEPT}
    for update skip locked
  loop
    delete from ${s}.history_messages where topic_id = t.id;
    if t.dropped < t.top then
      update ${s}.history_topics set dropped = top, bytes = 0, due_ms = ${QUIET_UNTIL} where id = t.id;
    else
      delete from ${s}.history_topics where id = t.id;
    end if;
  end loop;
end
$body$;`;
}
