/**
 * Serves an endpoint with WebSocket frames of its own instead of Deno's, on `node:http`.
 *
 * `Deno.serve(endpoint.fetch)` is the default, and needs nothing of this. What `serve` has besides:
 *
 * - frames of one turn of the event loop leave in one write, which busy topics gain much from,
 * - a message is bounded while it arrives, and breaches of the RFC get their close code,
 * - pings are seen and sent, slow clients are served as soon as they have read,
 * - permessage-deflate, where it is asked for,
 * - time limits for requests, and a `shutdown()` that always ends.
 *
 * A single message to a single client costs more than with Deno's own sockets: see the figures in the README.
 *
 * @example Usage
 * ```ts
 * import { Endpoint, type SocketDriver, ok } from "@urvogel/realtime";
 * import { serve } from "@urvogel/realtime/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const echo: SocketDriver = {
 *   connect: () => ok({ open: (connection) => ({ handleIn: (frame) => connection.send(frame), close() {} }) }),
 * };
 * const endpoint = new Endpoint({ sockets: { "/echo": echo } });
 * const server = await serve(endpoint, { port: 0, hostname: "127.0.0.1" });
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.port}/echo/websocket`);
 * const { promise, resolve } = Promise.withResolvers<unknown>();
 * socket.onopen = () => socket.send("hello");
 * socket.onmessage = ({ data }) => resolve(data);
 * assertEquals(await promise, "hello");
 * socket.close();
 * await server.shutdown();
 * ```
 *
 * @module
 */

import { HttpServer } from "./http_server.ts";
import { type App, type Handler, type ServeOptions, serverSettings } from "./options.ts";

export type { App, CompressionOptions, Handler, ListenOptions, ServeOptions, TlsOptions } from "./options.ts";

/** A server that listens. */
export interface FramesServer extends AsyncDisposable {
  /** The port that it listens at. */
  readonly port: number;
  /** How long {@linkcode shutdown} takes at most, in milliseconds. */
  readonly shutdownMs: number;
  /**
   * Ends service: shuts the app down, which for an endpoint sends its clients to the next server, then listens no more,
   * lets requests that are under way finish, and ends all connections.
   */
  shutdown(): Promise<void>;
}

/**
 * Serves an endpoint.
 *
 * @param app The endpoint, or what passes requests on to one.
 * @param options Where to listen, and how.
 * @returns The server, which listens. `await using` shuts it down.
 * @throws {RangeError} If a limit makes no sense.
 * @throws {TypeError} If there is a `handler` although the app does not say which requests are its own.
 * @throws {Error} If the port is taken.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<FramesServer> {
  const settings = serverSettings(options);
  const server = new HttpServer(handlerOf(app, options.handler), settings);
  await server.listen();
  return new AppServer(app, server, settings.shutdownMs);
}

function handlerOf(app: App, handler: Handler | undefined): Handler {
  if (!handler) return (request, info) => app.fetch(request, info);
  if (!app.owns) throw new TypeError('Cannot serve: "handler" needs an app that has "owns", as an Endpoint has');
  return (request, info) => app.owns!(request) ? app.fetch(request, info) : handler(request, info);
}

class AppServer implements FramesServer {
  readonly #app: App;
  readonly #server: HttpServer;
  readonly #closeMs: number;
  #down: Promise<void> | undefined;

  constructor(app: App, server: HttpServer, closeMs: number) {
    this.#app = app;
    this.#server = server;
    this.#closeMs = closeMs;
  }

  get port(): number {
    return this.#server.port;
  }

  get shutdownMs(): number {
    return (this.#app.shutdownMs ?? 0) + this.#closeMs;
  }

  async shutdown(): Promise<void> {
    await (this.#down ??= this.#end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #end(): Promise<void> {
    await this.#app.shutdown?.();
    await this.#server.close();
  }
}
