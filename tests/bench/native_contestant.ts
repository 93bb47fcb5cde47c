/**
 * A contestant on `Deno.serve`.
 *
 * @module
 */

import { announce, MEMORY_PATH, memoryUsage } from "./contestant.ts";

/** Responds to a request for a socket. */
export type SocketHandler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** Serves on a free port of the loopback. */
export function serveNatively(handler: SocketHandler): void {
  const onListen = ({ port }: Deno.NetAddr) => announce(port);
  Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, (request, info) => {
    // Looked for at the end of what is asked for, so that a request for a socket costs no parsing here.
    return request.url.endsWith(MEMORY_PATH) ? Response.json(memoryUsage()) : handler(request, info);
  });
}
