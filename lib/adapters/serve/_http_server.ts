/**
 * The HTTP server below: requests go to the app, and those that become WebSockets leave HTTP.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { Alarm } from "../../base/alarm.ts";
import { limitHit } from "../../limits/telemetry.ts";
import { driverFailed } from "../../transport/telemetry.ts";
import { peerData } from "../../transport/request/connect_info.ts";
import { PingSweep } from "./frames/_ping_sweep.ts";
import { Turn } from "./frames/_turn.ts";
import type { Handler, ServerSettings } from "./options.ts";
import { remoteAddrOf, requestOf, sendResponse, writeResponse } from "./_requests.ts";
import { isPlainUpgrade, Upgrader } from "./_upgrader.ts";

/** How often requests are looked through for those that are late. */
const LEAST_CHECK_MS = 250;
/** The kernel's own limit is mostly lower. */
const BACKLOG = 4096;

/** Serves one app at one address. */
export class HttpServer {
  readonly #settings: ServerSettings;
  readonly #handle: Handler;
  readonly #http: NodeServer;
  readonly #turn: Turn;
  readonly #pings: PingSweep;
  readonly #scheme: "http" | "https";
  /** Every TCP connection, whatever has become of it. */
  readonly #connections = new Set<Socket>();
  /** Those whose request is under way. */
  readonly #busy = new Set<Socket>();
  #idle: PromiseWithResolvers<void> | undefined;
  #port = 0;

  /** Creates a server that does not listen yet. */
  constructor(handle: Handler, settings: ServerSettings) {
    this.#handle = handle;
    this.#settings = settings;
    this.#turn = new Turn(settings.thresholdBytes);
    this.#pings = new PingSweep(settings.pingMs);
    this.#scheme = settings.tls ? "https" : "http";
    this.#http = this.#createServer();
  }

  /** Where it listens. */
  get port(): number {
    return this.#port;
  }

  /** Begins to listen. */
  async listen(): Promise<void> {
    const { port, hostname: host, reusePort } = this.#settings;
    const listening = Promise.withResolvers<void>();
    this.#http.once("error", listening.reject);
    this.#http.listen({ port, host, backlog: BACKLOG, reusePort }, listening.resolve);
    await listening.promise;
    this.#http.off("error", listening.reject);
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  /** Listens no more, lets requests that are under way finish for `shutdownMs`, and ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    for (const connection of this.#connections) if (!this.#busy.has(connection)) connection.destroy();
    if (this.#busy.size > 0) await this.#finish();
    for (const connection of this.#connections) connection.destroy();
    this.#pings.end();
    await closed;
  }

  /** Waits for requests that are under way, within their time. */
  async #finish(): Promise<void> {
    this.#idle = Promise.withResolvers();
    const patience = new Alarm(this.#idle.resolve).set(this.#settings.shutdownMs);
    await this.#idle.promise;
    patience.clear();
  }

  #createServer(): NodeServer {
    const { tls, headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes } = this.#settings;
    const options = {
      headersTimeout: finite(headersTimeoutMs),
      requestTimeout: finite(requestTimeoutMs),
      keepAliveTimeout: finite(keepAliveTimeoutMs),
      maxHeaderSize: maxHeaderBytes,
      connectionsCheckingInterval: Math.max(LEAST_CHECK_MS, Math.min(headersTimeoutMs, requestTimeoutMs) / 4),
      noDelay: true,
    };
    const http = tls ? createTlsServer({ ...options, ...tls }) : createServer(options);
    http.on("connection", this.#connected);
    http.on("secureConnection", this.#connected);
    http.on("request", (incoming, outgoing) => void this.#request(incoming, outgoing));
    http.on("upgrade", (incoming: IncomingMessage, tcp: Socket, head: Buffer) => {
      void this.#upgrade(incoming, tcp, head);
    });
    http.on("clientError", (error: Error & { code?: string }, tcp: Socket) => this.#refuse(error.code, tcp));
    return http;
  }

  readonly #connected = (tcp: Socket): void => {
    this.#connections.add(tcp);
    tcp.on("close", () => this.#connections.delete(tcp));
  };

  async #request(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket } = incoming;
    const gone = new AbortController();
    this.#busy.add(socket);
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) gone.abort();
      this.#done(socket);
    });
    const request = requestOf(incoming, this.#scheme, gone.signal);
    const response = request
      ? await this.#respond(request, { remoteAddr: remoteAddrOf(socket) })
      : new Response(null, { status: 400 });
    await sendResponse(response, outgoing, incoming.method ?? "GET");
  }

  async #upgrade(incoming: IncomingMessage, tcp: Socket, head: Buffer): Promise<void> {
    tcp.on("error", () => {}); // `close` follows
    const request = isPlainUpgrade(incoming) ? requestOf(incoming, this.#scheme) : undefined;
    if (!request) return await writeResponse(new Response(null, { status: 400 }), tcp);
    const upgrader = new Upgrader(incoming, this.#turn);
    const response = await this.#respond(request, { remoteAddr: remoteAddrOf(tcp), webSockets: upgrader });
    const socket = upgrader.open(response, tcp, head);
    if (socket) this.#pings.add(socket, tcp);
    else await writeResponse(response, tcp);
  }

  async #respond(request: Request, info: Parameters<Handler>[1]): Promise<Response> {
    try {
      return await this.#handle(request, info);
    } catch (thrown) {
      const peer = peerData(info.remoteAddr);
      driverFailed(thrown, { fields: peer ? { address: peer.hostname } : {} });
      return new Response(null, { status: 500 });
    }
  }

  #done(tcp: Socket): void {
    this.#busy.delete(tcp);
    if (this.#busy.size === 0) this.#idle?.resolve();
    if (this.#idle) tcp.destroy();
  }

  /** Ends a connection whose request cannot be read. */
  #refuse(code: string | undefined, tcp: Socket): void {
    const { status, limit } = this.#refusalOf(code, tcp);
    if (limit) limitHit(limit, { max: this.#settings[limit], address: tcp.remoteAddress });
    if (!tcp.writable) return void tcp.destroy();
    tcp.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    tcp.destroySoon();
  }

  #refusalOf(code: string | undefined, tcp: Socket): Refusal {
    switch (code) {
      case "ERR_HTTP_REQUEST_TIMEOUT": // of a request that is under way, the head has come
        return { status: 408, limit: this.#busy.has(tcp) ? "requestTimeoutMs" : "headersTimeoutMs" };
      case "HPE_HEADER_OVERFLOW":
        return { status: 431, limit: "maxHeaderBytes" };
      default:
        return { status: 400 };
    }
  }
}

/** What a client gets whose request cannot be read, and the limit that it has hit. */
interface Refusal {
  readonly status: number;
  readonly limit?: "headersTimeoutMs" | "requestTimeoutMs" | "maxHeaderBytes";
}

/** node:http has no `Infinity`: 0 is no limit. */
function finite(ms: number): number {
  return ms === Infinity ? 0 : ms;
}
