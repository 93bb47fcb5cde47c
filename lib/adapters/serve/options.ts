/**
 * Options of a server with frames of its own.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServeInfo } from "../../transport/request/connect_info.ts";

/** What a server serves: an `Endpoint`, or anything of that shape that passes requests for sockets on to one. */
export interface App {
  /** Answers a request. `info` has to reach the endpoint's `fetch`. */
  fetch(request: Request, info: ServeInfo): MaybePromise<Response>;
  /** Whether a request is for one of its sockets. Needed beside {@linkcode ServeOptions.handler}. */
  owns?(request: Request): boolean;
  /** Ends service: called before the server ends. */
  shutdown?(): MaybePromise<void>;
  /** How long `shutdown` takes at most, in milliseconds. */
  readonly shutdownMs?: number;
}

/** Answers requests that are not for sockets. Hono's `app.fetch` is one. */
export type Handler = (request: Request, info: ServeInfo) => MaybePromise<Response>;

/** A certificate and its key, both in PEM. */
export interface TlsOptions {
  /** The private key. */
  readonly key: string;
  /** The certificate, and those that vouch for it. */
  readonly cert: string;
}

/** How messages are compressed. */
export interface CompressionOptions {
  /**
   * From how many bytes on a message is compressed.
   *
   * @default {1024}
   */
  readonly thresholdBytes?: number;
}

/** Where and how a server listens. */
export interface ListenOptions {
  /**
   * The port; 0 for any that is free.
   *
   * @default {8000}
   */
  readonly port?: number;
  /**
   * The address to listen at.
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
   * Off by default. Compression costs processor time, and who can see the size of what is sent to somebody, and make the
   * server repeat some of it, can guess the rest (CRIME, BREACH): leave it off where secrets are sent.
   *
   * @default {false}
   */
  readonly compression?: false | CompressionOptions;
  /**
   * How long a client may send nothing, in milliseconds, before the server pings it. `Infinity` pings nobody: clients of
   * Phoenix send heartbeats by themselves. A client that answers a ping is not silent, so with this a connection whose
   * page has stopped sends no heartbeats but stays.
   *
   * @default {Infinity}
   */
  readonly pingMs?: number;
  /**
   * How long the head of a request may take, in milliseconds, from the first byte of its connection on. A client that
   * takes longer gets status 408.
   *
   * @default {10000}
   */
  readonly headersTimeoutMs?: number;
  /**
   * How long a whole request may take to arrive, its body included, in milliseconds. A client that takes longer gets
   * status 408.
   *
   * @default {60000}
   */
  readonly requestTimeoutMs?: number;
  /**
   * How long a connection may stay open between two requests, in milliseconds.
   *
   * @default {5000}
   */
  readonly keepAliveTimeoutMs?: number;
  /**
   * How large the head of a request may be, in bytes. One that is larger gets status 431.
   *
   * @default {16384}
   */
  readonly maxHeaderBytes?: number;
  /**
   * How long requests that are under way may take when the server shuts down, in milliseconds. Then their connections
   * are cut.
   *
   * @default {5000}
   */
  readonly shutdownMs?: number;
  /**
   * Lets other programs and threads listen at the same port, which share its clients.
   *
   * @default {false}
   */
  readonly reusePort?: boolean;
}

/** Options for `serve`. */
export interface ServeOptions extends ListenOptions {
  /**
   * Answers requests that are not for the endpoint's sockets.
   *
   * @default {404}
   */
  readonly handler?: Handler;
}

/** Options for `serve` with a module. */
export interface ThreadedServeOptions extends ListenOptions {
  /**
   * How many threads serve the module.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly threads?: number;
}

/** A server that listens. */
export interface FramesServer extends AsyncDisposable {
  /** The port that it listens at. */
  readonly port: number;
  /** How long {@linkcode shutdown} takes at most, in milliseconds. */
  readonly shutdownMs: number;
  /**
   * Ends service: shuts the app down, which for an endpoint sends its clients to the next server, then listens no more,
   * lets requests that are under way finish, and ends all connections. With threads, in all of them at the same time.
   */
  shutdown(): Promise<void>;
}

/** The options of a server, read and checked. */
export interface ServerSettings {
  readonly port: number;
  readonly hostname: string;
  readonly tls: TlsOptions | undefined;
  readonly thresholdBytes: number | undefined;
  readonly pingMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly shutdownMs: number;
  readonly reusePort: boolean;
}

const DEFAULT_THRESHOLD_BYTES = 1024;

/**
 * Reads the options of a server.
 *
 * @throws {RangeError} If a limit makes no sense.
 */
export function serverSettings(options: ListenOptions): ServerSettings {
  const { compression = false, tls, port = 8000, hostname = "0.0.0.0", reusePort = false } = options;
  const thresholdBytes = compression ? compression.thresholdBytes ?? DEFAULT_THRESHOLD_BYTES : undefined;
  return {
    port: atLeast("port", port, 0),
    hostname,
    tls,
    thresholdBytes: thresholdBytes && atLeast("thresholdBytes", thresholdBytes, 0),
    pingMs: positive("pingMs", options.pingMs ?? Infinity),
    headersTimeoutMs: positive("headersTimeoutMs", options.headersTimeoutMs ?? 10_000),
    requestTimeoutMs: positive("requestTimeoutMs", options.requestTimeoutMs ?? 60_000),
    keepAliveTimeoutMs: positive("keepAliveTimeoutMs", options.keepAliveTimeoutMs ?? 5_000),
    maxHeaderBytes: positive("maxHeaderBytes", options.maxHeaderBytes ?? 16_384),
    shutdownMs: atLeast("shutdownMs", options.shutdownMs ?? 5_000, 0),
    reusePort,
  };
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Cannot serve: "${name}" must be > 0, received ${value}`);
}

function atLeast(name: string, value: number, least: number): number {
  if (value >= least) return value;
  throw new RangeError(`Cannot serve: "${name}" must be >= ${least}, received ${value}`);
}
