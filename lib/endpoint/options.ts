/**
 * Options of an endpoint.
 *
 * @module
 */

import type { Logger, LogLevel } from "../base/log_record.ts";
import type { LimitPreset } from "../limits/limit_set.ts";
import type { HistoryEngine } from "../history/engine.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { CheckOrigin } from "../security/check_origin.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Socket } from "../channel/socket.ts";
import type { SocketDriver } from "../transport/socket_driver.ts";
import type { Secret } from "../security/token.ts";
import type { DrainerOptions } from "./drainer.ts";
import type { LongPollOptions } from "../transport/long_poll/options.ts";
import type { WebSocketOptions } from "../transport/websocket/options.ts";

/**
 * A class that extends `Socket`, with assigns of any type.
 *
 * @category Endpoint
 */
export type SocketClass = new () => Omit<Socket<object>, "channels"> & {
  readonly channels: Readonly<Record<string, new () => object>>; // those of a `Socket<A>` only take an `A`
};

/**
 * What is served at a path: a class that extends `Socket`, or a driver of sockets without channels.
 *
 * @category Endpoint
 */
export type SocketTarget = SocketClass | SocketDriver;

/**
 * Options for the transports of one path.
 *
 * @category Endpoint
 */
export interface SocketOptions {
  /**
   * Serves WebSockets at this path followed by `/websocket`.
   *
   * @default {true}
   */
  readonly websocket?: WebSocketOptions | boolean;
  /**
   * Serves long polling at this path followed by `/longpoll`, for clients that cannot use a WebSocket. On several nodes
   * (a PubSub with an adapter), requests of one client may reach any of them; this needs `EndpointOptions.secret`.
   *
   * @default {false}
   */
  readonly longpoll?: LongPollOptions | boolean;
}

/**
 * What is mounted at a path: a {@linkcode SocketTarget}, alone or with options.
 *
 * @category Endpoint
 */
export type SocketMount = SocketTarget | readonly [SocketTarget, SocketOptions];

/**
 * Options for `Endpoint`.
 *
 * @category Endpoint
 */
