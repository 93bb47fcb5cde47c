/**
 * Options of `serve`, the server that implements WebSocket frames itself.
 *
 * @module
 */

import { checkAtLeast, checkPositive } from "../../base/check_number.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServeInfo } from "../../transport/request/connect_info.ts";

import { roomForConnections } from "./_open_files.ts";

/** What a server serves: an `Endpoint`, or an object like it that passes requests for sockets to one. */
export interface App {
  /** Handles a request. `info` must be passed to the endpoint's `fetch`. */
  fetch(request: Request, info: ServeInfo): MaybePromise<Response>;
  /** Returns whether a request is for one of its sockets. Required if {@linkcode ServeOptions.handler} is set. */
  owns?(request: Request): boolean;
  /** Shuts the app down. Called before the server ends. */
  shutdown?(): MaybePromise<void>;
  /** The maximum duration of `shutdown`, in milliseconds. */
  readonly shutdownMs?: number;
}

/** Handles requests that are not for sockets. Hono's `app.fetch` is one. */
export type Handler = (request: Request, info: ServeInfo) => MaybePromise<Response>;

/** A certificate and its key, both in PEM. */
export interface TlsOptions {
  /** The private key. */
  readonly key: string;
  /** The certificate and its chain. */
  readonly cert: string;
}

/** Options for the compression of messages. */
export interface CompressionOptions {
  /**
   * Messages of at least this number of bytes are compressed.
   *
   * @default {1024}
   */
  readonly thresholdBytes?: number;
}

/** Options for listening, limits and compression. */
export interface ListenOptions {
  /**
   * The port; 0 picks a free one.
   *
   * @default {8000}
   */
  readonly port?: number;
  /**
   * The address to listen on.
   *
   * @default {"0.0.0.0"}
   */
  readonly hostname?: string;
  /**
   * Serves `https:` and `wss:`.
   *
   * @default {undefined}
   */
  readonly tls?: TlsOptions;
  /**
   * Compresses messages for clients that offer permessage-deflate, as browsers do. Each message is compressed once,
   * however many clients it is for, and alone: without context takeover.
   *
   * Off by default. Compression costs processor time. It can also leak secrets (CRIME, BREACH): an attacker who sees
   * the size of messages, and can make the server include chosen text, can guess the rest. Leave it off if secrets are
   * sent.
   *
   * @default {false}
   */
  readonly compression?: false | CompressionOptions;
  /**
   * How long a client may send nothing, in milliseconds, before the server pings it. `Infinity` disables pings, since
   * Phoenix clients send heartbeats themselves. A client that answers a ping is not silent: with pings, the connection
   * of a page that has stopped sending heartbeats stays open.
   *
   * @default {Infinity}
   */
  readonly pingMs?: number;
  /**
   * How long the head of a request may take, in milliseconds, from the first byte of its connection. A client that
   * takes longer gets status 408. So long may a TLS handshake take, too: then the connection is closed.
   *
   * @default {10000}
   */
  readonly headersTimeoutMs?: number;
  /**
   * How long a whole request may take to arrive, its head and its body, in milliseconds. A client that takes longer gets
   * status 408.
   *
   * @default {60000}
   */
  readonly requestTimeoutMs?: number;
  /**
   * How long a client may read nothing of a response that waits for it, in milliseconds. After that its connection is
   * cut. Has no effect on WebSockets, which have limits of their own.
   *
   * @default {30000}
   */
  readonly sendTimeoutMs?: number;
  /**
   * How long a connection may stay open between two requests, in milliseconds.
   *
   * @default {5000}
   */
  readonly keepAliveTimeoutMs?: number;
  /**
   * Maximum number of TCP connections at the same time, of all kinds. A connection above it is closed immediately.
   * `EndpointOptions.maxConnections` refuses clients of sockets with a status; this limit keeps the program below its
   * limit of open files, at which Deno stops accepting connections permanently.
   *
   * @default {the limit of open files less 575, at least half of it; Infinity where it cannot be read: Deno shows it to
   * programs with `--allow-all` only}
   */
  readonly maxTcpConnections?: number;
  /**
   * Maximum number of requests that may wait on one connection for the response to an earlier one (HTTP pipelining, which
   * browsers and proxies do not use). They are handled one after the other. A connection with more is closed.
   *
   * @default {16}
   */
  readonly maxPipelinedRequests?: number;
  /**
   * Maximum size of the head of a request, in bytes. A request with a larger one gets status 431.
   *
   * @default {16384}
   */
  readonly maxHeaderBytes?: number;
  /**
   * How long requests in progress may take when the server shuts down, in milliseconds. After that, their connections
   * are cut.
   *
   * @default {5000}
   */
  readonly shutdownMs?: number;
  /**
   * Allows other programs and threads to listen on the same port. Clients are distributed among them.
   *
   * @default {false}
   */
  readonly reusePort?: boolean;
}

