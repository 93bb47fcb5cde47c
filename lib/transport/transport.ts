/**
 * What an endpoint needs of a transport: WebSockets and long polling are two.
 *
 * @module
 */

import type { ServeInfo } from "./connect_info.ts";

/** Makes the response for a `connect` that threw. */
export type RenderError = (error: Error) => Response;

/** Turns requests into connections of one driver. */
export interface Transport {
  /** How many connections are open. */
  readonly connectionCount: number;
  /**
   * Answers a request.
   *
   * @param request The request.
   * @param info What the host knows of it.
   * @param pathParams What the path held.
   * @returns The response, which must reach the host as it is.
   */
  handle(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** Closes all connections, and those that are still opening, and waits until they are gone. */
  drain(): Promise<void>;
}

/** Tells a client to come back soon, when another server will be there. */
export function restarting(): Response {
  return new Response(null, { status: 503, headers: { "retry-after": "1" } });
}
