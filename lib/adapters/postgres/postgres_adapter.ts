/**
 * Connects nodes through PostgreSQL, with `LISTEN` and `NOTIFY`. For programs that have a PostgreSQL already: it
 * carries a few thousand broadcasts per second between about ten nodes. For more, see the adapters for NATS and Redis.
 *
 * ```ts
 * import { Endpoint, PubSub } from "@urvogel/realtime";
 * import { postgresAdapter } from "@urvogel/realtime/postgres";
 *
 * export function createEndpoint(): Endpoint {
 *   const pubsub = new PubSub({ adapter: postgresAdapter({ servers: "postgres://app:secret@db.internal/chat" }) });
 *   return new Endpoint({ pubsub, sockets: {} }); // with the sockets of the application
 * }
 * ```
 *
 * Programs in SQL can broadcast as well, and then message and data commit together:
 *
 * ```sql
 * select urvogel.broadcast('room:lobby', 'said', jsonb_build_object('text', 'hello'));
 * ```
 *
 * `adapter.history` keeps topics with history in tables of the same database, over the same connections: what has been
 * confirmed survives a crash of the server. `urvogel.broadcast` numbers such topics, too.
 *
 * `adapter.owners` keeps which node has the server of a key, for `KeyedServers`, and `adapter.store` their states. With
 * another bus, such as Redis, {@linkcode postgresStore} keeps these.
 *
 * The client is `npm:pg`, which reads the environment: run with `--allow-env="PG*"`.
 *
 * **Whoever can connect to the database can send as the server**: PostgreSQL knows no rights for `NOTIFY`. Use a
 * database whose roles you trust.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { OwnerEngine } from "../../cluster/owner_engine.ts";
import type { OwnerStore } from "../../cluster/owner_store.ts";
import { learnHistory } from "../../history/adapter_engine.ts";
import type { HistoryEngine } from "../../history/engine.ts";
import { type BusNode, isRepeated, type PubSubAdapter } from "../../pubsub/adapter.ts";
import type { Broadcast } from "../../pubsub/broadcast.ts";
import { encodeEnvelope } from "../../pubsub/envelope.ts";
import { BusDownError, TooLargeError } from "../../pubsub/errors.ts";
import type { PubSub } from "../../pubsub/pubsub.ts";
import type { PostgresQuery } from "./client.ts";
import { Engine, type EngineOptions } from "./_engine.ts";
import { type PostgresAdapterOptions, readOptions } from "./options.ts";
import { PostgresHistory } from "./history/_postgres_history.ts";
import { PostgresOwners } from "./owners/_postgres_owners.ts";
import { PostgresStore } from "./owners/_postgres_store.ts";
import { type Row, runStatement } from "./owners/_run_statement.ts";
import { channelOfNode } from "./_session.ts";
import { MAX_ENVELOPE_BYTES } from "./setup.ts";

export type { PostgresClient, PostgresNotification, PostgresQuery, PostgresResult } from "./client.ts";
export type {
  PostgresAdapterOptions,
  PostgresConnect,
  PostgresConnectionOptions,
  PostgresServers,
  PostgresStoreOptions,
} from "./options.ts";
export { type PostgresOwnerStore, postgresStore } from "./postgres_store.ts";
export type { PostgresCredentials, PostgresTls } from "./servers.ts";
export { postgresSetup, type PostgresSetupOptions } from "./setup.ts";

/** The adapter, with engines that keep history, and who owns which key, in the same database. */
export interface PostgresAdapter extends PubSubAdapter {
  /**
   * Keeps messages in tables of the schema. An app without history has nothing in them.
   *
   * A position stays good when the server restarts, also after a crash: what was confirmed is on its disk. Another
   * epoch begins where that is not certain: when a standby takes over, a backup is restored, or the server restarts
   * with `fsync = off`.
   */
  readonly history: HistoryEngine;
  /**
   * Keeps which node has the server of a key, for `KeyedServers`, in tables of the schema and by the clock of the
   * server.
   *
   * What was confirmed is on the server's disk: owners keep their keys when it restarts. Where that is not certain, as
   * for `history`, and in a new database, no node gets a key before one `ownerTtlMs` has passed.
   */
  readonly owners: OwnerEngine;
  /**
   * Keeps the states of servers by key in a table of the schema, for the option `store` of `KeyedServers`. A row has
   * the highest token that was seen, and refuses lower ones. What was saved is on the server's disk. It works once a
   * PubSub has started this adapter: a program with another bus uses {@linkcode postgresStore}.
   */
  readonly store: OwnerStore;
}

