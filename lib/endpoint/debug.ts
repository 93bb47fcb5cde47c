/**
 * Looking at connections and channels while they work. Phoenix's `Phoenix.Debug`.
 *
 * ```ts
 * import { Channel, debug, Endpoint, ok, Socket } from "@urvogel/realtime";
 * import { connect } from "@urvogel/realtime/testing";
 * import { assert, assertEquals, assertStrictEquals } from "@std/assert";
 *
 * class RoomChannel extends Channel<{ user: string; token: string }> {
 *   override join() {
 *     return ok();
 *   }
 * }
 * class UserSocket extends Socket<{ user: string; token: string }> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect() {
 *     return ok({ user: "ann", token: "sesame" });
 *   }
 * }
 *
 * const endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
 * await using client = await connect(endpoint);
 * await client.join("room:lobby");
 *
 * const [socket] = debug.listSockets(endpoint);
 * assert(socket);
 * assertEquals(socket.topics, ["room:lobby"]);
 * const [channel] = debug.listChannels(socket.pid);
 * assert(channel?.pid);
 * assertStrictEquals(debug.socketOf(channel.pid).pid, socket.pid);
 * const { assigns } = await debug.channelState(channel.pid);
 * assertEquals(assigns, { user: "ann", token: "[redacted]" });
 * ```
 *
 * **For people who look for a fault, and for a page that shows them what goes on, not for programs:** everything here
 * shows one moment, and changes nothing. Other threads and machines are not seen. `supervisionTree(endpoint)` prints all
 * processes of an endpoint as a tree.
 *
 * @module
 */

import { ChannelProcess } from "../channel/channel_process.ts";
import { type ChannelInfo, type SocketInfo, SocketProcess } from "../channel/socket_process.ts";
import type { CallOptions } from "../otp/server/call.ts";
import type { Pid } from "../otp/process/pid.ts";
import { getStatus } from "../otp/server/sys.ts";
import type { Endpoint } from "./endpoint.ts";

export type { ChannelInfo, SocketInfo };

/** The state of a channel, with secrets hidden. */
export interface ChannelState {
  /** The topic. */
  readonly topic: string;
  /** What the channel's `socket.assigns` holds. Values of keys that `Socket.redactedKeys` names are hidden. */
  readonly assigns: unknown;
  /** Whether it handles messages; `sys.suspend` holds it still. */
  readonly phase: "running" | "suspended";
  /** How many messages wait for it. */
  readonly messageQueueLength: number;
}

/**
 * The connections of an endpoint: all of those to sockets with channels, on this thread.
 *
 * @param endpoint The endpoint.
 */
export function listSockets(endpoint: Endpoint): SocketInfo[] {
  return endpoint.socketPids.map((pid) => socketProcess(pid).info);
}

/**
 * The channels of a connection.
 *
 * @param socket The connection's process: `pid` of a {@linkcode SocketInfo}, `transportPid` of a channel's socket.
 * @throws {TypeError} If it is something else.
 */
export function listChannels(socket: Pid<never>): ChannelInfo[] {
  return socketProcess(socket).channels;
}

/**
 * The connection of a channel.
 *
 * @param channel The channel's process.
 * @throws {TypeError} If it is something else.
 */
export function socketOf(channel: Pid<never>): SocketInfo {
  return channelProcess(channel).socket.info;
}

/**
 * The state of a channel, once it has handled the messages that wait for it now.
 *
 * @param channel The channel's process.
 * @param options How long to wait; 5,000 ms by default.
 * @throws {TypeError} If it is something else.
 * @throws {CallTimeoutError} If the channel is busy for longer.
 * @throws {CallExitError} If it has ended, or ends meanwhile.
 */
export async function channelState(channel: Pid<never>, options?: CallOptions): Promise<ChannelState> {
  const { phase, state, messageQueueLength } = await getStatus(channelProcess(channel), options);
  return { ...state as Pick<ChannelState, "topic" | "assigns">, phase, messageQueueLength };
}

function socketProcess(pid: Pid<never>): SocketProcess {
  if (pid instanceof SocketProcess) return pid;
  throw new TypeError(`Cannot look into process ${pid.id} (${pid.label}): it is no connection`);
}

function channelProcess(pid: Pid<never>): ChannelProcess {
  if (pid instanceof ChannelProcess) return pid;
  throw new TypeError(`Cannot look into process ${pid.id} (${pid.label}): it is no channel`);
}
