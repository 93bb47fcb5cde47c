/**
 * The open connections of one socket by one transport.
 *
 * @module
 */

import type { Connection } from "../transport/connection.ts";

/**
 * The open connections of one socket by one transport, for metrics. Iterates over them; its size costs nothing.
 *
 * @category Endpoint
 */
export interface ConnectionGroup {
  /** The name of the socket's class, or the path of a driver that has no class. */
  readonly socket: string;
  /** The transport: `"websocket"`, `"longpoll"`, or `"direct"` for connections without an HTTP request, as in tests. */
  readonly transport: "websocket" | "longpoll" | "direct";
  /** The connections. */
  readonly connections: Iterable<Connection> & { readonly size: number };
}
