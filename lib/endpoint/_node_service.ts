/**
 * What the endpoints of one node do for the others: they say how they are, and close connections on request.
 *
 * Endpoints that share a PubSub are one node, so there is one service for each PubSub.
 *
 * @module
 */

import { VERSION } from "../base/version.ts";
import { closeConnections, removeFromTopic } from "../channel/clients_of.ts";
import { REQUEST_TIMEOUT_MS } from "../channel/requests/request.ts";
import { requestAll, type RequestAllOptions, type RequestAllResult } from "../channel/requests/request_all.ts";
import { Membership } from "../cluster/membership.ts";
import type { NodeDetails } from "../cluster/node_details.ts";
import { type NodeRequestOptions, NodeRequests } from "../cluster/node_requests.ts";
import { assertTimeout } from "../otp/process/timeout_ms.ts";
import type { JsonObject, JsonOrBytes } from "../protocol/payload.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { answerRequestAll, encodeRequestAll, mergeResults } from "./_request_nodes.ts";

/** An endpoint of the node. */
export interface ServingEndpoint {
  /** The number of its connections. */
  readonly connectionCount: number;
  /** Whether it shuts down. */
  readonly isDraining: boolean;
}

/** A number from each node, and the nodes from which there is none. */
export interface CountedNodes {
  /** The sum. */
  readonly total: number;
  /** The numbers, by the name of the node. */
  readonly nodes: Readonly<Record<string, number>>;
  /** The names of the nodes that are down, or did not reply. */
  readonly missing: readonly string[];
}

const DISCONNECT = "endpoint.disconnect";
const REMOVE = "endpoint.remove";
const REQUEST_ALL = "endpoint.request_all";
/** Time for what is sent between nodes, in milliseconds, in addition to what the members of a topic get. */
const TRAVEL_MS = 1_000;

const services = new WeakMap<PubSub, NodeService>();

/** Represents the endpoints of this node to the others. */
export class NodeService {
  /** Knows which nodes are up. */
  readonly membership: Membership;
  /** Asks them. */
  readonly requests: NodeRequests;
  readonly #pubsub: PubSub;
  readonly #endpoints = new Set<ServingEndpoint>();
  readonly #startedAt = new Date().toISOString();

  /** Returns the service of a node, and starts it with the first call. */
  static of(pubsub: PubSub): NodeService {
    const known = services.get(pubsub);
    if (known) return known;
    const service = new NodeService(pubsub);
    services.set(pubsub, service);
    return service;
  }

  private constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
    this.membership = Membership.of(pubsub);
    this.requests = NodeRequests.of(pubsub);
    this.membership.addDetails(() => this.#describe());
    this.requests.handle(DISCONNECT, (id) => closeConnections(pubsub, String(id)));
    this.requests.handle(REMOVE, (argument) => {
      const [id, topic] = Array.isArray(argument) ? argument : [];
      return removeFromTopic(pubsub, String(id), String(topic));
    });
    this.requests.handle(REQUEST_ALL, (argument) => answerRequestAll(pubsub, argument));
  }

  /** Adds an endpoint of this node. */
  add(endpoint: ServingEndpoint): void {
    this.#endpoints.add(endpoint);
  }

  /** Removes an endpoint that has shut down. */
  delete(endpoint: ServingEndpoint): void {
    this.#endpoints.delete(endpoint);
  }

  /** Closes the connections of an id on all nodes. */
  disconnect(id: string, options?: NodeRequestOptions): Promise<CountedNodes> {
    return this.#count("disconnect clients", DISCONNECT, id, options);
  }

  /** Takes the connections of an id out of a topic on all nodes. */
  remove(id: string, topic: string, options?: NodeRequestOptions): Promise<CountedNodes> {
    return this.#count("remove clients", REMOVE, [id, topic], options);
  }

  /** Sends a request to all members of a topic on all nodes. */
  async requestAll(
    topic: string,
    event: string,
    payload: JsonObject,
    options?: RequestAllOptions,
  ): Promise<RequestAllResult> {
    const here = requestAll(this.#pubsub, topic, event, payload, options); // throws what is wrong with the arguments
    if (this.#pubsub.isLocal) return { ...await here, missingNodes: [] };
    const down = this.membership.othersDown(serves);
    const { timeoutMs = REQUEST_TIMEOUT_MS } = options ?? {};
    const asked = this.requests.askAll(REQUEST_ALL, encodeRequestAll(topic, event, payload, options), {
      timeoutMs: timeoutMs + TRAVEL_MS,
      where: serves,
      withSelf: false,
    });
    const [own, { replies, missing }] = await Promise.all([here, asked]);
    return mergeResults(own, replies, [...down, ...missing.keys()]);
  }

  async #count(
    task: string,
    name: string,
    body: JsonOrBytes,
    { timeoutMs = 5_000 }: NodeRequestOptions = {},
  ): Promise<CountedNodes> {
    assertTimeout(task, timeoutMs);
    const down = this.membership.othersDown(serves);
    const { replies, missing } = await this.requests.askAll(name, body, { timeoutMs, where: serves });
    const nodes: Record<string, number> = {};
    const silent = [...down, ...missing.keys()];
    let total = 0;
    for (const [node, count] of replies) {
      if (!isCount(count)) silent.push(node);
      else total += nodes[node] = count;
    }
    return { total, nodes, missing: silent };
  }

  #describe(): NodeDetails {
    const endpoints = [...this.#endpoints];
    return {
      version: VERSION,
      startedAt: this.#startedAt,
      connections: endpoints.reduce((sum, { connectionCount }) => sum + connectionCount, 0),
      isDraining: endpoints.every(({ isDraining }) => isDraining),
    };
  }
}

/** Whether a node has endpoints. Others, such as scripts that have a presence, are not asked. */
function serves({ connections }: NodeDetails): boolean {
  return connections !== undefined;
}

function isCount(value: JsonOrBytes): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
