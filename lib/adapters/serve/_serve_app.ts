/**
 * Serves an app in this thread.
 *
 * @module
 */

import { HttpServer } from "./_http_server.ts";
import { type App, type FramesServer, type Handler, type ServeOptions, serverSettings } from "./options.ts";

/** Serves `app`: see `serve`. */
export async function serveApp(app: App, options: ServeOptions): Promise<FramesServer> {
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
    try {
      await this.#app.shutdown?.();
    } finally {
      await this.#server.close();
    }
  }
}
