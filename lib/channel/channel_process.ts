/**
 * The process of a channel, which knows its connection's.
 *
 * @module
 */

import type { ProcessOptions } from "../otp/process.ts";
import { ServerProcess } from "../otp/server_process.ts";
import type { ChannelServer } from "./channel_server.ts";
import type { SocketProcess } from "./socket_process.ts";

/** The process of a channel. */
export class ChannelProcess<A extends object> extends ServerProcess<undefined> {
  /** The process of the connection. */
  readonly socket: SocketProcess;

  /** Creates a live process that does nothing until it is started. */
  constructor(server: ChannelServer<A>, socket: SocketProcess, options: ProcessOptions) {
    super(server, options);
    this.socket = socket;
  }
}
