/**
 * The endpoint connects all parts: it handles requests for sockets, and lets the rest of the program reach the
 * connected clients.
 *
 * The file is long because users look everything up at this one class. It is mostly documentation: each method passes
 * on to the part that does the work.
 *
 * @module
 */

import { Log, type Report } from "../base/log.ts";
import { quoted } from "../base/printable.ts";
import { historyOf, publish, type PublishOptions } from "../history/publish.ts";
import type { TopicHistory } from "../history/topic_history.ts";
import type { RequestAllOptions, RequestAllResult } from "../channel/requests/request_all.ts";
import { SocketTree } from "../channel/socket_tree.ts";
import type { ClusterNode } from "../cluster/membership.ts";
import type { NodeRequestOptions } from "../cluster/node_requests.ts";
import type { Contract } from "../contract/contract.ts";
import { OutgoingCheck } from "../contract/outgoing_check.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { Reporting } from "../otp/process/reporting.ts";
import type { ChildInfo } from "../otp/supervisor/supervised_child.ts";
import { DISCONNECT } from "../protocol/events.ts";
import { assertPayload } from "../protocol/json.ts";
import type { JsonObject, Payload } from "../protocol/payload.ts";
import type { Broadcast } from "../pubsub/broadcast.ts";
import { PubSub } from "../pubsub/pubsub.ts";
import { AddressLimit } from "../limits/address_limit.ts";
import { type EndpointLimits, type LimitPreset, LIMITS, type LimitSet, withDefaults } from "../limits/limit_set.ts";
import { SeatLimit } from "../limits/seat.ts";
import { type Redactor, redactor } from "../base/redact.ts";
import { assertSecret } from "../security/secret.ts";
import { hostnameOf, type ServeInfo } from "../transport/request/connect_info.ts";
import type { SocketDriver } from "../transport/socket_driver.ts";
import { requestUrl } from "../transport/request/url.ts";
import type { EndpointHealth } from "./health.ts";
import { Drainer } from "./drainer.ts";
import { LoneThread } from "./_lone_thread.ts";
import { NodeService } from "./_node_service.ts";
import type { DisconnectResult, RemovalResult } from "./node_results.ts";
import { keepRoutes } from "./_kept_routes.ts";
import { EndpointTopic } from "./endpoint_topic.ts";
import type { ConnectionGroup } from "./connection_group.ts";
import type { MountedContract } from "./mounted_contract.ts";
import { MountedSockets } from "./_mounted_sockets.ts";
import type { EndpointOptions } from "./options.ts";

/**
 * Accepts clients: serves sockets at their paths, and broadcasts to the connected clients.
 *
 * ```ts
 * import { Channel, Endpoint, ok, reply, Socket } from "@urvogel/realtime";
 *
 * class EchoChannel extends Channel {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({ echo: (payload) => reply(payload) });
 * }
 *
 * class EchoSocket extends Socket {
 *   override channels = { "echo:*": EchoChannel };
 *   override connect() {
 *     return ok({});
 *   }
 * }
 *
 * const endpoint = new Endpoint({ sockets: { "/socket": EchoSocket } });
 * export default endpoint; // `deno serve` runs it; so does `Deno.serve(endpoint.fetch)`
 * ```
 *
 * @category Endpoint
 */