export interface EndpointOptions {
  /**
   * Sockets by path, without the `/websocket` or `/longpoll` that clients add. A path may contain parameters, as in
   * `"/game/:id"`, which are merged with those of the query. Doubled slashes and a trailing slash are ignored.
   */
  readonly sockets: Readonly<Record<string, SocketMount>>;
  /**
   * Which web pages may connect.
   *
   * @default {true}
   */
  readonly checkOrigin?: CheckOrigin;
  /**
   * The public host name of this server, without scheme and port. `checkOrigin: true` compares origins with it. Set it:
   * without it, a page that has rebound its own host name to this server's address (DNS rebinding) passes the check.
   *
   * @default {the Host header of each request}
   */
  readonly host?: string;
  /**
   * Secret that signs data which clients keep for the server, such as the tokens of long-poll sessions. At least 20
   * bytes, the same on all machines that serve the same clients. To rotate it, pass several, the newest first. Required
   * for long polling if the PubSub has an adapter.
   *
   * @default {a random one, valid as long as the program runs}
   */
  readonly secret?: Secret;
  /**
   * The PubSub that carries broadcasts. Endpoints that share one receive each other's broadcasts.
   *
   * @default {new PubSub()}
   */
  readonly pubsub?: PubSub;
  /**
   * Keeps the history of the topics whose channels declare it. Without such channels it is not used.
   *
   * That of another adapter works once a PubSub has started it: with Redis as the bus, `postgres.history` of
   * `const postgres = postgresAdapter({ servers })` keeps messages over a restart of Redis, after
   * `await new PubSub({ adapter: postgres }).ready`. The same on all nodes.
   *
   * @default {that of the adapter; the memory of this thread if there is no adapter}
   */
  readonly history?: HistoryEngine;
  /**
   * Preset of default limits: the standard ones, or those of OWASP's cheat sheet for WebSockets. They apply where the
   * other options, those of a mount, and the fields of a `Socket` set none. {@linkcode LIMITS} has the numbers.
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
   * Behind a proxy, `"strict"` needs {@linkcode EndpointOptions.addressOf | addressOf}: otherwise all clients have the
   * proxy's address, and share its limit of 100 connections.
   *
   * @default {"standard"}
   */
  readonly limits?: LimitPreset;
  /**
   * Maximum number of simultaneous connections of this endpoint, on all sockets together. Those of other nodes do not
   * count. Further clients are refused with status 503.
   *
   * @default {Infinity}
   */
  readonly maxConnections?: number;
  /**
   * Maximum number of simultaneous connections of one address, on all sockets together. Further clients are refused
   * with status 429. No limit by default, since behind a proxy all clients have the proxy's address: see
   * {@linkcode EndpointOptions.addressOf | addressOf}. IPv6 addresses count by their 64-bit network. A connection
   * counts until its TCP connection ends; one that never opened, whose end is not reported, counts until
   * `connectTimeoutMs` is over.
   *
   * @default {Infinity}
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Returns the address of a client, for `maxConnectionsPerAddress`, logs, events and the inspector. Behind a proxy,
   * read it from a header that the proxy sets and clients cannot set:
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
   * Whether the messages of the server are validated by the contract, too: pushes, broadcasts and replies of channels
   * that extend {@linkcode channelOf}, and broadcasts of {@linkcode Endpoint.prototype.topic | Endpoint.topic}. A
   * message that does not fit throws a `TypeError` with its event and its issues, at the line that sends it; a reply
   * that a handler returns ends its channel. Nothing is transformed. If a schema is asynchronous, the message is sent,
   * and the error is reported as a crash.
   *
   * For development and tests: the compiler has checked the types, and this checks the rest, such as the length of a
   * text. The test kit's `connect` switches it on for a socket of its own.
   *
   * ```ts
   * import { Endpoint } from "@urvogel/realtime";
   *
   * const isDevelopment = Deno.args.includes("--dev"); // however your program knows
   * const endpoint = new Endpoint({ validateOut: isDevelopment, sockets: {} });
   * ```
   *
   * @default {false}
   */
  readonly validateOut?: boolean;
  /**
   * How `shutdown()` disconnects the clients.
   *
   * @default {all defaults of DrainerOptions}
   */
  readonly drainer?: DrainerOptions;
  /**
   * Receives a record of each connection, join and message, of crashed processes (those of a PubSub that was passed in
   * too, unless that has a log of its own, or an earlier endpoint has it) and of other notable events, at
   * {@linkcode EndpointOptions.logLevel | logLevel} and above. `Logger` describes how to use pino or `@std/log`.
   * `"text"` prints a line of text on the console, and `"json"` a line of JSON.
   *
   * @default {"text"}
   */
  readonly logger?: Logger | "text" | "json";
  /**
   * The lowest level that is logged; `false` logs nothing, not even crashes of channels. `"info"` logs each connection
   * and each join, `"debug"` each message: see `Socket.log`, `Channel.logJoin` and `Channel.logHandleIn`. Parameters
   * whose names contain `password`, `token` or `secret` are hidden.
   *
   * @default {"warn"}
   */
  readonly logLevel?: LogLevel | false;
  /**
   * Maximum number of warnings and errors of one kind that are logged per minute, such as crashes of one class of
   * channels. When more are left out, a record says so. After the minute, the next record is accompanied by one with
   * the number of omitted records in its field `leftOut`. `Infinity` logs all.
   *
   * @default {100}
   */
  readonly maxReportsPerMinute?: number;
  /**
   * Creates the response for a client whose `connect`, `checkOrigin` or `errorHandler` threw. The error has been logged
   * before.
   *
   * @default {500 with {"errors":{"detail":"Internal Server Error"}}}
   */
  readonly renderError?: (error: Error) => Response;
}
