/**
 * Connects test clients to a server.
 *
 * @module
 */

import { checkCallsOf } from "../cluster/checked_calls.ts";
import { Endpoint } from "../endpoint/endpoint.ts";
import type { SocketClass } from "../endpoint/options.ts";
import { History } from "../history/history.ts";
import { protocolsFor } from "../transport/request/auth_token.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Params } from "../transport/request/params.ts";
import { Inbox } from "./_inbox.ts";
import type { Patience } from "./_message_log.ts";
import { NO_INFO } from "./_no_info.ts";
import { TestClient } from "./test_client.ts";
import { LocalWire, WebSocketWire } from "./wire.ts";

/** Thrown when the server refused the connection. */
export class ConnectRefusedError extends Error {
  /** The reason that `refuse(reason)` was given. */
  readonly reason: unknown;

  /** Creates the error. */
  constructor(reason: unknown) {
    super(`Cannot connect: the socket refused with ${JSON.stringify(reason) ?? "no reason"}`);
    this.name = "ConnectRefusedError";
    this.reason = reason;
  }
}

/** Options for {@linkcode connect}. */
export interface ConnectOptions {
  /** Connection info that `Socket.connect` gets besides the parameters. */
  readonly connectInfo?: Partial<ConnectInfo>;
  /**
   * The path of the socket, if the target is an endpoint.
   *
   * @default {"/socket"}
   */
  readonly path?: string;
  /**
   * How long an assertion waits for a message, in milliseconds of real time.
   *
   * @default {1000}
   */
  readonly timeoutMs?: number;
}

const PATH = "/socket";
const TIMEOUT_MS = 1000;

/**
 * Connects a test client to a server in this program, without a network. Everything else is as in production, including
 * the frames of protocol V2.
 *
 * Servers by key (`KeyedServers`) of the endpoint's PubSub that start from now on treat calls within the program as those
 * of other nodes, unless their option `checkCalls` is `false` or their `scope` is `"node"`.
 *
 * @example Usage
 * ```ts
 * import { Channel, ok, reply, Socket } from "@urvogel/realtime";
 * import { connect } from "@urvogel/realtime/testing";
 * import { assertEquals } from "@std/assert";
 *
 * class RoomChannel extends Channel<{ user: string }> {
 *   override join() {
 *     return ok({ welcome: true });
 *   }
 *   override handleIn = this.handlers({
 *     say: (payload, socket) => {
 *       socket.broadcast("said", { from: socket.assigns.user, payload });
 *       return reply({ received: true });
 *     },
 *   });
 * }
 * class UserSocket extends Socket<{ user: string }> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect() {
 *     return ok({ user: "ann" });
 *   }
 * }
 *
 * await using client = await connect(UserSocket);
 * const room = await client.subscribeAndJoin("room:lobby");
 * assertEquals(room.joinReply, { welcome: true });
 * const ref = room.push("say", "hello");
 * await room.assertReply(ref, "ok", { received: true });
 * await room.assertBroadcast("said", { from: "ann" });
 * await room.refutePush("error");
 * ```
 *
 * @param target A class that extends `Socket`, which gets its own endpoint, with `validateOut`; or an endpoint, which
 * several clients can share.
 * @param params The parameters of the connection.
 * @param options Connection info for `Socket.connect`, the path of the socket, how long assertions wait.
 * @returns The client.
 * @throws {ConnectRefusedError} If the socket refuses.
 * @throws What `Socket.connect` throws.
 */
export async function connect(
  target: SocketClass | Endpoint,
  params: Params = {},
  { connectInfo = {}, path = PATH, timeoutMs = TIMEOUT_MS }: ConnectOptions = {},
): Promise<TestClient> {
  const isShared = target instanceof Endpoint;
  const endpoint = isShared ? target : new Endpoint({ sockets: { [path]: target }, validateOut: true });
  checkCallsOf(endpoint.pubsub);
  History.of(endpoint.pubsub)?.endTopicsAtOnce();
  const result = await endpoint.driver(path).connect({ vsn: "2.0.0", ...params }, {
    ...NO_INFO,
    traceContextHeaders: new Map(),
    address: connectInfo.peerData?.hostname,
    ...connectInfo,
  });
  if (result.next === "refuse") throw new ConnectRefusedError(result.reason);
  const inbox = new Inbox({ until: "idle", timeoutMs });
  // One of its own ends with the client, which does not wait for channels that take their time.
  const onClosed = isShared ? undefined : () => void endpoint.shutdown();
  return new TestClient(new LocalWire(result.value, inbox), inbox, endpoint.pubsub, onClosed);
}

/** Options for {@linkcode connectOverNetwork}. */
export interface NetworkConnectOptions extends Pick<ConnectOptions, "timeoutMs"> {
  /**
   * What phoenix.js 1.8 sends as its option `authToken`: a token that is not in the URL. The mount needs
   * `websocket: { authToken: true }`.
   *
   * @default {undefined}
   */
  readonly authToken?: string;
}

/**
 * Connects a test client over a real WebSocket. It cannot see whether the server is idle, so its assertions wait for up
 * to `timeoutMs`.
 *
 * @param url The URL of the server's socket, such as `ws://127.0.0.1:4000/socket`; `/websocket` is added, as phoenix.js
 * does.
 * @param params The parameters of the connection. Nested ones are not supported here.
 * @param options A token, how long assertions wait for a message.
 * @returns The client.
 * @throws {Error} If the server refuses.
 */
export async function connectOverNetwork(
  url: string | URL,
  params: Readonly<Record<string, string>> = {},
  { timeoutMs = TIMEOUT_MS, authToken }: NetworkConnectOptions = {},
): Promise<TestClient> {
  const target = new URL(url);
  target.pathname = `${target.pathname.replace(/\/$/, "")}/websocket`;
  for (const [name, value] of Object.entries({ vsn: "2.0.0", ...params })) target.searchParams.set(name, value);
  const patience: Patience = { until: "timeout", timeoutMs };
  const inbox = new Inbox(patience);
  const protocols = authToken === undefined ? [] : protocolsFor(authToken);
  return new TestClient(await WebSocketWire.connect(target, protocols, inbox), inbox, undefined);
}
