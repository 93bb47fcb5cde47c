/**
 * The underlying HTTP server: passes requests to the app, and turns upgraded ones into WebSockets.
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
import { discardBody } from "../../transport/long_poll/posted_body.ts";
import { peerData } from "../../transport/request/connect_info.ts";
import { PingSweep } from "./frames/_ping_sweep.ts";
import { Turn } from "./frames/_turn.ts";
import { type Exchange, Exchanges } from "./_exchanges.ts";
import { httpOptions } from "./_http_options.ts";
import { BACKLOG, type Handler, type ServerSettings } from "./options.ts";
import { remoteAddrOf, requestOf, type SendLimit, sendResponse, writeResponse } from "./_requests.ts";
import { asksForWebSocket, isPlainUpgrade, Upgrader } from "./_upgrader.ts";

/** The error of a TLS handshake that takes longer than `handshakeTimeout`. Only Node gives it a code. */
const LATE_HANDSHAKE = "TLS handshake timeout";

/** Serves one app at one address. */
export class HttpServer {
  readonly #settings: ServerSettings;
  readonly #handle: Handler;
  readonly #http: NodeServer;
  readonly #turn: Turn;
  readonly #pings: PingSweep;
  readonly #scheme: "http" | "https";
  /** All TCP connections, including upgraded ones. */
  readonly #connections = new Set<Socket>();
  /** The sockets that carry HTTP: the connections themselves, or TLS sockets on top of them. */
  readonly #speaking: Set<Socket>;
  /** The requests of all sockets. */
  readonly #busy: Exchanges;
  #idle: PromiseWithResolvers<void> | undefined;
  #port = 0;

  /** Creates a server that does not listen yet. */
  constructor(handle: Handler, settings: ServerSettings) {
    this.#handle = handle;
    this.#settings = settings;
    this.#busy = new Exchanges(settings.maxPipelinedRequests);
    this.#turn = new Turn(settings.thresholdBytes);
    this.#pings = new PingSweep(settings.pingMs);
    this.#scheme = settings.tls ? "https" : "http";
    this.#speaking = settings.tls ? new Set() : this.#connections;
    this.#http = this.#createServer();
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#port;
  }

