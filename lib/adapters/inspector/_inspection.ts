/**
 * Looks into an endpoint of this node, or has another node do so.
 *
 * @module
 */

import { isInstance } from "../../base/foreign.ts";
import { NodeDownError, NodeTimeoutError, RemoteError } from "../../cluster/node_errors.ts";
import { NodeRequests } from "../../cluster/node_requests.ts";
import { SocketProcess } from "../../channel/socket_process.ts";
import { watch } from "../../endpoint/debug.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import type { JsonOrBytes } from "../../protocol/payload.ts";
import type { PubSub } from "../../pubsub/pubsub.ts";
import { BusDownError } from "../../pubsub/errors.ts";
import { FollowedTopic } from "./_followed_topic.ts";
import { Lease } from "./_lease.ts";
import { Meter } from "./_meter.ts";
import { type Plain, plain } from "./_plain.ts";
import { pidOf } from "./_processes.ts";
import { ShownServers } from "./_shown_servers.ts";
import { TopicRates } from "./_topic_rates.ts";
import { ViewError } from "./_view_error.ts";
import { type QueryTexts, ViewQuery } from "./_view_query.ts";
import { isViewName, type ViewName, VIEWS, type ViewSource } from "./_views.ts";

/** What is measured while somebody looks at anything. */
class Watching implements Disposable {
  readonly meter: Meter;
  readonly #watch = watch({ handlers: false });

  constructor(endpoint: Endpoint) {
    this.meter = new Meter(endpoint);
  }

  [Symbol.dispose](): void {
    this.meter[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
  }
}

/** The name of the request that closes a connection. */
const CLOSE = "close";
/** How many topics are followed at once. */
const MOST_FOLLOWED = 20;
const TIMEOUT_MS = 3_000;

const inspections = new WeakMap<Endpoint, Inspection>();
const counts = new WeakMap<PubSub, number>();

/** Looks into one endpoint. */
export class Inspection implements Disposable {
  readonly #endpoint: Endpoint;
  readonly #watching: Lease<Watching>;
  readonly #shown = new ShownServers();
  readonly #rates = new Lease(() => new TopicRates());
  readonly #followed = new Map<string, Lease<FollowedTopic>>();
  readonly #requests: NodeRequests;
  readonly #request: string;

  /** Returns the one inspection of an endpoint. Nodes find each other's from then on. */
  static of(endpoint: Endpoint): Inspection {
    const known = inspections.get(endpoint);
    if (known) return known;
    const inspection = new Inspection(endpoint);
    inspections.set(endpoint, inspection);
    return inspection;
  }

  private constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#watching = new Lease(() => new Watching(endpoint));
    this.#requests = NodeRequests.of(endpoint.pubsub);
    const count = (counts.get(endpoint.pubsub) ?? 0) + 1;
    counts.set(endpoint.pubsub, count);
    this.#request = `inspector.${count}`; // programs of a cluster create their endpoints in the same order
    this.#requests.handle(this.#request, (body) => this.#answer(body));
  }

  /** Whether the endpoint is shutting down and has lost its last connection, so that nothing more will happen. */
  get isOver(): boolean {
    return this.#endpoint.isDraining && this.#endpoint.connectionCount === 0;
  }

  /**
   * Shows a view, of the node that the parameter `node` names.
   *
   * @throws {ViewError} If there is no such view, or it cannot be shown.
   */
  async view(name: string, texts: QueryTexts): Promise<Plain> {
    if (!isViewName(name)) throw new ViewError(404, `Cannot show view: there is none of this name`);
    return await this.#ask(name, texts, () => this.#show(name, texts));
  }

  /**
   * Closes the connection that the parameter `process` names. Its client connects again.
   *
   * @throws {ViewError} If there is none.
   */
  async close(texts: QueryTexts): Promise<Plain> {
    return await this.#ask(CLOSE, texts, () => this.#close(texts));
  }

  /** Ends what is measured. */
  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]();
    this.#shown[Symbol.dispose]();
    this.#rates[Symbol.dispose]();
    for (const lease of this.#followed.values()) lease[Symbol.dispose]();
  }

  async #show(name: ViewName, texts: QueryTexts): Promise<Plain> {
    const { meter } = this.#watching.use();
    const endpoint = this.#endpoint;
    const rates = this.#rates;
    const source: ViewSource = {
      endpoint,
      meter,
      shown: this.#shown,
      get rates() {
        return rates.use();
      },
      follow: (topic) => this.#follow(topic),
      ask: (node, view, own) => this.view(view, { ...own, node }),
    };
    try {
      return plain(await VIEWS[name](source, new ViewQuery(texts)));
    } catch (thrown) {
      if (isInstance(thrown, RangeError)) throw new ViewError(400, thrown.message); // of a page or a depth
      throw thrown;
    }
  }

  #follow(topic: string): FollowedTopic {
    for (const [other, lease] of this.#followed) if (!lease.isHeld) this.#followed.delete(other);
    const known = this.#followed.get(topic);
    if (known) return known.use();
    if (this.#followed.size >= MOST_FOLLOWED) {
      throw new ViewError(400, `Cannot follow topic: ${MOST_FOLLOWED} others are followed`);
    }
    const lease = new Lease(() => new FollowedTopic(this.#endpoint, topic));
    this.#followed.set(topic, lease);
    return lease.use();
  }

  #close(texts: QueryTexts): Plain {
    const pid = pidOf(new ViewQuery(texts));
    if (!(pid instanceof SocketProcess)) {
      throw new ViewError(404, `Cannot close process ${pid.id}: it is no connection`);
    }
    pid.disconnect();
    return { closed: pid.id };
  }

  async #ask(name: string, texts: QueryTexts, here: () => Plain | Promise<Plain>): Promise<Plain> {
    const { node = "", ...rest } = texts;
    if (node === "" || node === this.#endpoint.pubsub.nodeName) return await here();
    try {
      return await this.#requests.ask(node, this.#request, [name, rest], { timeoutMs: TIMEOUT_MS }) as Plain;
    } catch (thrown) {
      throw failureOf(thrown, node);
    }
  }

  /** Handles a request of another node. What it throws is sent there. */
  async #answer(body: JsonOrBytes): Promise<JsonOrBytes> {
    const [name, sent] = Array.isArray(body) ? body : [];
    const texts: QueryTexts = typeof sent === "object" && sent !== null ? { ...sent } as unknown as QueryTexts : {};
    const { node: _, ...own } = texts; // never asks a third node
    return (name === CLOSE ? this.#close(own) : await this.view(`${name}`, own)) as JsonOrBytes;
  }
}

/** What is shown of a failure at another node. */
function failureOf(thrown: unknown, node: string): unknown {
  if (isInstance(thrown, NodeTimeoutError)) return new ViewError(504, `Cannot ask node ${node}: no reply in time`);
  if (isInstance(thrown, NodeDownError)) return new ViewError(502, `Cannot ask node ${node}: it is not up`);
  if (isInstance(thrown, BusDownError)) return new ViewError(502, `Cannot ask node ${node}: the bus is down`);
  if (isInstance(thrown, RemoteError)) return new ViewError(502, thrown.message);
  return thrown;
}
