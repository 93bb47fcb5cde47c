/**
 * The connection info of a test client, which has no network.
 *
 * @module
 */

import type { ConnectInfo } from "../transport/request/connect_info.ts";

/** Empty connection info: what `Socket.connect` gets unless a test passes more. */
export const NO_INFO: ConnectInfo = {
  transport: "test",
  uri: new URL("http://localhost/socket/websocket"),
  peerData: undefined,
  address: undefined,
  userAgent: undefined,
  xHeaders: new Map(),
  traceContextHeaders: new Map(),
  secWebSocketHeaders: new Map(),
  authToken: undefined,
  session: undefined,
};
