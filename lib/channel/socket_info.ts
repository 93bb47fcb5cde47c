/**
 * What the debug functions report about connections and channels.
 *
 * @module
 */

import type { Pid } from "../otp/process/pid.ts";
import type { PeerData } from "../transport/request/connect_info.ts";

/** A snapshot of a connection to a socket with channels. */
export interface SocketInfo {
  /** Its process. */
  readonly pid: Pid<never>;
  /** The name of its socket's class. */
  readonly socket: string;
  /** The id that `Socket.id` returned. */
  readonly id: string | null;
  /** The transport: `"websocket"` or `"longpoll"`. */
  readonly transport: string;
  /** The client's address, as the endpoint's `addressOf` reads it; `undefined` if it is not known. */
  readonly address: string | undefined;
  /** The other end of the TCP connection: the client, or a proxy in front of it. */
  readonly peer: PeerData | undefined;
  /** When it was opened. */
  readonly since: Date;
  /** The number of bytes that the client has not read yet. */
  readonly bufferedBytes: number;
  /** The topics that it has joined or is joining. */
  readonly topics: readonly string[];
}

/** A snapshot of a channel. */
export interface ChannelInfo {
  /** The topic. */
  readonly topic: string;
  /** Whether the client has joined, or `join` has not decided yet. */
  readonly status: "joining" | "joined";
  /** Its process; there is none yet while a second join of the topic waits for the first to end. */
  readonly pid: Pid<never> | undefined;
  /** The number of messages in its mailbox. */
  readonly messageQueueLength: number;
}
