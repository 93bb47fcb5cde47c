/**
 * A session: the time during which a node can both send and receive. If one of its two connections is lost, the session
 * is over, and the next one begins with two new ones.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Alarm } from "../../base/alarm.ts";
import { withinTime } from "../../base/within_time.ts";
import type { BusNode } from "../../pubsub/adapter.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import type { PostgresClient, PostgresQuery, PostgresResult } from "./client.ts";
import { Connection } from "./_connection.ts";
import { HistorySession, type HistoryUser } from "./history/_history_session.ts";
import { historyChannel } from "./history/_tables.ts";
import { Inbox } from "./_inbox.ts";
import { prepareDatabase } from "./_prepare.ts";
import { Publisher, type PublisherOptions } from "./_publisher.ts";
import { ServerClock } from "./_server_clock.ts";

/** How often rows are removed and the clock is read. */
const SWEEP_MS = 30_000;
/** How long a notification to itself may take. */
const PROBE_MS = 2000;

/** Options for {@linkcode Session}. */
export interface SessionOptions extends PublisherOptions {
  /** Creates a client that is not connected. */
  readonly createClient: () => PostgresClient;
  /** The name of the server, for messages. */
  readonly label: string;
  /** How long connecting may take. */
  readonly connectTimeoutMs: number;
  /** Numbers and keeps messages in this session, if it is used. */
  readonly history: HistoryUser;
}

/** Two connections: one listens, the other sends. */
export class Session {
  /** Resolves when the session is over, with the reason. */
  readonly lost: Promise<Error>;
  readonly #options: SessionOptions;
  readonly #listener: Connection;
  readonly #sender: Connection;
  readonly #clock = new ServerClock();
  readonly #publisher: Publisher;
  readonly #inbox: Inbox;
  readonly #node: BusNode;
  readonly #sweep = new Alarm(() => void this.#sweepUp());
  readonly #probed = Promise.withResolvers<void>();
  #history: HistorySession | undefined;
  #isOver = false;

  /** Creates a session that is not open yet. */
  constructor(node: BusNode, options: SessionOptions) {
    const { nodeName, schema } = options;
    this.#options = options;
    this.#node = node;
    this.#listener = new Connection(options.createClient());
    this.#sender = new Connection(options.createClient());
    this.#publisher = new Publisher(this.#sender, this.#clock, options);
    this.#inbox = new Inbox(this.#listener, node, nodeName, schema);
    this.#probed.promise.catch(() => {}); // open() may have failed before it waits
    this.lost = Promise.race([this.#listener.lost, this.#sender.lost]).then((error) => this.#end(error));
  }

  /** The history in this session, `undefined` if that is over. It begins when it is asked for. */
  get history(): HistorySession | undefined {
    if (this.#isOver) return undefined;
    return this.#history ??= this.#beginHistory();
  }

  /** Runs a statement, on the connection that sends. */
  query(query: PostgresQuery): Promise<PostgresResult> {
    return this.#sender.query(query);
  }

  /** The number of envelopes that are not known to be sent, without those that are sent again. */
  get unsent(): number {
    return this.#publisher.unsent;
  }

  /**
   * Connects, and receives from then on.
   *
   * @throws {Error} If that fails. The session is then over.
   */
  async open(): Promise<void> {
    const { connectTimeoutMs } = this.#options;
    try {
      await withinTime(this.#open(), connectTimeoutMs, () => new Error(`no reply within ${connectTimeoutMs} ms`));
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  /**
   * Sends an envelope to those who listen to `channel`.
   *
   * @param isRepeated Whether another one is sent if this one does not arrive.
   * @returns `false` if too many bytes wait already.
   */
  send(channel: string, envelope: Uint8Array, isRepeated: boolean): boolean {
    return this.#publisher.send(channel, envelope, isRepeated);
  }

  /** Waits until everything is sent, or the session is over. */
  async flushed(): Promise<void> {
    await Promise.all([this.#publisher.flushed(), this.#history?.flushed()]);
  }

  /** Ends both connections. */
  async close(): Promise<void> {
    await Promise.all([this.#listener.close(), this.#sender.close()]);
  }

  #beginHistory(): HistorySession {
    const parts = { ...this.#options, listener: this.#listener, sender: this.#sender, clock: this.#clock };
    return new HistorySession(parts, this.#options.history);
  }

  async #open(): Promise<void> {
    const { schema, label, nodeName } = this.#options;
    await Promise.all([this.#listener.open(), this.#sender.open()]);
    await prepareDatabase(this.#sender, schema, label);
    const probe = `${nodeName}/0/p`;
    const kept = historyChannel(schema);
    this.#listener.onNotification((channel, text) => {
      if (text === probe) this.#probed.resolve();
      else if (channel === kept) this.#receiveKept(text);
      else this.#inbox.receive(text);
    });
    const own = channelOfNode(schema, nodeName);
    await this.#listener.query({ text: `listen "${schema}"; listen "${own}"` });
    await this.#sweepOnce();
    await this.#sender.query({ text: "select pg_notify($1, $2)", values: [own, probe] });
    await withinTime(this.#probed.promise, PROBE_MS, () =>
      new BusSetupError(
        label,
        "notifications do not arrive. PgBouncer must be in session mode, and all connections go to one server",
      ));
    if (this.#isOver) throw await this.lost;
    this.#listener.watch();
    this.#sender.watch();
    this.#sweep.set(SWEEP_MS);
  }

  #receiveKept(text: string): void {
    if (this.#history?.receive(text) !== false) return;
    this.#node.receiveEnvelope(new TextEncoder().encode(text)); // which counts it as malformed
  }

  #end(error: Error): Error {
    this.#isOver = true;
    this.#probed.reject(error);
    this.#history?.end();
    this.#sweep.clear();
    this.#listener.lose(error);
    this.#sender.lose(error);
    return error;
  }

  async #sweepUp(): Promise<void> {
    try {
      await this.#sweepOnce();
      if (!this.#isOver) this.#sweep.set(SWEEP_MS);
    } catch (thrown) {
      this.#sender.lose(thrown instanceof Error ? thrown : new Error("Cannot remove old rows"));
    }
  }

  /** Removes what all nodes have read long ago, and reads the clock. */
  async #sweepOnce(): Promise<void> {
    const old = `delete from "${this.#options.schema}".spilled where at < clock_timestamp() - interval '1 minute'`;
    const now = "extract(epoch from clock_timestamp()) * 1000 as now";
    await this.#clock.read(this.#sender, `with old as (${old}) select ${now}`);
  }
}

/** Returns the channel of one node. The names of channels have at most 63 letters. */
export function channelOfNode(schema: string, nodeName: string): string {
  return `${schema}.${createHash("sha256").update(nodeName).digest("base64url").slice(0, 22)}`;
}