  /** Starts listening. */
  async listen(): Promise<void> {
    const { port, hostname: host, reusePort } = this.#settings;
    const listening = Promise.withResolvers<void>();
    this.#http.once("error", listening.reject);
    this.#http.listen({ port, host, backlog: BACKLOG, reusePort }, listening.resolve);
    await listening.promise;
    this.#http.off("error", listening.reject);
    this.#http.on("error", (error) => void driverFailed(error, {})); // such as too many open files: it goes on
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  /** Stops listening, lets requests in progress finish for up to `shutdownMs`, and ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    for (const socket of this.#speaking) if (!this.#busy.has(socket)) socket.destroy();
    if (this.#busy.size > 0) await this.#finish();
    for (const socket of [...this.#speaking, ...this.#connections]) socket.destroy();
    this.#pings.end();
    await closed;
  }

  /** Waits for requests in progress, within the time limit. */
  async #finish(): Promise<void> {
    this.#idle = Promise.withResolvers();
    const patience = new Alarm(this.#idle.resolve).set(this.#settings.shutdownMs);
    await this.#idle.promise;
    patience.clear();
  }

  #createServer(): NodeServer {
    const { tls } = this.#settings;
    const options = httpOptions(this.#settings);
    const http = tls ? createTlsServer({ ...options, ...tls }) : createServer(options);
    http.on("connection", this.#connected);
    http.on("secureConnection", (socket: Socket) => keep(socket, this.#speaking));
    http.on("request", (incoming, outgoing) => this.#arrived({ incoming, outgoing }));
    http.on("upgrade", (incoming: IncomingMessage, tcp: Socket, head: Buffer) => {
      this.#upgrade(incoming, tcp, head).catch(() => tcp.destroy());
    });
    http.on("clientError", (error: CodedError, tcp: Socket) => this.#refuse(error, tcp));
    return http;
  }

  readonly #connected = (tcp: Socket): void => {
    const max = this.#settings.maxTcpConnections;
    if (this.#connections.size >= max) {
      limitHit("maxTcpConnections", { max, found: max + 1, address: tcp.remoteAddress });
      return void tcp.destroy();
    }
    keep(tcp, this.#connections);
  };

  /** Handles a request as soon as those before it on the same connection are answered. */
  #arrived(exchange: Exchange): void {
    const { socket } = exchange.incoming;
    const added = this.#busy.add(exchange);
    if (added === "now") return this.#begin(exchange);
    if (added === "waits" || socket.destroyed) return; // or it is more of what had arrived
    const max = this.#settings.maxPipelinedRequests;
    limitHit("maxPipelinedRequests", { max, found: max + 1, address: socket.remoteAddress });
    socket.destroy();
  }

  #begin({ incoming, outgoing }: Exchange): void {
    // What fails there is a stream of the app's response: nothing can be said any more.
    this.#request(incoming, outgoing).catch(() => outgoing.destroy());
  }

  async #request(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket } = incoming;
    const gone = new AbortController();
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) gone.abort();
      this.#done(socket);
    });
    const request = requestOf(incoming, this.#scheme, gone.signal);
    if (asksForWebSocket(incoming)) request?.headers.delete("upgrade"); // node:http has not noticed it: nobody can do it
    const response = request
      ? await this.#respond(request, { remoteAddr: remoteAddrOf(socket) })
      : new Response(null, { status: 400 });
    await sendResponse(response, outgoing, { method: incoming.method ?? "GET", ...this.#sendLimit(socket) });
    if (request?.body) await this.#discardBody(request, incoming);
  }

  /**
   * Reads a body that nobody has read: otherwise node:http reads nothing more of its connection, not even its end. It no
   * longer limits the time of a request that has been answered, so a body that does not end is cut off here.
   */
  async #discardBody(request: Request, incoming: IncomingMessage): Promise<void> {
    const { socket } = incoming;
    if (incoming.complete || socket.destroyed) return;
    const max = this.#settings.requestTimeoutMs;
    const patience = new Alarm(() => {
      if (incoming.complete) return;
      limitHit("requestTimeoutMs", { max, address: socket.remoteAddress });
      socket.destroy();
    }).set(max);
    const ended = () => {
      patience.clear();
      socket.off("close", ended);
    };
    incoming.once("close", ended);
    socket.once("close", ended);
    await discardBody(request);
  }

  async #upgrade(incoming: IncomingMessage, tcp: Socket, head: Buffer): Promise<void> {
    tcp.on("error", () => {}); // `close` follows
    if (this.#busy.isAnswering(tcp)) return void tcp.destroy(); // the response would go between the frames
    const request = isPlainUpgrade(incoming) ? requestOf(incoming, this.#scheme) : undefined;
    if (!request) return await writeResponse(new Response(null, { status: 400 }), tcp, this.#sendLimit(tcp));
    const upgrader = new Upgrader(incoming, this.#turn);
    const response = await this.#respond(request, { remoteAddr: remoteAddrOf(tcp), webSockets: upgrader });
    const socket = upgrader.open(response, tcp, head);
    if (socket) this.#pings.add(socket, tcp);
    else await writeResponse(response, tcp, this.#sendLimit(tcp));
  }

  #sendLimit(tcp: Socket): SendLimit {
    const max = this.#settings.sendTimeoutMs;
    const onLate = () => {
      limitHit("sendTimeoutMs", { max, address: tcp.remoteAddress });
      tcp.destroy();
    };
    return { timeoutMs: max, onLate };
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
    const next = this.#busy.next(tcp);
    if (next && !this.#idle && !tcp.destroyed) return this.#begin(next);
    this.#busy.delete(tcp);
    if (this.#busy.size === 0) this.#idle?.resolve();
    if (this.#idle) tcp.destroy();
  }

  /** Refuses a request that cannot be read, and ends its connection. */
  #refuse(error: CodedError, tcp: Socket): void {
    const { status, limit } = this.#refusalOf(error, tcp);
    if (limit) limitHit(limit, { max: this.#settings[limit], address: tcp.remoteAddress });
    // Without a TLS handshake nothing can be written: it would wait for one, and keep the connection. And a response that
    // is under way must not go on with a refusal.
    if (!tcp.writable || !this.#speaking.has(tcp) || this.#busy.isAnswered(tcp)) return void tcp.destroy();
    tcp.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    tcp.destroySoon();
  }

  /** Whether the head of a request has a limit of its own. */
  get #limitsHeads(): boolean {
    return this.#settings.headersTimeoutMs <= this.#settings.requestTimeoutMs;
  }

  #refusalOf({ code, message }: CodedError, tcp: Socket): Refusal {
    if (message === LATE_HANDSHAKE) return { status: 408, limit: "headersTimeoutMs" };
    switch (code) {
      case "ERR_HTTP_REQUEST_TIMEOUT": // of a request that is under way, the head has come
        return {
          status: 408,
          limit: this.#busy.has(tcp) || !this.#limitsHeads ? "requestTimeoutMs" : "headersTimeoutMs",
        };
      case "HPE_HEADER_OVERFLOW":
        return { status: 431, limit: "maxHeaderBytes" };
      default:
        return { status: 400 };
    }
  }
}

/** Adds a socket to `sockets` until it closes. */
function keep(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
}

/** An error of node:http. */
type CodedError = Error & { readonly code?: string };

/** The response to a request that cannot be read, and the limit that was reached. */
interface Refusal {
  readonly status: number;
  readonly limit?: "headersTimeoutMs" | "requestTimeoutMs" | "maxHeaderBytes";
}
