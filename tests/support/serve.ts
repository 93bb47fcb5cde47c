/**
 * A real server on a free port, for as long as a test needs it.
 *
 * @module
 */

import type { ServeInfo } from "@urvogel/realtime";

/** What {@linkcode serve} serves: an `Endpoint`, or anything of that shape. */
export interface App {
  /** Answers a request. */
  fetch(request: Request, info: ServeInfo): Response | Promise<Response>;
  /** Closes what the app holds open, such as its sockets. */
  shutdown?(): void | Promise<void>;
}

/** A server that listens on 127.0.0.1. Dispose of it with `await using`. */
export interface TestServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:43210`, without a slash at its end. */
  readonly url: string;
  /** The same with `ws:`. */
  readonly wsUrl: string;
  /** The port that was free. */
  readonly port: number;
  /** Ends it in order: when all requests have been answered. Disposing of it cuts them off. */
  shutdown(): Promise<void>;
}

/**
 * Starts a server for `app`.
 *
 * Its end comes in order: the app closes its sockets, then the server ends what connections are left and stops
 * listening.
 *
 * @example Usage
 * ```ts ignore
 * await using server = serve(new Endpoint({ sockets: { "/socket": UserSocket } }));
 * const response = await fetch(`${server.url}/socket`);
 * ```
 *
 * @param app What to serve.
 * @param port The port, or 0 for a free one.
 * @param hostname The address to listen on.
 * @returns The server, which listens already.
 */
export function serve(app: App, port = 0, hostname = "127.0.0.1"): TestServer {
  const stop = new AbortController();
  const options = { port, hostname, signal: stop.signal, onListen: () => {} };
  const server = Deno.serve(options, (request, info) => app.fetch(request, info));
  const authority = `${hostname}:${server.addr.port}`;
  let isDown = false;
  return {
    url: `http://${authority}`,
    wsUrl: `ws://${authority}`,
    port: server.addr.port,
    async shutdown() {
      await app.shutdown?.();
      await server.shutdown();
      isDown = true;
    },
    async [Symbol.asyncDispose]() {
      await app.shutdown?.();
      if (!isDown) stop.abort();
      await server.finished;
    },
  };
}