export class Endpoint {
  /** The PubSub that carries the broadcasts. */
  readonly pubsub: PubSub;
  readonly #options: EndpointOptions;
  readonly #sockets: MountedSockets;
  readonly #redact: Redactor;
  readonly #tree: SocketTree = new SocketTree({
    siblings: () => [this.#pubsubAsChild],
    reporting: () => this.#reporting,
  });
  readonly #drainer: Drainer;
  readonly #log: Log;
  readonly #node: NodeService;
  readonly #lone: LoneThread | undefined;
  readonly #reporting: Reporting;
  readonly #endReports: () => void;
  #down: Promise<void> | undefined;

  /**
   * Creates an endpoint without connections.
   *
   * @param options The sockets, and further options such as limits and the log.
   * @throws {TypeError} If a path, a socket, a channel, a topic pattern, an origin, a secret, a logger, a log level or
   * the name of a preset is not valid; if long polling is served on several nodes without a secret; or if the PubSub
   * has an adapter and was stopped.
   * @throws {RangeError} If a limit is out of range, or a secret has less than 20 bytes.
   */
  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#log = new Log(options, () => this.pubsub.isLocal ? NO_NODE : { node: this.pubsub.nodeName });
    this.#reporting = { log: this.#log, fields: {}, kind: "endpoint" };
    const { addressOf = hostnameOf } = options;
    const limits = limitsOf(options.limits);
    const { maxConnections, maxConnectionsPerAddress } = withDefaults<EndpointLimits>(options, limits.endpoint);
    const total = new SeatLimit("maxConnections", maxConnections);
    const addresses = { limit: new AddressLimit(maxConnectionsPerAddress), addressOf };
    this.#drainer = new Drainer(options.drainer ?? {});
    if ("secret" in options) assertSecret(options.secret, "create endpoint");
    this.pubsub = options.pubsub ?? new PubSub({}, () => this.supervisor);
    this.#node = NodeService.of(this.pubsub);
    this.#lone = this.pubsub.isLocal ? new LoneThread({ log: this.#log }) : undefined;
    this.#sockets = new MountedSockets(options, {
      pubsub: this.pubsub,
      tree: this.#tree,
      log: this.#log,
      limits,
      total,
      addresses,
      notice: this.#drainer.notice,
      onOccupied: this.#lone?.onOccupied,
      link: this.#node.requests,
    });
    this.#redact = redactor([...this.#sockets.redactedKeys]);
    keepRoutes(this.pubsub, this.#sockets.historyRoutes, options.history);
    this.#node.add(this);
    this.#endReports = this.pubsub.tree.reportTo(this.#reporting);
  }

  /**
   * Handles a request: connects the client if a socket is mounted at its path, otherwise responds with 404, or with 400
   * if its `Host` header is not a host. Empty segments of the path are ignored: `/socket//websocket/` is
   * `/socket/websocket`. The function is bound, so it can be passed directly: `Deno.serve(endpoint.fetch)`.
   *
   * Behind a router of another framework, pass the original request, and return the response unchanged: a WebSocket is
   * tied to both. `info` is the second argument of a `Deno.serve` handler; without it, addresses are unknown.
   *
   * ```ts
   * import { Hono } from "hono";
   * import { Endpoint, type ServeInfo } from "@urvogel/realtime";
   *
   * const endpoint = new Endpoint({ sockets: {} });
   * const app = new Hono<{ Bindings: ServeInfo }>(); // Deno.serve(app.fetch)
   * app.get("/", (c) => c.text("hello"));
   * app.all("/socket/*", (c) => endpoint.fetch(c.req.raw, c.env));
   * ```
   *
   * @param request The request.
   * @param info What the host passes along with it; the second argument of a `Deno.serve` handler.
   * @returns The response.
   */
  readonly fetch = async (request: Request, info?: ServeInfo): Promise<Response> => {
    const url = requestUrl(request);
    if (!url) return new Response(null, { status: 400 });
    const mount = this.#sockets.find(url.pathname);
    if (!mount) return new Response(null, { status: 404 });
    return await mount.transport.handle(request, info, mount.pathParams);
  };

  /**
   * Returns whether a request is for one of the sockets. `serve` uses it to pass other requests to another handler. A
   * request whose `Host` header is not a host counts as one, so that {@linkcode Endpoint.prototype.fetch | fetch}
   * refuses it.
   */
  owns(request: Request): boolean {
    const url = requestUrl(request);
    return url === undefined || this.#sockets.find(url.pathname) !== undefined;
  }

  /**
   * Returns the driver of a path, for connections that are made without an HTTP request, as in tests. They are counted,
   * and closed by {@linkcode Endpoint.prototype.shutdown | shutdown}, like all others.
   *
   * @param path A path at which a socket is mounted, without `/websocket`.
   * @throws {TypeError} If nothing is mounted there.
   */
  driver(path: string): SocketDriver {
    return this.#sockets.driver(path);
  }

  /** The number of connected clients. */
  get connectionCount(): number {
    return this.#sockets.all.reduce((count, { connections }) => count + connections.size, 0);
  }

  /** The open connections by socket and kind of transport, for metrics and `debug`. */
  get connectionGroups(): readonly ConnectionGroup[] {
    return this.#sockets.groups;
  }

  /** The number of channels on this thread, including those that are still terminating. */
  get channelCount(): number {
    return this.#tree.channels.size;
  }

  /** The contracts of the channels, where they have one, for what describes or checks them. */
  get contracts(): readonly MountedContract[] {
    return [...this.#sockets.contracts];
  }

  /**
   * Hides secrets for people who look at the endpoint: by the names in `Socket.redactedKeys` of all its sockets, and by
   * the default ones. For what does not belong to one connection, such as broadcasts and metas.
   *
   * @param value Any value. It is not changed.
   * @returns The value, or a copy without secrets.
   */
  redact(value: unknown): unknown {
    return this.#redact(value);
  }

  /** The processes of the connections to sockets with channels, for the functions of `debug`. */
  get socketPids(): readonly Pid<never>[] {
    return [...this.#tree.sockets];
  }

  /**
   * The root process of the endpoint's tree, for {@linkcode supervisionTree}. Below it are the connections, each with
   * its channels, and the PubSub. A PubSub that was passed in is shown, but has no parent here. The process is started
   * when it is first needed. If it is killed, all connections close, and a new one is started.
   */
  get supervisor(): Pid<never> {
    return this.#tree.root;
  }

  /**
   * Sends an event to all members of a topic.
   *
   * @param topic The topic.
   * @param event The name of the event.
   * @param payload The data of the event: an object, or a `Uint8Array`.
   * @throws {TypeError} If the payload is something else that JSON cannot carry, such as a promise; or anything else,
   * if members are to get it by protocol V2.
   */
  broadcast(topic: string, event: string, payload: Payload): void {
    assertPayload(payload, "payload of broadcast");
    this.pubsub.broadcast(topic, event, payload);
  }

  /**
   * Sends an event to all members of a topic with history, and waits until it is kept. `broadcast` to such a topic does
   * not wait: it throws if the message cannot be kept and that is known, and reports later failures as
   * `urvogel:history:unpublished`.
   *
   * ```ts
   * import { Channel, Endpoint, ok, Socket } from "@urvogel/realtime";
   * import { connect } from "@urvogel/realtime/testing";
   * import { assertEquals } from "@std/assert";
   *
   * class NewsChannel extends Channel {
   *   override history = { maxMessages: 20 };
   *   override join() {
   *     return ok();
   *   }
   * }
   * class NewsSocket extends Socket {
   *   override channels = { "news:*": NewsChannel };
   *   override connect() {
   *     return ok();
   *   }
   * }
   *
   * const endpoint = new Endpoint({ sockets: { "/socket": NewsSocket } });
   * const since = await endpoint.position("news:1"); // for a page that is rendered first
   * await endpoint.publish("news:1", "headline", { text: "hello" });
   * const client = await connect(endpoint);
   * const news = await client.join("news:1", { since });
   * await news.assertPush("headline", { text: "hello" });
   * assertEquals((await endpoint.history("news:1").list()).length, 1);
   * await client.close();
   * await endpoint.shutdown();
   * ```
   *
   * @param topic The topic. Its channel declares `history`.
   * @param event The name of the event.
   * @param payload The data of the event: an object, or a `Uint8Array`.
   * @param options A key that makes it idempotent.
   * @returns The position of the message.
   * @throws {TypeError} If the payload is not valid, or there is no history of such messages.
   * @throws {BusDownError} If what keeps it cannot be reached. The message was not delivered, unless the error says that
   * this is not known (`mayBeDone`): then publish it again, with the same key.
   * @throws {TooLargeError} If it is too large to be kept.
   */
  async publish(topic: string, event: string, payload: Payload, options?: PublishOptions): Promise<string> {
    assertPayload(payload, "payload of broadcast");
    return await publish(this.pubsub, topic, event, payload, options);
  }

  /**
   * Returns the position of the last message of a topic with history. A page that is rendered first and joins later
   * takes it before it reads its data, and joins with it as `since`.
   *
   * @throws {TypeError} If the topic has no history.
   * @throws If what keeps it cannot be reached.
   */
  async position(topic: string): Promise<string> {
    return await historyOf(this.pubsub, topic).position(topic);
  }

  /**
   * Returns what is kept of a topic with history, to look at and to delete from.
   *
   * @throws {TypeError} If the topic has no history.
   */
  history(topic: string): TopicHistory {
    return historyOf(this.pubsub, topic).of(topic);
  }

  /**
   * Sends an event to all members of a topic except the process `from`; see
   * {@linkcode Endpoint.prototype.broadcast | broadcast}.
   */
  broadcastFrom(from: Pid<never>, topic: string, event: string, payload: Payload): void {
    assertPayload(payload, "payload of broadcast");
    this.pubsub.broadcastFrom(from, topic, event, payload);
  }

  /**
   * Sends an event to the members of a topic on this node; see {@linkcode Endpoint.prototype.broadcast | broadcast}.
   */
  localBroadcast(topic: string, event: string, payload: Payload): void {
    assertPayload(payload, "payload of broadcast");
    this.pubsub.localBroadcast(topic, event, payload);
  }

  /**
   * Sends an event to the members of a topic on this node, except the process `from`; see
   * {@linkcode Endpoint.prototype.broadcast | broadcast}.
   */
  localBroadcastFrom(from: Pid<never>, topic: string, event: string, payload: Payload): void {
    assertPayload(payload, "payload of broadcast");
    this.pubsub.localBroadcastFrom(from, topic, event, payload);
  }

  /**
   * Returns a topic whose channels follow a contract, for typed broadcasts from anywhere in the program. A module that
   * the endpoint itself imports, such as one with the servers of rooms, uses {@linkcode topicOf}.
   *
   * ```ts
   * import { Endpoint } from "@urvogel/realtime";
   * import { contract } from "@urvogel/realtime/contract";
   * import * as z from "zod";
   *
   * const room = contract({ out: { said: { payload: z.object({ from: z.string(), text: z.string() }) } } });
   *
   * const endpoint = new Endpoint({ sockets: {} });
   * endpoint.topic(room, "room:1").broadcast("said", { from: "server", text: "hello" });
   * ```
   *
   * @param contract The contract of the topic's channels.
   * @param topic The topic.
   */
  topic<C extends Contract>(contract: C, topic: string): EndpointTopic<C> {
    const onLate = (error: unknown, event: string) => this.#log.write("error", { event, error }, LATE_CHECK);
    const check = this.#options.validateOut ? new OutgoingCheck(contract, onLate) : undefined;
    return new EndpointTopic(topic, this, check);
  }

  /**
   * Sends a request to all members of a topic on all nodes, as `ChannelSocket.request` does to one, and waits for their
   * answers, at most `timeoutMs` (5,000), and a second more for nodes that do not reply. `Channel.handleOut` does not
   * run.
   *
   * ```ts
   * import { Channel, Endpoint, ok, Socket } from "@urvogel/realtime";
   * import { connect } from "@urvogel/realtime/testing";
   * import { assertEquals } from "@std/assert";
   *
   * class GameChannel extends Channel {
   *   override join() {
   *     return ok();
   *   }
   * }
   * class GameSocket extends Socket {
   *   override channels = { "game:*": GameChannel };
   *   override connect() {
   *     return ok();
   *   }
   * }
   *
   * const endpoint = new Endpoint({ sockets: { "/socket": GameSocket } });
   * await using client = await connect(endpoint);
   * const game = await client.join("game:1");
   * const vote = endpoint.requestAll("game:1", "vote", { on: "a pause" }, { timeoutMs: 10_000 });
   * (await game.assertRequest("vote")).answer({ yes: true });
   * const { replies, missing } = await vote;
   * assertEquals([replies[0]?.response, missing.length], [{ yes: true }, 0]);
   * await endpoint.shutdown();
   * ```
   *
   * @param topic The topic.
   * @param event The name of the event.
   * @param payload An object. Bytes cannot be requests.
   * @param options How long to wait, and how many members there may be.
   * @returns The answers, and the members and nodes without one.
   * @throws {RangeError} If the topic has more than `maxMembers` (10,000) members on this node, or `timeoutMs` is
   * invalid.
   * @throws {TypeError} If the payload is not an object, or JSON cannot represent it.
   * @throws The reason of `signal` if it is aborted.
   */
  async requestAll(
    topic: string,
    event: string,
    payload: JsonObject,
    options?: RequestAllOptions,
  ): Promise<RequestAllResult> {
    return await this.#node.requestAll(topic, event, payload, options);
  }

  /**
   * Subscribes a process to the broadcasts of a topic, which it receives as {@linkcode Broadcast} messages.
   *
   * @returns Ends the subscription, which otherwise lasts as long as the process.
   */
  subscribe(topic: string, pid: Pid<Broadcast>): () => void {
    return this.pubsub.subscribe(topic, pid);
  }

  /** Ends a subscription of {@linkcode Endpoint.prototype.subscribe | subscribe}. */
  unsubscribe(topic: string, pid: Pid<Broadcast>): void {
    this.pubsub.unsubscribe(topic, pid);
  }

  /**
   * Closes all connections whose `Socket.id` is `socketId`, on all nodes, with code 1001. Their clients connect again;
   * to keep a client out, refuse it in `connect` as well.
   * {@linkcode Endpoint.prototype.confirmDisconnect | confirmDisconnect} reports which nodes did it.
   *
   * @param socketId What `Socket.id` returned for them, such as `"user:7"`.
   * @throws {BusDownError} If the bus is down. No connection is closed.
   */
  disconnect(socketId: string): void {
    this.pubsub.broadcast(socketId, DISCONNECT, {});
  }

  /**
   * Closes all connections whose `Socket.id` is `socketId`, as {@linkcode Endpoint.prototype.disconnect | disconnect},
   * and waits until all nodes have done so. While the bus is down, those of this node are closed, and all other nodes
   * are missing.
   *
   * ```ts
   * import { Endpoint } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * const endpoint = new Endpoint({ sockets: {} });
   * const { closed, missing } = await endpoint.confirmDisconnect("user:7");
   * assertEquals([closed, missing], [0, []]);
   * ```
   *
   * @param socketId What `Socket.id` returned for them, such as `"user:7"`.
   * @param options How long to wait: 5,000 ms by default.
   * @returns How many connections were closed where, and which nodes did not reply.
   * @throws {RangeError} If `timeoutMs` is invalid.
   */
  async confirmDisconnect(socketId: string, options?: NodeRequestOptions): Promise<DisconnectResult> {
    const { total: closed, nodes, missing } = await this.#node.disconnect(socketId, options);
    return { closed, nodes, missing };
  }

  /**
   * Takes the clients whose `Socket.id` is `socketId` out of one topic, on all nodes. Their connections and their other
   * topics stay. The channel handles the messages that wait for it, then ends with the reason
   * `{ shutdown: "removed" }`.
   *
   * The client gets `phx_close`. With phoenix.js its `onClose` callbacks run, and that channel object does not join
   * again; but the client may create another one, so refuse it in `join` as well. A client that is about to join gets
   * its `ok` first.
   *
   * @param socketId What `Socket.id` returned for them, such as `"user:7"`.
   * @param topic The topic.
   * @param options How long to wait for the nodes: 5,000 ms by default.
   * @returns How many connections were in the topic where, and which nodes did not reply.
   * @throws {RangeError} If `timeoutMs` is invalid.
   */
  async removeFromTopic(socketId: string, topic: string, options?: NodeRequestOptions): Promise<RemovalResult> {
    const { total: removed, nodes, missing } = await this.#node.remove(socketId, topic, options);
    return { removed, nodes, missing };
  }

  /**
   * Returns the nodes that are up or down, this one first, as this one sees them. A node that has an endpoint says in
   * `details`: `version` of the library, `startedAt` (ISO 8601), its number of `connections` and whether it
   * `isDraining`. What others say is as old as their last heartbeat (5 seconds).
   */
  nodes(): ClusterNode[] {
    return this.#node.membership.nodes();
  }

  /** Returns whether clients can be served, and why not; see {@linkcode healthHandler}. */
  health(): EndpointHealth {
    const { isLocal, isConnected, requiresBus } = this.pubsub;
    const nodes = this.nodes();
    const up = nodes.filter(({ status }) => status === "up").length;
    return {
      status: this.isDraining ? "draining" : isConnected ? "ok" : "degraded",
      isReady: !this.isDraining && (isConnected || !requiresBus),
      bus: isLocal ? "none" : isConnected ? "up" : "down",
      nodes: { up, down: nodes.length - up },
      connections: this.connectionCount,
    };
  }

  /** Whether it shuts down, or has shut down: new clients are refused. */
  get isDraining(): boolean {
    return this.#down !== undefined;
  }

  /**
   * Shuts the endpoint down. It refuses new clients with 503, and closes all connections in batches with code 1012, so
   * that clients reconnect (to the next server). It waits until they have confirmed the close or their time to do so is
   * over, then until their channels have ended, for at most five seconds. See `EndpointOptions.drainer`.
   *
   * It does not end the HTTP server: call `server.shutdown()` afterwards, or leave both to
   * {@linkcode shutdownOnSignal}.
   */
  async shutdown(): Promise<void> {
    await (this.#down ??= this.#drain());
  }

  /**
   * The maximum duration of {@linkcode Endpoint.prototype.shutdown | shutdown}, in milliseconds: the `shutdownMs` of
   * `EndpointOptions.drainer`.
   */
  get shutdownMs(): number {
    return this.#drainer.shutdownMs;
  }

  /** Shuts the endpoint down, as {@linkcode Endpoint.prototype.shutdown | shutdown}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #drain(): Promise<void> {
    await this.#drainer.drain(this.#sockets.all, this.#tree.channels);
    await this.#lone?.end();
    this.#node.delete(this);
    if (!this.#options.pubsub) await this.pubsub.stop(); // one that was handed in may serve others
    this.#endReports();
    this.#tree.end();
  }

  get #pubsubAsChild(): ChildInfo {
    return { id: "PubSub", type: "supervisor", status: "running", pid: this.pubsub.supervisor };
  }
}

function limitsOf(preset: LimitPreset = "standard"): LimitSet {
  if (Object.hasOwn(LIMITS, preset)) return LIMITS[preset];
  throw new TypeError(`Cannot limit endpoint: "limits" must be "standard" or "strict", received ${quoted(preset)}`);
}

const LATE_CHECK: Report<{ readonly event: string; readonly error: unknown }> = {
  kind: "broadcast against a contract",
  describe: ({ event, error }) => ({ message: `a broadcast of ${quoted(event)} failed its check`, fields: { error } }),
};

const NO_NODE = {};
