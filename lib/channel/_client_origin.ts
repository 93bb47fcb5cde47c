/**
 * What is kept of a handshake for as long as the connection lasts.
 *
 * @module
 */

import type { ConnectInfo, PeerData } from "../transport/request/connect_info.ts";
import { channelHandledIn, channelJoined } from "./telemetry.ts";

/** How a client connected. */
export interface ClientOrigin {
  /** The client's address, where it is known. */
  readonly peer: PeerData | undefined;
  /** `traceparent` and `tracestate`, if it had them and somebody listened. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** Takes what is worth keeping. */
export function clientOriginOf(info: ConnectInfo): ClientOrigin {
  return { peer: info.peerData, traceContextHeaders: traceContextOf(info) };
}

function traceContextOf(info: ConnectInfo): ReadonlyMap<string, string> {
  if (!channelJoined.hasListeners && !channelHandledIn.hasListeners) return NO_HEADERS;
  const { traceContextHeaders } = info;
  return traceContextHeaders.size > 0 ? traceContextHeaders : NO_HEADERS;
}
