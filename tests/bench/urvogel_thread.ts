/**
 * A thread of `urvogel_threads_server.ts`: it listens at the port that it is sent, and sends back at which it listens.
 *
 * @module
 */

import app from "./threads_app.ts";

/** The part of a Worker's global scope that is used. */
interface ThreadScope {
  onmessage: (event: MessageEvent<number>) => void;
  postMessage(port: number): void;
}

const scope = globalThis as unknown as ThreadScope;
scope.onmessage = ({ data: port }) =>
  void Deno.serve({
    ...{ port, reusePort: true, hostname: "127.0.0.1" },
    onListen: ({ port }) => scope.postMessage(port),
  }, async (request, info) => await app.fetch(request, info));
scope.postMessage(0); // it has loaded
