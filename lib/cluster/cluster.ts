/**
 * The nodes of a cluster, and calls to servers of other nodes by name.
 *
 * @module
 */

import type { CallOptions } from "../otp/server/call.ts";
import { CallExitError } from "../otp/process/errors.ts";
import type { SendResult } from "../otp/process/mailbox.ts";
import { assertTimeout } from "../otp/process/timeout_ms.ts";
import type {
  CallsOf,
  CastsOf,
  ReplyOf,
  RequestArguments,
  ServerCalls,
  ServerInterface,
  ServerRef,
} from "../otp/server/server_ref.ts";
import type { Schema } from "../contract/schema.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { EXPOSED, ExposedServers, factOf } from "./_exposed_servers.ts";
import { type ClusterNode, Membership } from "./membership.ts";
import { NodeDownError } from "./node_errors.ts";
import type { ExposableName } from "./crossing_types.ts";
import { hadNoHandler, type NodeReplies, NodeRequests } from "./node_requests.ts";
import { type AnyServer, RemoteRef, valueOfReply } from "./remote_ref.ts";
import { decodeServerReply, encodeServerRequest } from "./_server_message.ts";

/**
 * A node that came up, went silent, or is gone for good.
 *
 * @category Cluster
 */
export interface ClusterNodeChange {
  /** The name of the node. */
  readonly name: string;
  /**
   * `"down"` may be followed by `"up"`. `"gone"` may not: it has stopped, was restarted, or was silent for too long.
   */
  readonly status: "up" | "down" | "gone";
}

/**
 * Options for {@linkcode Cluster.prototype.expose | Cluster.expose}.
 *
 * @category Cluster
 */
export interface ExposeOptions {
  /**
   * Schemas for requests, by the name of the call or the cast. A request that does not fit is refused, and the server
   * notices nothing.
   *
   * @default {{}}
   */
  readonly schemas?: Readonly<Partial<Record<string, Schema>>>;
}

/**
 * Which nodes a cast was sent to.
 *
 * @category Cluster
 */
export interface SentToNodes {
  /** The names of the nodes that it was sent to. It may still be lost. */
  readonly sent: readonly string[];
  /** The names of the nodes that have the server and are down, or cannot be reached. */
  readonly missing: readonly string[];
}

/**
 * The servers of one name on all nodes.
 *
 * @category Cluster
 */
export interface ClusterServers<I extends ServerInterface> {
  /**
   * Calls the server of each node, and waits for all. OTP's `multi_call`. It does not reject because of a node that is
   * gone.
   *
   * @returns The replies, and who is missing, with the reason.
   * @throws {RangeError} If `timeoutMs` is negative or not a number.
   * @throws {TypeError} If the request is neither JSON nor bytes.
   */
  multiCall<K extends keyof CallsOf<I> & string>(
    name: K,
    ...request: RequestArguments<CallsOf<I>[K], CallOptions>
  ): Promise<NodeReplies<ReplyOf<CallsOf<I>[K]>>>;
  /**
   * Casts to the server of each node. OTP's `abcast`.
   *
   * @returns The nodes that it was sent to, and those that are missing.
   * @throws {TypeError} If the request is neither JSON nor bytes.
   */
  abcast<K extends keyof CastsOf<I> & string>(name: K, ...request: RequestArguments<CastsOf<I>[K], never>): SentToNodes;
}

const clusters = new WeakMap<PubSub, Cluster>();
const TIMEOUT_MS = 5000;