/**
 * Creates an adapter that connects nodes through PostgreSQL 13 or later.
 *
 * All broadcasts reach all nodes, which deliver those to topics with subscribers. Broadcasts up to about 5,900 bytes
 * travel in notifications; larger ones, up to 8,388,608 bytes, in rows that are removed after a minute.
 *
 * @example Usage
 * ```ts no-assert
 * import { PubSub } from "@urvogel/realtime";
 * import { postgresAdapter } from "@urvogel/realtime/postgres";
 *
 * function start(): PubSub {
 *   const credentials = { user: "chat", password: Deno.env.get("DATABASE_PASSWORD") ?? "" };
 *   return new PubSub({ adapter: postgresAdapter({ servers: "postgres://db.internal/chat", credentials }) });
 * }
 * ```
 *
 * @param options Where the server is, and how to use it.
 * @returns The adapter, for the option `adapter` of a PubSub.
 * @throws {TypeError} If a URL or a name has the wrong form.
 * @throws {RangeError} If a limit is out of range.
 */
export function postgresAdapter(options: PostgresAdapterOptions): PostgresAdapter {
  return new PostgresBus(readOptions(options));
}

/** Carries broadcasts through PostgreSQL. */
class PostgresBus implements PostgresAdapter {
  readonly history: PostgresHistory;
  readonly owners: PostgresOwners;
  readonly store: PostgresStore;
  readonly #options: EngineOptions;
  #engine: Engine | undefined;

  constructor(options: Omit<EngineOptions, "history">) {
    this.history = new PostgresHistory(options.schema, () => this.#engine?.session?.history);
    this.owners = new PostgresOwners(options.schema, () => this.#engine?.session);
    this.store = new PostgresStore(options.schema, (what, query) => this.#runForStore(what, query));
    this.#options = { ...options, history: this.history };
  }

  get nodeName(): string {
    return this.#options.nodeName;
  }

  get isConnected(): boolean {
    return this.#engine?.session !== undefined;
  }

  async start(node: BusNode): Promise<void> {
    if (this.#engine) await this.#engine.stop();
    this.#engine = new Engine(node, this.#options);
    await this.#engine.started;
  }

  broadcast(broadcast: Broadcast): void {
    this.#send(this.#options.schema, broadcast);
  }

  directBroadcast(nodeName: string, broadcast: Broadcast): void {
    this.#send(channelOfNode(this.#options.schema, nodeName), broadcast);
  }

  useHistory(pubsub: PubSub): Promise<void> {
    return learnHistory(pubsub);
  }

  async stop(): Promise<void> {
    const engine = this.#engine;
    await engine?.stop();
    if (this.#engine === engine) this.#engine = undefined;
  }

  async #runForStore(what: string, query: PostgresQuery): Promise<Row | undefined> {
    if (!this.#engine) {
      throw new TypeError(
        `Cannot ${what}: no PubSub has started the store's adapter; on another bus use postgresStore()`,
      );
    }
    return await runStatement(this.#engine.session, what, query);
  }

  #send(channel: string, broadcast: Broadcast): void {
    const session = this.#engine?.session;
    if (!session) throw new BusDownError(whatFor(broadcast));
    const envelope = encodeEnvelope(this.nodeName, broadcast);
    if (envelope.length > MAX_ENVELOPE_BYTES) {
      throw new TooLargeError(broadcast.topic, envelope.length, MAX_ENVELOPE_BYTES);
    }
    if (session.send(channel, envelope, isRepeated(broadcast))) return;
    const max = this.#options.maxBytesWaiting;
    throw new BusDownError(whatFor(broadcast), { cause: new Error(`more than ${max} bytes would wait to be sent`) });
  }
}

function whatFor({ topic }: Broadcast): string {
  return `broadcast to ${quoted(topic)}`;
}
