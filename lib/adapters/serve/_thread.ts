/**
 * The program of a serving thread.
 *
 * @module
 */

import type { App, FramesServer, ThreadedServeOptions } from "./options.ts";
import { serveApp } from "./_serve_app.ts";
import type { FromThread, ToThread } from "./_thread_messages.ts";

/** The part of a Worker's global scope that is used: the types of this project are those of the main thread. */
interface ThreadScope {
  onmessage: (event: MessageEvent<ToThread>) => void;
  postMessage(message: FromThread): void;
}

const scope = globalThis as unknown as ThreadScope;

/** The server of this thread. */
class ThreadServer {
  #server: FramesServer | undefined;

  handle(message: ToThread): Promise<void> {
    return message.kind === "start" ? this.#start(message.module, message.options) : this.#shutdown();
  }

  async #start(module: string, options: ThreadedServeOptions): Promise<void> {
    try {
      const { default: app } = await import(module) as { readonly default?: unknown };
      if (!isApp(app)) throw new TypeError('its default export must have a "fetch"');
      this.#server = await serveApp(app, options);
      scope.postMessage({ kind: "listening", port: this.#server.port, shutdownMs: this.#server.shutdownMs });
    } catch (error) {
      scope.postMessage({ kind: "failed", why: messageOf(error) });
    }
  }

  async #shutdown(): Promise<void> {
    try {
      await this.#server?.shutdown();
      scope.postMessage({ kind: "down" });
    } catch (error) {
      scope.postMessage({ kind: "down", why: messageOf(error) });
    }
  }
}

const server = new ThreadServer();
scope.onmessage = ({ data }) => void server.handle(data);

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isApp(value: unknown): value is App {
  return typeof value === "object" && value !== null && "fetch" in value && typeof value.fetch === "function";
}
