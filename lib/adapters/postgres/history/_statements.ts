/**
 * The statements of the history.
 *
 * @module
 */

import type { Retention } from "../../../history/retention.ts";
import type { PostgresQuery } from "../client.ts";

/** A message that waits to be numbered. */
export interface Publication {
  /** The name of its topic in the tables. */
  readonly name: string;
  /** Its envelope in base64url. */
  readonly envelope: string;
  /** Its idempotency key, encoded; empty if it has none. */
  readonly key: string;
  /** How much of its topic is kept. */
  readonly keep: Retention;
}

/** Above this, and for `Infinity`, a limit is none. PostgreSQL adds to it. */
const NO_LIMIT = 2 ** 50;

/** What the history sends to the server. Texts with commas, because the client has no faster way for many values. */
export class HistoryStatements {
  readonly #schema: string;
  readonly #publish: string;
  readonly #read: string;

  /** Prepares the statements for the tables of `schema`. */
  constructor(schema: string) {
    const s = this.#schema = `"${schema}"`;
    this.#publish = `select m.n, p.kept_epoch as epoch, p.kept_number as number
from unnest(string_to_array($2, ','), string_to_array($3, ','), string_to_array($4, ','),
  string_to_array($5, ',')::bigint[], string_to_array($6, ',')::bigint[], string_to_array($7, ',')::bigint[])
  with ordinality as m (name, envelope, key, max_messages, max_age_ms, max_bytes, n),
lateral ${s}.history_publish(m.name, m.envelope, nullif(m.key, ''), m.max_messages, m.max_age_ms, m.max_bytes) p
where statement_timestamp() < to_timestamp($1)`;
    const nowMs = "(extract(epoch from statement_timestamp()) * 1000)::bigint";
    this.#read = `select t.epoch, t.top, page.*,
  t.run = ${s}.history_run() and (t.dropped < t.top or t.due_ms > ${nowMs} + 1800000) as "isGood",
  coalesce((
    select number - 1 from ${s}.history_messages
    where topic_id = t.id and number > t.first and at_ms >= ${nowMs} - $4::bigint order by number limit 1
  ), t.top) as "completeFrom"
from (select *, greatest(dropped, top - $3::bigint) as first from ${s}.history_topics where topic = $1) as t, lateral (
  select string_agg(number::text, ',') as numbers, string_agg(at_ms::text, ',') as times,
    string_agg(envelope, ',') as envelopes
  from (
    select * from ${s}.history_messages
    where $2::bigint is not null and topic_id = t.id and number > greatest(t.first, $2::bigint)
      and at_ms >= ${nowMs} - $4::bigint and envelope is not null
    order by number
  ) as m
) as page`;
  }

  /** Numbers messages, in this order. Those whose server gets the statement after `deadlineMs` have no row. */
  publish(batch: readonly Publication[], deadlineMs: number): PostgresQuery {
    const joined = (value: (publication: Publication) => string | number) => batch.map(value).join(",");
    const values = [
      deadlineMs / 1000,
      joined(({ name }) => name),
      joined(({ envelope }) => envelope),
      joined(({ key }) => key),
      joined(({ keep }) => limit(keep.maxMessages)),
      joined(({ keep }) => limit(keep.maxAgeMs)),
      joined(({ keep }) => limit(keep.maxBytes)),
    ];
    return { name: "urvogel_history_publish", text: this.#publish, values };
  }

  /** Reads what is kept of a topic after a number; `undefined` for none of it. */
  read(name: string, after: number | undefined, { maxMessages, maxAgeMs }: Retention): PostgresQuery {
    const values = [name, after ?? null, limit(maxMessages), limit(maxAgeMs)];
    return { name: "urvogel_history_read", text: this.#read, values };
  }

  /** Reads some messages of a topic: `number` and `envelope`. */
  fetch(name: string, epoch: string, numbers: readonly number[]): PostgresQuery {
    const text = `select m.number, m.envelope from ${this.#schema}.history_topics t
join ${this.#schema}.history_messages m on m.topic_id = t.id
where t.topic = $1 and t.epoch = $2 and m.number = any(string_to_array($3, ',')::bigint[]) and m.envelope is not null`;
    return { text, values: [name, epoch, numbers.join(",")] };
  }

  /** Creates a topic, or begins another epoch if it may have lost messages, or keeps it for an hour. */
  open(name: string): PostgresQuery {
    return { text: `select ${this.#schema}.history_open($1)`, values: [name] };
  }

  /** Keeps topics for an hour. */
  touch(names: readonly string[]): PostgresQuery {
    return { text: `select ${this.#schema}.history_touch(string_to_array($1, ','))`, values: [names.join(",")] };
  }

  /** Removes what is too old. */
  sweep(): PostgresQuery {
    return { text: `select ${this.#schema}.history_sweep()` };
  }

  /** Deletes one message, or all of any epoch. Returns their number in the column `count`. */
  erase(name: string, position: { readonly epoch: string; readonly offset: number } | undefined): PostgresQuery {
    const values = [name, position?.epoch ?? null, position?.offset ?? null];
    return { text: `select ${this.#schema}.history_erase($1, $2, $3) as count`, values };
  }

  /** Replaces the routes: as they were declared, and those that SQL can match. */
  declare(declared: string, forSql: string): PostgresQuery {
    const text = `insert into ${this.#schema}.history_routes as r (declared, for_sql) values ($1, $2::jsonb)
on conflict (is_only) do update set declared = excluded.declared, for_sql = excluded.for_sql
where r.declared <> excluded.declared`;
    return { text, values: [declared, forSql] };
  }

  /** Reads the routes, in the column `declared`. */
  routes(): PostgresQuery {
    return { text: `select declared from ${this.#schema}.history_routes` };
  }
}

function limit(value: number): number {
  return Math.min(Math.floor(value), NO_LIMIT);
}
