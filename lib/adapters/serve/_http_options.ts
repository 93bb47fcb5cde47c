/**
 * The options of node:http.
 *
 * @module
 */

import type { ServerOptions } from "node:http";
import type { ServerSettings } from "./options.ts";
import { asksForWebSocket } from "./_upgrader.ts";

/** Minimum and maximum interval between two checks for late requests. */
const LEAST_CHECK_MS = 250;
const MOST_CHECK_MS = 30_000;

/** The limits of a server for node:http. */
type HttpOptions = ServerOptions & {
  /** For TLS. */
  readonly handshakeTimeout: number;
  /** Node 24.9 and later. Before, a request for another protocol is an upgrade, too. */
  readonly shouldUpgradeCallback: typeof asksForWebSocket;
};

/** Converts the settings of a server for node:http, which takes integers only, and 0 for no limit. */
export function httpOptions(
  { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes }: ServerSettings,
): HttpOptions {
  const headMs = Math.min(headersTimeoutMs, requestTimeoutMs); // node:http insists on that
  return {
    handshakeTimeout: finite(headersTimeoutMs),
    headersTimeout: finite(headMs),
    requestTimeout: finite(requestTimeoutMs),
    keepAliveTimeout: finite(keepAliveTimeoutMs),
    maxHeaderSize: maxHeaderBytes,
    connectionsCheckingInterval: Math.min(Math.max(LEAST_CHECK_MS, Math.ceil(headMs / 4)), MOST_CHECK_MS),
    noDelay: true,
    shouldUpgradeCallback: asksForWebSocket,
  };
}

function finite(ms: number): number {
  return ms === Infinity ? 0 : Math.ceil(ms);
}
