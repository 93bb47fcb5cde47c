/**
 * What the history does with the connections of one session.
 *
 * @module
 */

import { Alarm } from "../../../base/alarm.ts";
import type { Position } from "../../../history/position.ts";
import type { PostgresQuery, PostgresResult } from "../client.ts";
import type { Connection } from "../_connection.ts";
import { HistoryPublisher } from "./_history_publisher.ts";
import type { HistoryStatements, Publication } from "./_statements.ts";
import { historyChannel } from "./_tables.ts";
import type { ServerClock } from "../_server_clock.ts";

const SWEEP_MS = 30_000;

/** What it is made of. */
export interface HistorySessionParts {
  readonly listener: Connection;
  readonly sender: Connection;
  readonly clock: ServerClock;
  readonly schema: string;
  readonly maxBytesWaiting: number;
}

/** What the history of a node does in each session. */
export interface HistoryUser {
  /** The statements. */
  readonly statements: HistoryStatements;
  /** Receives a notification. Returns `false` if it is malformed. */
  receive(text: string): boolean;
  /** The topics that are in use on this node, by their names. */
  names(): readonly string[];
  /** Called when a session has opened. Rejects if that is over already. */
  opened(): Promise<void>;
}

/** The history during one session. Begins when it is used. */
export class HistorySession {
  /** Receives notifications. */
  readonly receive: (text: string) => boolean;
  readonly #parts: HistorySessionParts;
  readonly #user: HistoryUser;
  readonly #publisher: HistoryPublisher;
  readonly #sweep = new Alarm(() => void this.#sweepUp());
  #listening: Promise<unknown> | undefined;
  #isOver = false;

  /** Cleans up from now on. */
  constructor(parts: HistorySessionParts, user: HistoryUser) {
    const { sender, clock, maxBytesWaiting } = parts;
    this.#parts = parts;
    this.#user = user;
    this.#publisher = new HistoryPublisher(sender, clock, user.statements, maxBytesWaiting);
    this.receive = (text) => user.receive(text);
    this.#sweep.set(SWEEP_MS);
  }

  /** Runs a statement. */
  async query(query: PostgresQuery): Promise<PostgresResult> {
    return await this.#parts.sender.query(query);
  }

  /** Numbers a message. See {@linkcode HistoryPublisher.publish}. */
  publish(publication: Publication, what: string): Promise<Position> {
    return this.#publisher.publish(publication, what);
  }

  /** Resolves when everything that is announced from now on arrives. */
  async listen(): Promise<void> {
    this.#listening ??= this.#parts.listener.query({ text: `listen "${historyChannel(this.#parts.schema)}"` });
    await this.#listening;
  }

  /** Waits until everything that was published is kept, or the session is over. */
  async flushed(): Promise<void> {
    await this.#publisher.flushed();
  }

  /** Ends the session with its connections. */
  lose(error: Error): void {
    this.#parts.sender.lose(error);
  }

  /** Stops cleaning up: the session is over. */
  end(): void {
    this.#isOver = true;
    this.#sweep.clear();
  }

  async #sweepUp(): Promise<void> {
    const { statements } = this.#user;
    try {
      const names = this.#user.names();
      if (names.length > 0) await this.query(statements.touch(names));
      await this.query(statements.sweep());
      if (!this.#isOver) this.#sweep.set(SWEEP_MS);
    } catch (thrown) {
      this.lose(thrown instanceof Error ? thrown : new Error("Cannot remove old messages"));
    }
  }
}