/** Options for `serve`. */
export interface ServeOptions extends ListenOptions {
  /**
   * Handles requests that are not for the endpoint's sockets.
   *
   * @default {404}
   */
  readonly handler?: Handler;
}

/** Options for `serve` with a module. */
export interface ThreadedServeOptions extends ListenOptions {
  /**
   * The number of threads that serve the module.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly threads?: number;
}

/** A running server. */
export interface FramesServer extends AsyncDisposable {
  /** The port that it listens on. */
  readonly port: number;
  /** The maximum duration of {@linkcode FramesServer.shutdown | shutdown}, in milliseconds. */
  readonly shutdownMs: number;
  /**
   * Shuts the server down. It first shuts the app down: an endpoint then closes its connections so that clients
   * reconnect to the next server. Then it stops listening, lets requests in progress finish, and ends all connections.
   * With threads, all of them do so at the same time.
   */
  shutdown(): Promise<void>;
}

/** The checked options of a server. */
export interface ServerSettings {
  readonly port: number;
  readonly hostname: string;
  readonly tls: TlsOptions | undefined;
  readonly thresholdBytes: number | undefined;
  readonly pingMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxTcpConnections: number;
  readonly maxPipelinedRequests: number;
  readonly maxHeaderBytes: number;
  readonly shutdownMs: number;
  readonly reusePort: boolean;
}

const DEFAULT_THRESHOLD_BYTES = 1024;

/** Maximum length of the accept queue: the default of node:net. */
export const BACKLOG = 511;

/**
 * Checks the options of a server and fills in the defaults.
 *
 * @throws {RangeError} If a limit is out of range.
 */
export function serverSettings(options: ListenOptions): ServerSettings {
  const { compression = false, tls, port = 8000, hostname = "0.0.0.0", reusePort = false } = options;
  const thresholdBytes = compression ? compression.thresholdBytes ?? DEFAULT_THRESHOLD_BYTES : undefined;
  return {
    port: checkAtLeast("serve", "port", port, 0),
    hostname,
    tls,
    thresholdBytes: thresholdBytes && checkAtLeast("serve", "thresholdBytes", thresholdBytes, 0),
    pingMs: checkPositive("serve", "pingMs", options.pingMs ?? Infinity),
    headersTimeoutMs: checkPositive("serve", "headersTimeoutMs", options.headersTimeoutMs ?? 10_000),
    requestTimeoutMs: checkPositive("serve", "requestTimeoutMs", options.requestTimeoutMs ?? 60_000),
    sendTimeoutMs: checkPositive("serve", "sendTimeoutMs", options.sendTimeoutMs ?? 30_000),
    keepAliveTimeoutMs: checkPositive("serve", "keepAliveTimeoutMs", options.keepAliveTimeoutMs ?? 5_000),
    maxTcpConnections: checkAtLeast(
      "serve",
      "maxTcpConnections",
      options.maxTcpConnections ?? roomForConnections(BACKLOG),
      1,
    ),
    maxPipelinedRequests: checkAtLeast("serve", "maxPipelinedRequests", options.maxPipelinedRequests ?? 16, 0),
    maxHeaderBytes: checkPositive("serve", "maxHeaderBytes", options.maxHeaderBytes ?? 16_384),
    shutdownMs: checkAtLeast("serve", "shutdownMs", options.shutdownMs ?? 5_000, 0),
    reusePort,
  };
}
