/**
 * How SQL numbers broadcasts, as SQL: they wait in a table until their transaction commits, so that nobody waits for the
 * lock of a topic while somebody else's transaction goes on.
 *
 * @module
 */

import { DISCONNECT, HISTORY_STATE, PRESENCE_COUNT, PRESENCE_DIFF, PRESENCE_STATE } from "../../../protocol/events.ts";

const NEVER_NUMBERED = [DISCONNECT, HISTORY_STATE, PRESENCE_STATE, PRESENCE_DIFF, PRESENCE_COUNT];

/** The longest topic, in bytes, that is not named by its hash: as `encodeTopic` has it. */
const MAX_TOPIC_BYTES = 96;

/** The statements that create the table and its functions. */
export function createOutbox(schema: string): string {
  const s = `"${schema}"`;
  return `${table(s)}\n${keepFor(s)}\n${topicName(s)}\n${number(s)}`;
}

/** Returns base64url of a `bytea`. */
export function base64url(bytes: string): string {
  return `translate(encode(${bytes}, 'base64'), E'+/=\\n', '-_')`;
}

function table(s: string): string {
  return `create unlogged table if not exists ${s}.history_outbox (
  id bigint generated always as identity,
  tx xid8 not null default pg_current_xact_id(),
  topic text not null,
  envelope text not null,
  keep jsonb not null
);
create index if not exists history_outbox_tx on ${s}.history_outbox (tx);`;
}

/** Returns how much is kept of a topic; null if broadcasts of this event are not numbered. The first route counts. */
function keepFor(s: string): string {
  const never = NEVER_NUMBERED.map((event) => `'${event}'`).join(", ");
  return `create or replace function ${s}.history_keep(of_topic text, of_event text) returns jsonb language sql stable
as $body$
  select case when route -> 'exclude' ? of_event or of_event in (${never}) then null else route -> 'keep' end
  from ${s}.history_routes, jsonb_array_elements(for_sql) with ordinality as routes (route, place)
  where case when right(route ->> 'pattern', 1) = '*' then starts_with(of_topic, left(route ->> 'pattern', -1))
    else of_topic = route ->> 'pattern' end
  order by place limit 1
$body$;`;
}

/** As `nameOf` in _rows.ts. */
function topicName(s: string): string {
  return `create or replace function ${s}.history_topic(topic text) returns text language sql immutable as $body$
  select case when topic = '' then '~' when length(bytes) <= ${MAX_TOPIC_BYTES} then ${base64url("bytes")}
    else '~' || ${base64url("sha256(bytes)")} end
  from convert_to(topic, 'UTF8') as utf8 (bytes)
$body$;`;
}

/** The first row of a transaction numbers all of them, in the order in which nodes lock topics. */
function number(s: string): string {
  return `create or replace function ${s}.history_number() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  m ${s}.history_outbox;
begin
  for m in with taken as (delete from ${s}.history_outbox where tx = pg_current_xact_id() returning *)
    select * from taken order by topic collate "C", id
  loop
    perform ${s}.history_publish(m.topic, m.envelope, null, (m.keep ->> 'maxMessages')::bigint,
      (m.keep ->> 'maxAgeMs')::numeric::bigint, (m.keep ->> 'maxBytes')::numeric::bigint);
  end loop;
  return null;
end
$body$;
do $body$ begin
  if not exists (select from pg_trigger where tgrelid = '${s}.history_outbox'::regclass and tgname = 'history_number')
  then
    create constraint trigger history_number after insert on ${s}.history_outbox
      deferrable initially deferred for each row execute function ${s}.history_number();
  end if;
end $body$;`;
}
