/**
 * Numbers messages in batches: while one statement is under way, the next one grows. Each statement is a transaction, so
 * its messages are kept and announced all or none, and share the wait for the disk.
 *
 * @module
 */

import { BusDownError } from "../../../pubsub/errors.ts";
import { textOf } from "../../../base/printable.ts";
import { MAX_AGE_MS, takeBatch } from "../_batch.ts";
import type { Connection } from "../_connection.ts";
import { sqlStateOf } from "../_failure.ts";
import type { HistoryStatements, Publication } from "./_statements.ts";
import type { Position } from "../../../history/position.ts";
import type { ServerClock } from "../_server_clock.ts";

/** A message with its caller. */
interface Waiting extends Publication {
  /** What is done, for errors. */
  readonly what: string;
  readonly result: PromiseWithResolvers<Position>;
}

/** Numbers the messages of a node, during one session. */
export class HistoryPublisher {
  readonly #connection: Connection;
  readonly #clock: ServerClock;
  readonly #statements: HistoryStatements;
  readonly #maxLetters: number;
  #waiting: Waiting[] = [];
  #letters = 0;
  #sending: Promise<void> | undefined;

  /** Creates a publisher. No more than `maxBytesWaiting` bytes of envelopes may wait. */
  constructor(connection: Connection, clock: ServerClock, statements: HistoryStatements, maxBytesWaiting: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#statements = statements;
    this.#maxLetters = maxBytesWaiting * 4 / 3;
  }

  /**
   * Numbers a message.
   *
   * @param what What is done, for errors.
   * @returns Its position. Rejects if it was not kept, or that is not known.
   * @throws {BusDownError} If too much waits already.
   */
  publish(publication: Publication, what: string): Promise<Position> {
    if (this.#letters + publication.envelope.length > this.#maxLetters) {
      throw new BusDownError(what, { cause: new Error("too many bytes would wait to be sent") });
    }
    const result = Promise.withResolvers<Position>();
    this.#waiting.push({ ...publication, what, result });
    this.#letters += publication.envelope.length;
    this.#sending ??= this.#drain();
    return result.promise;
  }

  /** Waits until nothing is under way, or the connection is lost. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    await undefined; // until the end of this turn, so that its messages travel together
    while (this.#waiting.length > 0) await this.#send(this.#take());
    this.#sending = undefined;
  }

  /** Takes the next messages. All nodes lock topics in one order, or they would wait for each other for ever. */
  #take(): readonly Waiting[] {
    const batch = takeBatch(this.#waiting, ({ envelope }) => envelope.length);
    return batch.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      const { rows } = await this.#connection.query(this.#statements.publish(batch, this.#clock.now() + MAX_AGE_MS));
      if (rows.length !== batch.length) throw new Error("the server received a statement too late");
      for (const { n, epoch, number } of rows) {
        batch[Number(n) - 1]?.result.resolve({ epoch: String(epoch), offset: Number(number) });
      }
    } catch (thrown) {
      this.#fail(batch, thrown);
    }
    for (const { envelope } of batch) this.#letters -= envelope.length;
  }

  /** What the server refuses was not kept. If the connection was lost, nobody knows. */
  #fail(batch: readonly Waiting[], thrown: unknown): void {
    const isRefused = sqlStateOf(thrown) !== undefined;
    const why = thrown instanceof Error ? thrown.message : textOf(thrown);
    for (const { what, result } of batch) {
      result.reject(
        isRefused
          ? new Error(`Cannot ${what}: PostgreSQL refuses: ${why}`)
          : new BusDownError(what, { mayBeDone: true }),
      );
    }
    if (!isRefused) this.#connection.lose(thrown instanceof Error ? thrown : new Error("Cannot publish"));
  }
}
