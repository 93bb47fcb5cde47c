/**
 * The part of a handshake that is kept for the lifetime of the connection.
 *
 * @module
 */

import type { ConnectInfo, PeerData } from "../transport/request/connect_info.ts";
import { requestIdOf } from "../transport/request/request_id.ts";
import { channelHandledIn, channelJoined } from "./telemetry.ts";

/** Where a client connected from, and its trace headers. */
export interface ClientOrigin {
  /** The client's address, if known. */
  readonly address: string | undefined;
  /** The other end of its TCP connection, if known. */
  readonly peer: PeerData | undefined;
  /** The id that a proxy gave to its handshake, if any. */
  readonly requestId: string | undefined;
  /** `traceparent` and `tracestate`, if it sent them and there was a listener. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** Extracts the part of the handshake that is kept. */
export function clientOriginOf(info: ConnectInfo): ClientOrigin {
  const { address, peerData: peer } = info;
  return { address, peer, requestId: requestIdOf(info), traceContextHeaders: traceContextOf(info) };
}

function traceContextOf(info: ConnectInfo): ReadonlyMap<string, string> {
  if (!channelJoined.hasListeners && !channelHandledIn.hasListeners) return NO_HEADERS;
  return info.traceContextHeaders; // even if it is empty: tracers find the span of the handshake by the object
}
