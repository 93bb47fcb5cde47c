/**
 * Sends envelopes with `NOTIFY`, in batches: while one statement is under way, the next one grows. `NOTIFY` takes a lock
 * of the whole server when it commits, so that a statement for each envelope would be several times slower.
 *
 * @module
 */

import { encodeBase64url } from "../../base/base64.ts";
import { MAX_AGE_MS, takeBatch } from "./_batch.ts";
import type { PostgresQuery } from "./client.ts";
import type { Connection } from "./_connection.ts";
import { LENGTH_BYTES, MAX_PACK_BYTES, writeEnvelopes, writeSpilled } from "./_notification.ts";
import type { ServerClock } from "./_server_clock.ts";

/** A notification that waits to be sent. */
interface Pack {
  readonly channel: string;
  /** One envelope that is too large for a notification, or several that fit into one. */
  readonly envelopes: Uint8Array[];
  bytes: number;
  /** How many of them nobody sends again. */
  once: number;
}

/** Sends envelopes over one connection, in order. */
export class Publisher {
  readonly #connection: Connection;
  readonly #clock: ServerClock;
  readonly #head: string;
  readonly #send: string;
  readonly #spill: string;
  readonly #maxBytesWaiting: number;
  #waiting: Pack[] = [];
  #bytes = 0;
  #unsent = 0;
  #number = 0;
  #sending: Promise<void> | undefined;

  /** Creates a publisher of the node `nodeName`. */
  constructor(connection: Connection, clock: ServerClock, options: PublisherOptions) {
    this.#connection = connection;
    this.#clock = clock;
    this.#head = `${options.nodeName}/`;
    this.#maxBytesWaiting = options.maxBytesWaiting;
    this.#send = `select pg_notify(channel, payload)
from unnest(string_to_array($2, ','), string_to_array($3, ',')) as n(channel, payload)
where statement_timestamp() < to_timestamp($1)`;
    this.#spill = `with spilled as (
  insert into "${options.schema}".spilled (id, envelope) select id::uuid, envelope
  from unnest(string_to_array($4, ','), string_to_array($5, ',')) as s(id, envelope)
  where statement_timestamp() < to_timestamp($1)
) ${this.#send}`;
  }

  /** The number of envelopes that are not known to be sent, without those that are sent again. */
  get unsent(): number {
    return this.#unsent;
  }

  /**
   * Sends an envelope to those who listen to `channel`.
   *
   * @param isRepeated Whether another one is sent if this one does not arrive.
   * @returns `false` if too many bytes wait already. It is then not sent.
   */
  send(channel: string, envelope: Uint8Array, isRepeated: boolean): boolean {
    if (this.#bytes + envelope.length > this.#maxBytesWaiting) return false;
    const once = isRepeated ? 0 : 1;
    this.#pack(channel, envelope, once);
    this.#bytes += envelope.length;
    this.#unsent += once;
    this.#sending ??= this.#drain();
    return true;
  }

  /** Waits until everything is sent, or the connection is lost. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  #pack(channel: string, envelope: Uint8Array, once: number): void {
    const bytes = LENGTH_BYTES + envelope.length;
    const last = this.#waiting.at(-1);
    if (last?.channel === channel && last.bytes + bytes <= MAX_PACK_BYTES) {
      last.envelopes.push(envelope);
      last.bytes += bytes;
      last.once += once;
    } else this.#waiting.push({ channel, envelopes: [envelope], bytes, once });
  }

  async #drain(): Promise<void> {
    await undefined; // until the end of this turn, so that its broadcasts travel together
    try {
      while (this.#waiting.length > 0) await this.#sendBatch(takeBatch(this.#waiting, sizeOf));
      this.#sending = undefined;
    } catch (thrown) { // and stays "sending": nothing goes out over this connection any more
      this.#waiting = [];
      this.#connection.lose(thrown instanceof Error ? thrown : new Error("Cannot send"));
    }
  }

  async #sendBatch(packs: readonly Pack[]): Promise<void> {
    const { rowCount } = await this.#connection.query(this.#statement(packs));
    if (rowCount !== packs.length) throw new Error("the server received a statement too late");
    for (const { envelopes, once } of packs) {
      this.#unsent -= once;
      for (const envelope of envelopes) this.#bytes -= envelope.length;
    }
  }

  #statement(packs: readonly Pack[]): PostgresQuery {
    const ids: string[] = [];
    const spilled: string[] = [];
    const payloads = packs.map(({ envelopes, bytes }) => {
      const head = `${this.#head}${++this.#number}/`;
      if (bytes <= MAX_PACK_BYTES) return head + writeEnvelopes(envelopes, bytes);
      const [envelope] = envelopes as [Uint8Array];
      const id = crypto.randomUUID();
      ids.push(id);
      spilled.push(encodeBase64url(envelope));
      return head + writeSpilled(id, envelope.length);
    });
    const deadlineS = (this.#clock.now() + MAX_AGE_MS) / 1000;
    const values = [deadlineS, packs.map(({ channel }) => channel).join(","), payloads.join(",")];
    if (ids.length === 0) return { name: "urvogel_send", text: this.#send, values };
    return { name: "urvogel_spill", text: this.#spill, values: [...values, ids.join(","), spilled.join(",")] };
  }
}

function sizeOf({ bytes }: Pack): number {
  return bytes;
}

/** Options for {@linkcode Publisher}. */
export interface PublisherOptions {
  /** The name of this node. */
  readonly nodeName: string;
  /** The name of the schema. */
  readonly schema: string;
  /** How many bytes of envelopes may wait. */
  readonly maxBytesWaiting: number;
}
