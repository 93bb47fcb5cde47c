/**
 * Requests to other nodes: one side asks by name, the other has registered a handler for that name.
 *
 * At most once: a request is sent once, and a timeout reveals nothing about whether it was handled. If the membership
 * considers a node down, open requests to it fail at once.
 *
 * @module
 */

import { quoted, textOf } from "../base/printable.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { noreply, ok } from "../otp/server/result.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import { type CarriedServer, obey } from "../pubsub/carried.ts";
import { BusDownError, type BusDownErrorOptions } from "../pubsub/errors.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { NodeDetails } from "./node_details.ts";
import { Membership, type NodeChange } from "./membership.ts";
import { NodeDownError, NodeTimeoutError, RemoteError } from "./node_errors.ts";
import { OpenRequest, type Outcome } from "./_open_request.ts";
import { decodeRequest, encodeRequest, FAILED, OK, type RequestMessage, REQUESTS_TOPIC } from "./_request_message.ts";
import { nodeMessageMalformed } from "./telemetry.ts";

/** Handles requests of one name. What it throws reaches the asking node as a {@linkcode RemoteError}. */
export type NodeRequestHandler = (argument: JsonOrBytes, from: string) => MaybePromise<JsonOrBytes>;

/**
 * Options for a request to other nodes.
 *
 * @category Cluster
 */
export interface NodeRequestOptions {
  /**
   * How long to wait for replies, in milliseconds.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
}

/** Options for a request to all nodes. */
export interface AllNodesOptions extends NodeRequestOptions {
  /**
   * Which of the other nodes are asked, by what they say about themselves. One that has not said anything yet is asked.
   *
   * @default {all}
   */
  readonly where?: (details: NodeDetails) => boolean;
  /**
   * Whether this node is asked as well, if it has a handler.
   *
   * @default {true}
   */
  readonly withSelf?: boolean;
}

/**
 * The replies of all nodes, and the nodes without one.
 *
 * @category Cluster
 */
export interface NodeReplies<T = JsonOrBytes> {
  /** The results, by the name of the node. */
  readonly replies: ReadonlyMap<string, T>;
  /** The nodes without a result, with the reason: an error of theirs, a timeout, or that they went down. */
  readonly missing: ReadonlyMap<string, Error>;
}

/** How many requests of a node may be open. More are refused. Each relayed long poll that waits is one. */
const MAX_OPEN = 65_536;
const TIMEOUT_MS = 5000;
/** The name of the error of a request that a node has no handler for. */
const NO_HANDLER = "NoHandlerError";
/** The id of a request that nobody waits for. */
const UNANSWERED = "";

const requests = new WeakMap<PubSub, NodeRequests>();

/** Asks other nodes, and replies to them. */
export class NodeRequests implements CarriedServer<undefined> {
  readonly #pubsub: PubSub;
  readonly #membership: Membership;
  readonly #handlers = new Map<string, NodeRequestHandler>();
  readonly #open = new Map<string, OpenRequest>();
  #lastId = 0;
  #isOver = false;
  #process!: Process; // the latest

  /** Returns the requests of a node, and starts their process with the first call. */
  static of(pubsub: PubSub): NodeRequests {
    const known = requests.get(pubsub);
    if (known) return known;
    const created = new NodeRequests(pubsub);
    requests.set(pubsub, created);
    if (!pubsub.isLocal) pubsub.tree.add("requests", created);
    return created;
  }

  private constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
    this.#membership = Membership.of(pubsub);
    this.#membership.onChange((change) => this.#nodeChanged(change));
  }

