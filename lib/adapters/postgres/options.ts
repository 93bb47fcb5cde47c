/**
 * The options of the adapter for PostgreSQL.
 *
 * @module
 */

import { checkAtLeast } from "../../base/check_number.ts";
import { ulid } from "@std/ulid";
import { assertNodeName } from "../../pubsub/node_name.ts";
import type { PostgresClient } from "./client.ts";
import type { EngineOptions } from "./_engine.ts";
import type { StoreConnectionOptions } from "./owners/_store_connection.ts";
import { type PostgresCredentials, type PostgresTls, readServers } from "./servers.ts";
import { checkSchema, MAX_ENVELOPE_BYTES, SQL_NODE } from "./setup.ts";
import type { TargetOptions } from "./_target.ts";

/** Where the server is, for connections that the adapter makes. */
export interface PostgresServers {
  /**
   * The URL of the server, such as `"postgres://db.internal:5432/chat"`. It may hold user and password, and of
   * parameters only `sslmode=verify-full` and `sslmode=disable`. Several URLs are tried one after the other: all nodes
   * have to end up on the same server, so name a primary and those that may replace it. A standby is skipped.
   *
   * PgBouncer has to be in session mode: in others, `LISTEN` receives nothing, and the adapter does not start.
   */
  readonly servers: string | readonly string[];
  /**
   * The role, if it is not in the URL. It needs the rights that {@linkcode postgresSetup} grants.
   *
   * @default {undefined}
   */
  readonly credentials?: PostgresCredentials;
  /**
   * Encryption. The certificate of the server is always verified. `false` allows unencrypted connections to other
   * machines, **where everybody on the network can read the data and send messages as the server**.
   *
   * @default {{}} On the loopback: `false`.
   */
  readonly tls?: false | PostgresTls;
  /** Not together with `servers`. */
  readonly connect?: never;
}

/** Connections that the program makes. */
export interface PostgresConnect {
  /**
   * Returns a new client of `npm:pg` that is not connected yet, for what a URL cannot say: a token that expires, a Unix
   * socket. The adapter calls it twice for each attempt: two clients are one node, and have to reach the same server.
   * The store calls it once.
   *
   * ```ts ignore
   * connect: () => new pg.Client({ host: "/cloudsql/chat", user: "chat", password: () => token() })
   * ```
   */
  readonly connect: () => PostgresClient;
  /** Not together with `connect`. */
  readonly servers?: never;
  /** Not together with `connect`. */
  readonly credentials?: never;
  /** Not together with `connect`. */
  readonly tls?: never;
}

/** How to use the server. */
export interface PostgresConnectionOptions {
  /**
   * The schema with what the adapter needs, and the name of its channels: at most 40 lower-case letters, digits and
   * `_`. Applications that share a database need different ones. See {@linkcode postgresSetup}.
   *
   * @default {"urvogel"}
   */
  readonly schema?: string;
  /**
   * How long an attempt to connect may take, in milliseconds. At least 1. The adapter tries again until it is stopped.
   *
   * @default {4000}
   */
  readonly connectTimeoutMs?: number;
}

/** Options for `postgresStore`. */
export type PostgresStoreOptions = (PostgresServers | PostgresConnect) & PostgresConnectionOptions;

/** Options for {@linkcode postgresAdapter}. */
export type PostgresAdapterOptions = (PostgresServers | PostgresConnect) & PostgresConnectionOptions & {
  /**
   * The name of this node: 1 to 64 letters, digits, `-` and `_`. It must be another one for each run, and not `sql`, the
   * sender of what programs in SQL broadcast.
   *
   * @default {a ULID}
   */
  readonly nodeName?: string;
  /**
   * Maximum size of the broadcasts that wait to be sent, in bytes. At least 8,388,608, the largest that a broadcast may
   * have. Above it `broadcast` throws a `BusDownError`: PostgreSQL is slower than this node.
   *
   * @default {67_108_864}
   */
  readonly maxBytesWaiting?: number;
};

/**
 * Reads the options of the adapter.
 *
 * @throws {TypeError} If a URL or a name has the wrong form.
 * @throws {RangeError} If a limit is out of range.
 */
export function readOptions(options: PostgresAdapterOptions): Omit<EngineOptions, "history"> {
  const { nodeName = ulid(), maxBytesWaiting = 67_108_864 } = options;
  assertNodeName("create adapter", nodeName);
  if (nodeName === SQL_NODE) throw new TypeError(`Cannot create adapter: "nodeName" must not be "${SQL_NODE}"`);
  checkAtLeast("create adapter", "maxBytesWaiting", maxBytesWaiting, MAX_ENVELOPE_BYTES);
  return { ...readStoreOptions(options), nodeName, maxBytesWaiting };
}

/**
 * Reads the options that the adapter and the store have in common.
 *
 * @throws {TypeError} If a URL or a name has the wrong form.
 * @throws {RangeError} If a limit is out of range.
 */
export function readStoreOptions(
  options: PostgresStoreOptions,
): Omit<StoreConnectionOptions, "targets"> & TargetOptions {
  const { schema = "urvogel", connectTimeoutMs = 4000, connect } = options;
  checkAtLeast("create adapter", "connectTimeoutMs", connectTimeoutMs, 1);
  const servers = connect ? [] : readServers(options);
  return { schema: checkSchema(schema), connectTimeoutMs, servers, connect };
}