/**
 * The nodes that are connected by an adapter, from the view of one of them, and calls to servers of other nodes by name.
 *
 * A node exposes a server under a name; all nodes can call it there. {@linkcode KeyedServers} is for servers that there
 * is one of in the whole cluster, this is for those that each node has.
 *
 * ```ts
 * import { Cluster, GenServer, PubSub, reply } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * interface Stats {
 *   calls: { get(): { readonly rooms: number } };
 * }
 * class StatsServer extends GenServer<number, Stats> {
 *   override init(rooms: number) {
 *     return rooms;
 *   }
 *   override handleCall = this.calls({ get: (rooms) => reply({ rooms }, rooms) });
 * }
 *
 * const cluster = Cluster.of(new PubSub()); // of several nodes with an adapter
 * const stats = await GenServer.start(StatsServer, 7);
 * cluster.expose("stats", stats, ["get"]);
 *
 * assertEquals(await cluster.ref<Stats>("any", "stats").call("get"), { rooms: 7 });
 * const { replies, missing } = await cluster.refs<Stats>("stats").multiCall("get");
 * assertEquals([...replies], [["local", { rooms: 7 }]]);
 * assertEquals(missing.size, 0);
 * await stats.stop();
 * ```
 *
 * **At most once:** a timeout says nothing about whether a call was handled. Requests and replies are JSON and bytes. Errors
 * cross as name and message, without a stack. Which nodes are up is each node's own opinion.
 *
 * @category Cluster
 */
export class Cluster {
  /**
   * Returns the cluster that a PubSub is connected with. Without an adapter it has one node.
   *
   * @param pubsub The program's PubSub, such as `endpoint.pubsub`.
   */
  static of(pubsub: PubSub): Cluster {
    const known = clusters.get(pubsub);
    if (known) return known;
    const cluster = new Cluster(pubsub);
    clusters.set(pubsub, cluster);
    return cluster;
  }

  readonly #pubsub: PubSub;
  readonly #membership: Membership;
  readonly #requests: NodeRequests;
  readonly #exposed: ExposedServers;

