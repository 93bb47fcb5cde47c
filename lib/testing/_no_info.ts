/**
 * What is known of a client that has no network.
 *
 * @module
 */

import type { ConnectInfo } from "../transport/request/connect_info.ts";

/** Nothing: what `Socket.connect` is told unless a test says more. */
export const NO_INFO: ConnectInfo = {
  transport: "test",
  uri: new URL("http://localhost/socket/websocket"),
  peerData: undefined,
  userAgent: undefined,
  xHeaders: new Map(),
  traceContextHeaders: new Map(),
  secWebSocketHeaders: new Map(),
  authToken: undefined,
  session: undefined,
};
