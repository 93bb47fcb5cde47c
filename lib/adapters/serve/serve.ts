/**
 * Serves an endpoint on `node:http`, with its own WebSocket implementation instead of Deno's.
 *
 * `Deno.serve(endpoint.fetch)` is the default, and does not need this module. `serve` adds:
 *
 * - frames of one turn of the event loop are sent in one write, which makes busy topics much faster,
 * - the size of a message is limited while it arrives, and violations of the RFC get their close code,
 * - pings are noticed and sent, and slow clients get more data as soon as they have read,
 * - permessage-deflate, if enabled,
 * - time limits for requests, and a `shutdown()` that always ends.
 *
 * `serve` also runs a module on several threads, and on Node, bundled by `deno bundle`.
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

import type { App, FramesServer, ServeOptions, ThreadedServeOptions } from "./options.ts";
import { serveApp } from "./_serve_app.ts";
import { serveThreads } from "./_threads.ts";

export type {
  App,
  CompressionOptions,
  FramesServer,
  Handler,
  ListenOptions,
  ServeOptions,
  ThreadedServeOptions,
  TlsOptions,
} from "./options.ts";

/**
 * Serves an endpoint.
 *
 * @param app The endpoint, or an object that passes requests to one.
 * @param options Where to listen, and how.
 * @returns The running server. `await using` shuts it down.
 * @throws {RangeError} If a limit is out of range.
 * @throws {TypeError} If there is a `handler`, but the app has no `owns`.
 * @throws {Error} If the port is taken.
 */
export function serve(app: App, options?: ServeOptions): Promise<FramesServer>;
/**
 * Serves a module on several threads (Workers), each with its own copy of the module. All listen on the same port; on
 * Linux the kernel distributes the clients among them. Not available on Node.
 *
 * Threads share no memory: for broadcasts to reach the clients of all threads, the PubSub of the module needs an
 * adapter, such as `threadsAdapter()`. So does long polling: a session stays in the thread that opened it, the kernel
 * may give the client's next connection to another one, and the adapter carries its requests over.
 *
 * ```ts ignore
 * import { shutdownOnSignal } from "@urvogel/realtime";
 * import { serve } from "@urvogel/realtime/serve";
 *
 * // `export default new Endpoint(...)` in app.ts
 * const server = await serve(new URL("./app.ts", import.meta.url), { threads: 4 });
 * shutdownOnSignal(server);
 * ```
 *
 * @param module The URL of the module. Its default export is served: an `Endpoint`, or an {@linkcode App}.
 * @param options Where to listen, and how.
 * @returns The server, once all threads listen. `await using` shuts it down.
 * @throws {RangeError} If `threads` is not a whole number of at least 1, or a limit is out of range.
 * @throws {Error} If a thread cannot start: the module does not load, or has no such export, or the port is taken.
 */
export function serve(module: URL | string, options?: ThreadedServeOptions): Promise<FramesServer>;
export function serve(
  served: App | URL | string,
  options: ServeOptions & ThreadedServeOptions = {},
): Promise<FramesServer> {
  const isModule = typeof served === "string" || served instanceof URL;
  return isModule ? serveThreads(`${served}`, options) : serveApp(served, options);
}
