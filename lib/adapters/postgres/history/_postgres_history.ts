/**
 * The history engine on PostgreSQL: messages are rows, numbered by the lock of their topic's row, and announced with
 * `NOTIFY` in the same transaction.
 *
 * @module
 */

import { quoted } from "../../../base/printable.ts";
import type { HistoryEngine, HistoryPage, HistoryRoute, Stored, Unnumbered } from "../../../history/engine.ts";
import type { Position } from "../../../history/position.ts";
import type { Retention } from "../../../history/retention.ts";
import { decodeRoutes, encodeRoutes } from "../../../history/route_codec.ts";
import { BusDownError } from "../../../pubsub/errors.ts";
import { encodeTopic } from "../../../pubsub/subject.ts";
import { encodeMessage, nameOf, readAnnouncement, readPage, topicNameOf } from "./_rows.ts";
import type { HistorySession, HistoryUser } from "./_history_session.ts";
import { HistoryStatements } from "./_statements.ts";
import { HistorySubscription } from "./_subscription.ts";

/** Numbers and keeps messages, in whichever session is open. Does nothing in the database until it is used. */
export class PostgresHistory implements HistoryEngine, HistoryUser {
  readonly tailSize = 128;
  /** The statements. */
  readonly statements: HistoryStatements;
  readonly #session: () => HistorySession | undefined;
  readonly #subscriptions = new Map<string, HistorySubscription>(); // by the name of the topic
  readonly #listeners = new Set<() => void>();

  /** Creates the engine. `session` returns that which is open. */
  constructor(schema: string, session: () => HistorySession | undefined) {
    this.statements = new HistoryStatements(schema);
    this.#session = session;
  }

  publish(topic: string, message: Unnumbered, keep: Retention): Promise<Position> {
    const what = `publish to ${quoted(topic)}`;
    const session = this.#required(what);
    const key = message.key === undefined ? "" : encodeTopic(message.key);
    return session.publish({ name: nameOf(topic), envelope: encodeMessage(topic, message), key, keep }, what);
  }

  async subscribe(topic: string, _keep: Retention, live: (message: Stored) => void): Promise<void> {
    const session = this.#required(`subscribe to ${quoted(topic)}`);
    const name = nameOf(topic);
    const read = (epoch: string, numbers: readonly number[]) => this.#envelopes(name, epoch, numbers);
    this.#subscriptions.get(name)?.stop();
    this.#subscriptions.set(name, new HistorySubscription(topic, live, read));
    await session.listen();
  }

  unsubscribe(topic: string): void {
    const name = nameOf(topic);
    this.#subscriptions.get(name)?.stop();
    this.#subscriptions.delete(name);
  }

  async read(topic: string, after: number | undefined, keep: Retention): Promise<HistoryPage> {
    const session = this.#required(`read the history of ${quoted(topic)}`);
    const name = nameOf(topic);
    const statement = this.statements.read(name, after, keep);
    const page = readPage(topic, await session.query(statement));
    if (page) return page;
    await session.query(this.statements.open(name));
    const opened = readPage(topic, await session.query(statement));
    if (!opened) throw new Error(`Cannot read the history of ${quoted(topic)}: it was removed meanwhile`);
    return opened;
  }

  onReconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async delete(topic: string, position: Position): Promise<boolean> {
    return await this.#erase(topic, position) > 0;
  }

  async clear(topic: string): Promise<void> {
    await this.#erase(topic, undefined);
  }

  async declare(routes: readonly HistoryRoute[]): Promise<void> {
    const forSql = encodeRoutes(routes.filter(({ pattern }) => isSqlText(pattern)).map(withSqlTexts));
    await this.#required("declare routes").query(this.statements.declare(encodeRoutes(routes), forSql));
  }

  async routes(): Promise<readonly HistoryRoute[]> {
    const { rows: [row] } = await this.#required("read routes").query(this.statements.routes());
    return row ? decodeRoutes(String(row.declared)) : [];
  }

  /** Listeners are called for the first session as well: what was tried before it failed. */
  async opened(): Promise<void> {
    if (this.#subscriptions.size > 0) await this.#session()?.listen();
    for (const listener of this.#listeners) listener();
  }

  receive(text: string): boolean {
    const name = topicNameOf(text);
    const subscription = this.#subscriptions.get(name);
    if (!subscription) return true;
    const announcement = readAnnouncement(text, name);
    return announcement !== undefined && subscription.receive(announcement);
  }

  names(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  async #erase(topic: string, position: Position | undefined): Promise<number> {
    const session = this.#required(`delete messages of ${quoted(topic)}`);
    const { rows: [row] } = await session.query(this.statements.erase(nameOf(topic), position));
    return Number(row?.count);
  }

  async #envelopes(name: string, epoch: string, numbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const session = this.#required("read announced messages");
    try {
      const { rows } = await session.query(this.statements.fetch(name, epoch, numbers));
      return new Map(rows.map(({ number, envelope }) => [Number(number), String(envelope)]));
    } catch (thrown) { // announcements are lost, which a new session repairs
      session.lose(thrown instanceof Error ? thrown : new Error("Cannot read announced messages"));
      throw thrown;
    }
  }

  #required(what: string): HistorySession {
    const session = this.#session();
    if (!session) throw new BusDownError(what);
    return session;
  }
}

/** PostgreSQL has no text with U+0000 or half a character, so SQL cannot broadcast to such a topic. */
function isSqlText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function withSqlTexts({ exclude = [], ...route }: HistoryRoute): HistoryRoute {
  return { ...route, exclude: exclude.filter(isSqlText) };
}
