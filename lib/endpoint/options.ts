/**
 * Options of an endpoint.
 *
 * @module
 */

import type { Logger, LogLevel } from "../base/log_record.ts";
import type { LimitPreset } from "../limits/limit_set.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { CheckOrigin } from "../security/check_origin.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Socket } from "../channel/socket.ts";
import type { SocketDriver } from "../transport/socket_driver.ts";
import type { Secret } from "../security/token.ts";
import type { DrainerOptions } from "./drainer.ts";
import type { LongPollOptions } from "../transport/long_poll/options.ts";
import type { WebSocketOptions } from "../transport/websocket/options.ts";

/** A class that extends `Socket`, whatever it assigns. */
export type SocketClass = new () => Omit<Socket<object>, "channels"> & {
  readonly channels: Readonly<Record<string, new () => object>>; // those of a `Socket<A>` only take an `A`
};

/** What a path leads to: a class that extends `Socket`, or a driver of sockets without channels. */
export type SocketTarget = SocketClass | SocketDriver;

/** How a path is served. */
export interface SocketOptions {
  /**
   * WebSockets at this path, followed by `/websocket`.
   *
   * @default {true}
   */
  readonly websocket?: WebSocketOptions | boolean;
  /**
   * Long polling at this path, followed by `/longpoll`, for clients that cannot have a WebSocket.
   *
   * @default {false}
   */
  readonly longpoll?: LongPollOptions | boolean;
}

/** A target, alone or with options. */
export type SocketMount = SocketTarget | readonly [SocketTarget, SocketOptions];

/** Options for `Endpoint`. */
export interface EndpointOptions {
  /**
   * Sockets by path, without the `/websocket` or `/longpoll` that clients add. A path may hold parameters, as in
   * `"/game/:id"`, which join the parameters of the query. Doubled slashes, and one at the end, mean nothing.
   */
  readonly sockets: Readonly<Record<string, SocketMount>>;
  /**
   * Which web pages may connect.
   *
   * @default {true}
   */
  readonly checkOrigin?: CheckOrigin;
  /**
   * The host name under which browsers know this server, without scheme and port: what `checkOrigin: true` compares with.
   * Set it: without it a page that has rebound its own name to this server's address (DNS rebinding) counts as one of
   * this server.
   *
   * @default {the Host header of each request}
   */
  readonly host?: string;
  /**
   * Signs what clients keep for the server, such as the tokens of long-poll sessions. At least 20 bytes, the same on all
   * machines that serve the same clients; several to change it, the newest first.
   *
   * @default {a random one: good for as long as the program runs}
   */
  readonly secret?: Secret;
  /**
   * What carries broadcasts; share one among endpoints to let them hear each other.
   *
   * @default {new PubSub()}
   */
  readonly pubsub?: PubSub;
  /**
   * The limits that hold where the other options, those of a mount and the fields of a `Socket` say nothing: the standard
   * ones, or those of OWASP's cheat sheet for WebSockets. {@linkcode LIMITS} has the numbers.
   *
   * ```ts
   * import { Endpoint, ok, Socket } from "@urvogel/realtime";
   *
   * class UserSocket extends Socket {
   *   override channels = {};
   *   override messageRate = { perSecond: 5, burst: 100 }; // goes before the strict one
   *   override connect() {
   *     return ok();
   *   }
   * }
   * const endpoint = new Endpoint({ limits: "strict", sockets: { "/socket": UserSocket } });
   * ```
   *
   * Behind a proxy, `"strict"` needs {@linkcode addressOf}: all clients have the proxy's address, which may have 100
   * connections.
   *
   * @default {"standard"}
   */
  readonly limits?: LimitPreset;
  /**
   * How many connections this endpoint may have at the same time, on all sockets together; those of other nodes do not
   * count. More are refused with status 503.
   *
   * @default {Infinity}
   */
  readonly maxConnections?: number;
  /**
   * How many connections one address may have at the same time, on all sockets together. More are refused with status
   * 429. No limit by default, for behind a proxy all clients have the proxy's address: see {@linkcode addressOf}. IPv6
   * addresses count by their network of 64 bits. A connection counts until its TCP connection ends; one that never opened,
   * which gives no sign of its end, until `connectTimeoutMs` is over.
   *
   * @default {Infinity}
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * The address of a client, for `maxConnectionsPerAddress`. Behind a proxy it is in a header that the proxy sets, and
   * that it must not let clients set:
   *
   * ```ts
   * import type { ConnectInfo } from "@urvogel/realtime";
   *
   * const addressOf = ({ xHeaders }: ConnectInfo) => xHeaders.get("x-real-ip");
   * ```
   *
   * @default {the other end of the TCP connection}
   */
  readonly addressOf?: (info: ConnectInfo) => string | undefined;
  /**
   * How `shutdown()` lets go of the clients.
   *
   * @default {all defaults of DrainerOptions}
   */
  readonly drainer?: DrainerOptions;
  /**
   * Receives a record of each connection, join and message, of crashed channels and of what else is worth knowing, from
   * {@linkcode logLevel} on. `Logger` says how to use pino, `@std/log` or the console.
   *
   * @default {a line on the console}
   */
  readonly logger?: Logger;
  /**
   * The lowest level that is logged; `false` logs nothing, crashes of channels included. With `"info"` there is a record
   * for each connection and each join, with `"debug"` one for each message: see `Socket.log`, `Channel.logJoin` and
   * `Channel.logHandleIn`. Parameters whose names contain `password`, `token` or `secret` are hidden.
   *
   * @default {"warn"}
   */
  readonly logLevel?: LogLevel | false;
  /**
   * How many warnings and errors of one kind are logged in a minute, such as crashes of one class of channels. When more
   * are left out, a record says so; once the minute is over, the next record comes with one that says how many there were,
   * in its field `leftOut`. `Infinity` logs all.
   *
   * @default {100}
   */
  readonly maxReportsPerMinute?: number;
  /**
   * Answers a client whose `connect`, `checkOrigin` or `errorHandler` threw. The error is logged before.
   *
   * @default {500 with {"errors":{"detail":"Internal Server Error"}}}
   */
  readonly renderError?: (error: Error) => Response;
}
