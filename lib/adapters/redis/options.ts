/**
 * The options of the Redis adapter, read and checked once.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import { assertNodeName } from "../../pubsub/node_name.ts";
import type { RedisConnection, RedisConnectOptions, RedisRole } from "./connection.ts";
import { readServer, type RedisServer } from "./_server.ts";

/** User and password of this program at Redis. */
export interface RedisCredentials {
  /**
   * The user of Redis' ACL.
   *
   * @default {"default"}
   */
  readonly user?: string;
  /** The password. It is in no error and no event. */
  readonly password: string;
}

/** Certificates for `rediss://`. The server's certificate and its name are always checked. */
export interface RedisTls {
  /**
   * The certificates of the authorities that may have signed the server's, in PEM.
   *
   * @default {the authorities that Deno trusts}
   */
  readonly ca?: string;
  /**
   * The certificate of this program, in PEM, if the server asks for one.
   *
   * @default {undefined}
   */
  readonly cert?: string;
  /**
   * The private key of `cert`, in PEM.
   *
   * @default {undefined}
   */
  readonly key?: string;
}

/** Options for {@linkcode redisAdapter}. */
export interface RedisAdapterOptions {
  /**
   * The server: `redis://host:6379`, or `rediss://` with TLS. It may hold a user and a password. One server, the same
   * for all nodes: two servers would be two buses that know nothing of each other.
   */
  readonly url: string | URL;
  /**
   * User and password, if they are not in `url`.
   *
   * @default {undefined}
   */
  readonly credentials?: RedisCredentials;
  /**
   * Certificates for `rediss://`. `false` allows `redis://` to another machine, **which anybody on the network path can
   * read and change**.
   *
   * @default {undefined}
   */
  readonly tls?: RedisTls | false;
  /**
   * The first part of all channels: 1 to 64 letters, digits, `-` and `_`. Two deployments on one server need different
   * ones, also if they use different databases.
   *
   * @default {"urvogel"}
   */
  readonly prefix?: string;
  /**
   * The name of this node: 1 to 64 letters, digits, `-` and `_`; another one for each run and each thread.
   *
   * @default {ulid()}
   */
  readonly nodeName?: string;
  /**
   * Maximum size of a broadcast on the bus, in bytes, with its topic, event and about 50 bytes more. Larger ones throw
   * `TooLargeError`. Redis itself carries 512 MB, but disconnects a node for which more than 32 MB wait
   * (`client-output-buffer-limit pubsub 32mb 8mb 60`); the default is what NATS carries.
   *
   * @default {1_048_576}
   */
  readonly maxBytes?: number;
  /**
   * Maximum size of the broadcasts that wait to be sent or confirmed, in bytes, and of those with history. Above it
   * `broadcast` throws `BusDownError`: Redis is slower than this node.
   *
   * @default {67_108_864}
   */
  readonly maxBytesWaiting?: number;
  /**
   * Whether Redis loses nothing that it has confirmed, whatever happens to it: `appendfsync always`, and no failover to
   * a replica. Then positions stay valid when it restarts. Otherwise clients get a report after a restart that they may
   * have missed something, since numbers of lost messages would be used again.
   *
   * @default {false}
   */
  readonly isDurable?: boolean;
  /**
   * Makes a client, not yet connected, for each attempt to connect; called for two connections. For what `url` cannot
   * say: a token that expires, a Unix socket, the primary that Sentinel names. Pass all of `options` on.
   *
   * ```ts ignore
   * connect: async (options) => createClient({ ...options, password: await token() })
   * ```
   *
   * @default {createClient}
   */
  readonly connect?: (options: RedisConnectOptions, role: RedisRole) => MaybePromise<RedisConnection>;
}

/** The options, checked and complete. */
export interface RedisSettings {
  readonly server: RedisServer;
  readonly prefix: string;
  readonly nodeName: string;
  readonly maxBytes: number;
  readonly maxBytesWaiting: number;
  readonly isDurable: boolean;
  readonly connect: RedisAdapterOptions["connect"];
}

/**
 * Reads the options.
 *
 * @throws {TypeError} If the server would be reached without TLS, or an option has the wrong form.
 * @throws {RangeError} If a size is out of range.
 */
export function readSettings(options: RedisAdapterOptions): RedisSettings {
  const { prefix = "urvogel", nodeName = ulid(), maxBytes = 1_048_576, maxBytesWaiting = 67_108_864 } = options;
  const { isDurable = false, connect } = options;
  assertNodeName("create adapter", nodeName);
  assertBytes("maxBytes", maxBytes, 1024);
  assertBytes("maxBytesWaiting", maxBytesWaiting, maxBytes);
  return { server: readServer(options), prefix, nodeName, maxBytes, maxBytesWaiting, isDurable, connect };
}

function assertBytes(name: string, bytes: number, least: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= least) return;
  throw new RangeError(`Cannot create adapter: "${name}" must be an integer >= ${least}, received ${bytes}`);
}