  /**
   * Registers the handler for a name, until the returned function is called.
   *
   * @throws {TypeError} If the name has a handler.
   */
  handle(name: string, handler: NodeRequestHandler): () => void {
    if (this.#handlers.has(name)) {
      throw new TypeError(`Cannot handle requests "${name}": they have a handler; choose another name`);
    }
    this.#handlers.set(name, handler);
    return () => {
      if (this.#handlers.get(name) === handler) this.#handlers.delete(name); // or it has ended before
    };
  }

  /**
   * Asks one node, which may be this one.
   *
   * @throws {NodeDownError} If it is not up, or goes down.
   * @throws {NodeTimeoutError} If it does not reply in time.
   * @throws {RemoteError} If its handler throws, or it has none.
   * @throws {BusDownError} If the bus of this node is down.
   */
  async ask(node: string, name: string, body: JsonOrBytes, options: NodeRequestOptions = {}): Promise<JsonOrBytes> {
    const { timeoutMs = TIMEOUT_MS } = options;
    if (!this.#membership.isUp(node)) throw new NodeDownError(node, name);
    const outcomes = await this.#request(name, [node], timeoutMs, (id) => this.#sendTo(node, { id, name, body }));
    const outcome = outcomes.get(node);
    if (!outcome) throw new NodeTimeoutError(node, name, timeoutMs);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /**
   * Asks all nodes that are up, this one included if it has a handler.
   *
   * @returns Who replied what, and who did not.
   */
  async askAll(name: string, body: JsonOrBytes, options: AllNodesOptions = {}): Promise<NodeReplies> {
    const { timeoutMs = TIMEOUT_MS, where, withSelf = true } = options;
    const self = withSelf && this.#handlers.has(name) ? [this.#pubsub.nodeName] : [];
    const nodes = [...self, ...this.#membership.othersUp(where)];
    const outcomes = await this.#request(name, nodes, timeoutMs, (id) => this.#sendToAll(nodes, { id, name, body }));
    return collect(nodes, outcomes, (node) => new NodeTimeoutError(node, name, timeoutMs));
  }

  /**
   * Sends a request to one node, which may be this one, and does not wait: neither a result nor an error comes back.
   *
   * @throws {NodeDownError} If it is not up.
   * @throws {BusDownError} If the bus of this node is down.
   */
  tell(node: string, name: string, body: JsonOrBytes): void {
    if (!this.#membership.isUp(node)) throw new NodeDownError(node, name);
    this.#sendTo(node, { id: UNANSWERED, name, body });
  }

  /**
   * Sends a request to all nodes that are up, and to this one if it has a handler. It does not wait.
   *
   * @returns Whether it was sent to the others; `false` if the bus of this node is down.
   */
  tellAll(name: string, body: JsonOrBytes): boolean {
    const self = this.#handlers.has(name) ? [this.#pubsub.nodeName] : [];
    return this.#sendToAll(self, { id: UNANSWERED, name, body });
  }

  /** Keeps its process. */
  attach(process: Process): void {
    this.#process = process;
  }

  /** Keeps open requests: the next process receives their replies. */
  detach(): void {}

  /** Fails the open requests: nothing receives their replies any more. Later ones fail at once. */
  over(): void {
    this.#isOver = true;
    for (const open of [...this.#open.values()]) open.fail(ended(open.name, { mayBeDone: true }));
  }

  /** Subscribes to requests and replies. */
  init(): InitResult<undefined> {
    this.#pubsub.subscribe(REQUESTS_TOPIC, this.#process);
    return ok();
  }

  /** Handles a request or a reply. */
  handleInfo(message: unknown): InfoResult<undefined> {
    if (!(message instanceof Broadcast)) return obey(message, undefined);
    const request = decodeRequest(message.payload);
    if (request && message.event === "request") this.#reply(request);
    else if (request && message.event === "reply") this.#receive(request);
    else nodeMessageMalformed.emit({ node: this.#pubsub.nodeName, event: message.event });
    return noreply(undefined);
  }

  async #request(
    name: string,
    nodes: readonly string[],
    timeoutMs: number,
    send: (id: string) => void,
  ): Promise<ReadonlyMap<string, Outcome>> {
    if (this.#open.size >= MAX_OPEN) throw new RangeError(`Cannot ask other nodes: ${MAX_OPEN} requests are open`);
    const id = `${this.#membership.self.vsn}.${++this.#lastId}`;
    const open = new OpenRequest(name, nodes, timeoutMs);
    this.#open.set(id, open);
    try {
      send(id);
      return await open.done;
    } finally {
      open.end(); // if it could not be sent
      this.#open.delete(id);
    }
  }

  #sendTo(node: string, request: Omit<RequestMessage, "from">): void {
    if (node === this.#pubsub.nodeName) return this.#handleLocally(request);
    if (this.#isOver) throw ended(request.name);
    this.#pubsub.directBroadcast(node, REQUESTS_TOPIC, "request", this.#encode(request));
  }

  /** Returns whether the request was sent to the other nodes. */
  #sendToAll(nodes: readonly string[], request: Omit<RequestMessage, "from">): boolean {
    const self = this.#pubsub.nodeName;
    if (nodes.includes(self)) this.#handleLocally(request);
    if (this.#pubsub.isLocal) return true;
    try {
      if (this.#isOver) throw ended(request.name);
      this.#pubsub.broadcastFrom(this.#process, REQUESTS_TOPIC, "request", this.#encode(request));
    } catch (error) {
      if (!(error instanceof BusDownError)) throw error;
      for (const node of nodes) if (node !== self) this.#open.get(request.id)?.settle(node, { error });
      return false;
    }
    return true;
  }

  #encode(message: Omit<RequestMessage, "from">): Uint8Array<ArrayBuffer> {
    return encodeRequest({ ...message, from: this.#pubsub.nodeName });
  }

  #handleLocally({ id, name, body }: Omit<RequestMessage, "from">): void {
    const self = this.#pubsub.nodeName;
    void this.#outcomeOf({ id, name, body, from: self }).then((outcome) => this.#open.get(id)?.settle(self, outcome));
  }

  /** Runs the handler of a request, at once and without waiting for others. */
  async #outcomeOf({ name, body, from }: RequestMessage): Promise<Outcome> {
    const self = this.#pubsub.nodeName;
    const handler = this.#handlers.get(name);
    if (!handler) return { error: new RemoteError(self, NO_HANDLER, `Cannot handle request "${name}": no handler`) };
    try {
      return { value: await handler(body, from) };
    } catch (thrown) {
      const error = exitReasonOf(thrown);
      return { error: new RemoteError(self, error.name, error.message) };
    }
  }

  async #reply(request: RequestMessage): Promise<void> {
    const { id, from } = request;
    if (from === this.#pubsub.nodeName) return;
    const outcome = await this.#outcomeOf(request);
    if (id === UNANSWERED) return;
    try {
      this.#sendReply(from, id, outcome);
    } catch (thrown) { // its result has no JSON text, is too large, or the bus is down
      const error = exitReasonOf(thrown);
      try {
        this.#sendReply(from, id, { error });
      } catch { // the other node's request fails with its timeout
      }
    }
  }

  #sendReply(to: string, id: string, outcome: Outcome): void {
    const reply = "error" in outcome
      ? { id, name: FAILED, body: [nameOf(outcome.error), outcome.error.message] }
      : { id, name: OK, body: outcome.value };
    this.#pubsub.directBroadcast(to, REQUESTS_TOPIC, "reply", this.#encode(reply));
  }

  #receive({ id, from, name, body }: RequestMessage): void {
    const open = this.#open.get(id); // none if the reply is late
    if (name === OK) return open?.settle(from, { value: body });
    const [errorName, message] = Array.isArray(body) ? body : [];
    open?.settle(from, { error: new RemoteError(from, textOf(errorName), textOf(message)) });
  }

  #nodeChanged({ node, status }: NodeChange): void {
    if (status === "up") return;
    for (const open of [...this.#open.values()]) {
      open.settle(node.name, { error: new NodeDownError(node.name, open.name) });
    }
  }
}

/** Whether a request failed because the node has no handler for it, so that it has done nothing. */
export function hadNoHandler(error: unknown): boolean {
  return error instanceof RemoteError && error.errorName === NO_HANDLER;
}

function ended(name: string, options?: Pick<BusDownErrorOptions, "mayBeDone">): BusDownError {
  const cause = new Error("the process for requests has ended");
  return new BusDownError(`ask other nodes for ${quoted(name)}`, { ...options, cause });
}

function nameOf(error: Error): string {
  return error instanceof RemoteError ? error.errorName : error.name;
}

function collect(
  nodes: readonly string[],
  outcomes: ReadonlyMap<string, Outcome>,
  late: (node: string) => Error,
): NodeReplies {
  const replies = new Map<string, JsonOrBytes>();
  const missing = new Map<string, Error>();
  for (const node of nodes) {
    const outcome = outcomes.get(node);
    if (!outcome) missing.set(node, late(node));
    else if ("error" in outcome) missing.set(node, outcome.error);
    else replies.set(node, outcome.value);
  }
  return { replies, missing };
}
