/**
 * One connection with the server, which notices when the server no longer does anything.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { withinTime } from "../../base/within_time.ts";
import type { PostgresClient, PostgresQuery, PostgresResult } from "./client.ts";

/** How often a connection is checked. */
const PERIOD_MS = 800;
/**
 * After how many periods without a sign of life the server is considered gone: silence is noticed after four seconds.
 * Periods are counted, not time, so that a program that was busy for seconds does not blame the server.
 */
const MAX_SILENT_PERIODS = 4;
/** How long a socket may take to close. */
const CLOSE_MS = 1000;
const PING = { text: "select 1" };

/** A connection. */
export class Connection {
  /** Resolves when the connection is over, with the reason. */
  readonly lost: Promise<Error>;
  readonly #lost = Promise.withResolvers<Error>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #client: PostgresClient;
  readonly #heartbeat = new Alarm(() => this.#beat());
  #isOpen = true;
  /** Statements that are under way or wait. The client is given one at a time. */
  #statements = 0;
  #last: Promise<unknown> = Promise.resolve();
  #silentPeriods = 0;

  /** Creates a connection that is not open yet. */
  constructor(client: PostgresClient) {
    this.#client = client;
    this.lost = this.#lost.promise;
    client.on("error", (error) => this.lose(error)); // without a listener the error would end the program
    client.on("end", () => {
      this.#closed.resolve();
      this.lose(new Error("the server closed the connection"));
    });
  }

  /**
   * Connects.
   *
   * @throws {Error} If that fails, or the connection is closed meanwhile.
   */
  async open(): Promise<void> {
    // The promise of a client that is ended while it connects never settles.
    const failed = this.lost.then((error): never => {
      throw error;
    });
    await Promise.race([this.#client.connect(), failed]);
  }

  /** Checks from now on that the server is alive. */
  watch(): void {
    if (this.#isOpen) this.#heartbeat.set(PERIOD_MS);
  }

  /** Calls `receive` with each message of `NOTIFY`. */
  onNotification(receive: (channel: string, payload: string) => void): void {
    this.#client.on("notification", ({ channel, payload }) => {
      this.#silentPeriods = 0;
      if (this.#isOpen) receive(channel, payload ?? "");
    });
  }

  /**
   * Runs a statement, after those before it.
   *
   * @throws {Error} If it fails, or the connection is lost.
   */
  async query(query: PostgresQuery): Promise<PostgresResult> {
    this.#assertOpen();
    this.#statements++;
    const turn = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = done.promise;
    try {
      await turn;
      this.#assertOpen();
      const result = await this.#client.query(query);
      this.#silentPeriods = 0;
      return result;
    } finally {
      this.#statements--;
      done.resolve();
    }
  }

  /** Ends the connection at once. What was under way fails. */
  lose(error: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#heartbeat.clear();
    this.#client.end().catch(() => {});
    this.#client.connection?.stream.destroy(); // end() would wait for a server that does not answer
    this.#lost.resolve(error);
  }

  /** Ends the connection, and waits until its socket is closed. A client that never had one does not report it. */
  async close(): Promise<void> {
    this.lose(new Error("the adapter was stopped"));
    await withinTime(this.#closed.promise, CLOSE_MS, () => new Error("late")).catch(() => {});
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new Error("the connection was closed");
  }

  #beat(): void {
    if (this.#silentPeriods >= MAX_SILENT_PERIODS) return this.lose(new Error("the server does not reply"));
    this.#silentPeriods++;
    if (this.#statements === 0) this.query(PING).catch((error) => this.lose(error));
    this.#heartbeat.set(PERIOD_MS);
  }
}