  private constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
    this.#membership = Membership.of(pubsub);
    this.#requests = NodeRequests.of(pubsub);
    this.#exposed = new ExposedServers(pubsub);
  }

  /** Returns the nodes that are up or down, this one first. */
  nodes(): ClusterNode[] {
    return this.#membership.nodes();
  }

  /**
   * Calls `listener` when another node is up, down or gone.
   *
   * @param listener Called synchronously. What it throws is reported.
   * @returns A function that ends this.
   */
  onNodeChange(listener: (change: ClusterNodeChange) => void): () => void {
    return this.#membership.onChange(({ node, status }) => listener({ name: node.name, status }));
  }

  /**
   * Lets all nodes call a server of this one by a name.
   *
   * @param name The name, the same on all nodes that have such a server.
   * @param server The server; or a function that finds it, for one that a supervisor may start again.
   * @param names The calls and casts that may be used. All others are refused. The compiler checks that their requests and
   * replies are JSON and bytes.
   * @param options Schemas for requests.
   * @returns A function that ends this.
   * @throws {TypeError} If this node exposes another server under this name.
   * @throws {RangeError} If this node exposes 32 servers already, or the name has more than 64 characters.
   */
  expose<I extends ServerInterface>(
    name: string,
    server: ServerRef<I> | (() => ServerRef<I> | undefined),
    names: readonly ExposableName<NoInfer<I>>[],
    { schemas = {} }: ExposeOptions = {},
  ): () => void {
    const find = typeof server === "function" ? server : () => server;
    return this.#exposed.add(name, { find, names: new Set(names as readonly string[]), schemas });
  }

  /**
   * Returns a reference to a server that a node exposes.
   *
   * @param node The name of the node; `"any"` for this one if it exposes the server, else one that does.
   * @param name The name of the server.
   * @returns The reference. Whether there is such a server is found out by its calls, which reject with a {@linkcode
   * CallExitError} (`"noproc"`) if there is none.
   */
  ref<I extends ServerInterface>(node: string | "any", name: string): ServerCalls<I> {
    const ref: AnyServer = node === "any" ? new AnyNodeRef(() => this.#anyRef(name), name) : this.#refTo(node, name);
    return ref as object as ServerCalls<I>;
  }

  /**
   * Returns the servers that all nodes expose under a name.
   *
   * @param name The name of the servers.
   */
  refs<I extends ServerInterface>(name: string): ClusterServers<I> {
    const refs: AnyServers = {
      multiCall: (call, request, options) => this.#multiCall(name, call, request, options),
      abcast: (cast, request) => this.#abcast(name, cast, request),
    };
    return refs as object as ClusterServers<I>;
  }

  #refTo(node: string, target: string): RemoteRef {
    return new RemoteRef({ node, handler: EXPOSED, target, label: target, requests: this.#requests });
  }

  /** Chooses a node that exposes a server: this one, or any. */
  #anyRef(name: string): RemoteRef | undefined {
    if (this.#exposed.has(name)) return this.#refTo(this.#pubsub.nodeName, name);
    const isExposed = has(name);
    const nodes = this.#membership.nodes().filter(({ status, details }) => status === "up" && isExposed(details));
    const chosen = nodes[Math.floor(Math.random() * nodes.length)];
    return chosen && this.#refTo(chosen.name, name);
  }

  async #multiCall(
    target: string,
    name: string,
    request: unknown,
    { timeoutMs = TIMEOUT_MS }: CallOptions = {},
  ): Promise<NodeReplies<unknown>> {
    assertTimeout(`call "${name}" of all nodes`, timeoutMs);
    const limit = timeoutMs === Infinity ? null : timeoutMs;
    const body = encodeServerRequest({ kind: "call", target, name, request, timeoutMs: limit });
    const replies = new Map<string, unknown>();
    const missing = new Map<string, Error>(this.#down(target).map((node) => [node, new NodeDownError(node, name)]));
    const asked = await this.#requests.askAll(EXPOSED, body, { timeoutMs, where: has(target) });
    for (const [node, error] of asked.missing) if (!hadNoHandler(error)) missing.set(node, error);
    for (const [node, message] of asked.replies) {
      try {
        const reply = decodeServerReply(message);
        if (reply.reply === "elsewhere") continue; // it has no such server
        replies.set(node, valueOfReply(reply, { node, label: target }, name, timeoutMs));
      } catch (error) {
        missing.set(node, error as Error);
      }
    }
    return { replies, missing };
  }

  #abcast(target: string, name: string, request: unknown): SentToNodes {
    const body = encodeServerRequest({ kind: "cast", target, name, request });
    const others = this.#membership.othersUp(has(target));
    const self = this.#exposed.has(target) ? [this.#pubsub.nodeName] : [];
    const isSent = this.#requests.tellAll(EXPOSED, body);
    const down = this.#down(target);
    if (isSent) return { sent: [...self, ...others], missing: down };
    return { sent: self, missing: [...others, ...down] };
  }

  #down(target: string): string[] {
    return this.#membership.othersDown(has(target));
  }
}

/** Whether a node exposes a server. */
function has(target: string): (details: ClusterNode["details"]) => boolean {
  const fact = factOf(target);
  return (details) => details[fact] === true;
}

/** {@linkcode ClusterServers} by names that may come from anywhere. */
interface AnyServers {
  multiCall(name: string, request?: unknown, options?: CallOptions): Promise<NodeReplies<unknown>>;
  abcast(name: string, request?: unknown): SentToNodes;
}

/** A server of whichever node has it when it is called. */
class AnyNodeRef implements AnyServer {
  readonly #choose: () => RemoteRef | undefined;
  readonly #label: string;

  constructor(choose: () => RemoteRef | undefined, label: string) {
    this.#choose = choose;
    this.#label = label;
  }

  async call(name: string, request?: unknown, options?: CallOptions): Promise<unknown> {
    const chosen = this.#choose();
    if (!chosen) throw new CallExitError(this.#label, name, "noproc");
    return await chosen.call(name, request, options);
  }

  cast(name: string, request?: unknown): SendResult {
    return this.#choose()?.cast(name, request) ?? "closed";
  }
}
