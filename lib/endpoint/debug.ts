/**
 * Inspects the connections and channels of a running endpoint. Phoenix's `Phoenix.Debug`.
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
 * Long lists come in pages, and are searched here rather than by the caller:
 *
 * | function | returns |
 * | --- | --- |
 * | {@linkcode debug.overview | overview} | the numbers of an endpoint |
 * | {@linkcode debug.sockets | sockets}, {@linkcode debug.socketsOf | socketsOf} | connections, by a text or by their `Socket.id` |
 * | {@linkcode debug.topics | topics}, {@linkcode debug.historyStreams | historyStreams} | topics with subscribers, and those with history |
 * | {@linkcode debug.tree | tree}, {@linkcode debug.processes | processes}, {@linkcode processInfo}, {@linkcode debug.processState | processState} | processes |
 * | {@linkcode debug.presenceTopics | presenceTopics}, {@linkcode debug.presenceMembers | presenceMembers} | who is where |
 * | {@linkcode debug.nodes | nodes} | the nodes of the cluster |
 * | {@linkcode debug.limitsHit | limitsHit} | the limits that clients have reached |
 * | {@linkcode debug.losses | losses} | messages that were lost on the way from node to node |
 * | {@linkcode debug.crashes | crashes} | the last crashes |
 * | {@linkcode debug.watch | watch} | begins to measure the time in handlers and what they wait for, which is off otherwise |
 *
 * ```ts
 * import { debug, Endpoint } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const { items, total, next } = debug.sockets(endpoint, { search: "user:7", limit: 20 });
 * assertEquals([items, total, next], [[], 0, undefined]); // `next` is the offset of the next page
 * ```
 *
 * **For debugging and status pages, not for application logic:** every function returns a snapshot and changes nothing.
 * Other threads and machines are not included. Secrets are hidden in what programs and clients put there: states,
 * metas, details of nodes. Labels, ids and topics are shown as they are; all of them may come from clients, so escape
 * them. `supervisionTree(endpoint)` prints all processes of an endpoint as a tree.
 *
 * @category Telemetry and logs
 * @module
 */

import { ChannelProcess } from "../channel/channel_process.ts";
import type { ChannelInfo, SocketInfo } from "../channel/socket_info.ts";
import { SocketProcess } from "../channel/socket_process.ts";
import type { CallOptions } from "../otp/server/call.ts";
import type { Pid } from "../otp/process/pid.ts";
import { getStatus } from "../otp/server/sys.ts";
import type { ServerStatus } from "../otp/process/server_status.ts";
import { redactor } from "../base/redact.ts";
import type { Endpoint } from "./endpoint.ts";

export type { ClusterNode } from "../cluster/membership.ts";
export type { LogFields } from "../base/log_record.ts";
export type { Retention } from "../history/retention.ts";
// `deno doc` documents what a namespace exports with `*`, not what it exports by name from another file.
export * from "../channel/socket_info.ts";
export * from "../limits/limit_count.ts";
export * from "../pubsub/loss_count.ts";
export * from "../otp/process/recorded_crash.ts";
export * from "../otp/server/handler_times.ts";
export type { AwaitedReply } from "../otp/server/open_calls.ts";
export * from "./debug/_crashes.ts";
export * from "./debug/_overview.ts";
export * from "./debug/_page.ts";
export * from "./debug/_presences.ts";
export * from "./debug/_processes.ts";
export * from "./debug/_sockets.ts";
export * from "./debug/_summary.ts";
export * from "./debug/_topics.ts";

/** The state of a channel, with secrets hidden. */
export interface ChannelState {
  /** The topic. */
  readonly topic: string;
  /** The channel's `socket.assigns`. Values of keys that `Socket.redactedKeys` names are hidden. */
  readonly assigns: unknown;
  /** Whether it handles messages; `sys.suspend` suspends it. */
  readonly phase: "running" | "suspended";
  /** The number of messages in its mailbox. */
  readonly messageQueueLength: number;
}

/**
 * Returns all connections of an endpoint to sockets with channels at once; {@linkcode sockets} returns a page of them.
 *
 * @param endpoint The endpoint.
 */
export function listSockets(endpoint: Endpoint): SocketInfo[] {
  return endpoint.socketPids.map((pid) => socketProcess(pid).info);
}

/**
 * Returns the channels of a connection.
 *
 * @param socket The connection's process: `pid` of a {@linkcode SocketInfo}, `transportPid` of a channel's socket.
 * @throws {TypeError} If it is the pid of another process.
 */
export function listChannels(socket: Pid<never>): ChannelInfo[] {
  return socketProcess(socket).channels;
}

/**
 * Returns the connection of a channel.
 *
 * @param channel The channel's process.
 * @throws {TypeError} If it is the pid of another process.
 */
export function socketOf(channel: Pid<never>): SocketInfo {
  return channelProcess(channel).socket.info;
}

/**
 * Returns the state of a channel, once it has handled the messages that are now in its mailbox.
 *
 * @param channel The channel's process.
 * @param options How long to wait; 5,000 ms by default.
 * @throws {TypeError} If it is the pid of another process.
 * @throws {CallTimeoutError} If the channel is busy for longer.
 * @throws {CallExitError} If it has ended, or ends before it replies.
 */
export async function channelState(channel: Pid<never>, options?: CallOptions): Promise<ChannelState> {
  const { phase, state, messageQueueLength } = await getStatus(channelProcess(channel), options);
  return { ...state as Pick<ChannelState, "topic" | "assigns">, phase, messageQueueLength };
}

const redact = redactor();

/**
 * Returns the status of any server, after its `formatStatus`, with secrets hidden, once it has handled the messages
 * that are now in its mailbox.
 *
 * @param server The process.
 * @param options How long to wait; 5,000 ms by default.
 * @throws {TypeError} If the process is no server.
 * @throws {CallTimeoutError} If it is busy for longer.
 * @throws {CallExitError} If it has ended, or ends before it replies.
 */
export async function processState(server: Pid<never>, options?: CallOptions): Promise<ServerStatus> {
  const { state, lastMessage, ...rest } = await getStatus(server, options);
  return { ...rest, state: redact(state), lastMessage: redact(lastMessage) };
}

function socketProcess(pid: Pid<never>): SocketProcess {
  if (pid instanceof SocketProcess) return pid;
  throw new TypeError(`Cannot inspect process ${pid.id} (${pid.label}): it is no connection; pass the pid of one`);
}

function channelProcess(pid: Pid<never>): ChannelProcess {
  if (pid instanceof ChannelProcess) return pid;
  throw new TypeError(`Cannot inspect process ${pid.id} (${pid.label}): it is no channel; pass the pid of one`);
}
