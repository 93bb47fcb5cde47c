/**
 * Servers by key, from the view of the other nodes: handles their calls, and says which servers are here.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { withinTime } from "../base/within_time.ts";
import { StartError } from "../otp/process/errors.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import { BusDownError } from "../pubsub/errors.ts";
import type { KeyedServer } from "./_keyed_server.ts";
import type { NodeRequests } from "./node_requests.ts";
import { type AnyServer, RemoteRef } from "./remote_ref.ts";
import { type RequestSchemas, serveRequest } from "./_serve_request.ts";
import { crossingReason, decodeServerRequest, encodeServerReply, type ServerRequest } from "./_server_message.ts";

/** What a node says about a server that it should have. One that is starting, or about to end, is asked for again. */
export type ServerPresence = "here" | "starting" | "elsewhere";

/**
 * Why a node is asked for the server of a key: it had it some time ago, it is to start it, or it owns the key according to
 * the engine.
 */
export type PresenceQuestion = "remembered" | "placed" | "owned";

/** What a host needs of the servers of its node. */
export interface HostedServers {
  /** The schemas of requests. */
  readonly schemas: RequestSchemas;
  /** Whether another key can get a server here. */
  accepts(): boolean;
  /** Returns the open server of a key, if this node still owns the key. */
  open(key: string): KeyedServer<unknown> | undefined;
  /** Finds the server of a key, wherever it is. */
  ensure(key: string): Promise<AnyServer>;
  /** Starts the server of a key here, if nobody owns it. Returns whether it is here. */
  start(key: string): Promise<boolean>;
  /** Waits until the server of a key that is about to end is gone. */
  ended(key: string): Promise<unknown>;
  /** Frees a key that has no server here, although this node owns it. */
  disown(key: string): void;
  /** Ends the server of a key, if it is here. */
  stop(key: string): Promise<void>;
}

/** How long a start or an end may take before the answer is that it is under way. */
const STARTING_MS = 300;

/** Handles the requests of other nodes. */
export class KeyedHost {
  readonly #servers: HostedServers;

  /** Creates a host for the servers of this node. */
  constructor(servers: HostedServers) {
    this.#servers = servers;
  }

  /**
   * Begins to handle requests: those for servers by the name `handler`, those about them by names that begin with it.
   *
   * @returns A function that ends this.
   * @throws {TypeError} If others handle them.
   */
  handle(requests: NodeRequests, handler: string): () => void {
    const undo = [
      requests.handle(handler, (body) => this.#serve(decodeServerRequest(body))),
      requests.handle(`${handler}#ensure`, (body) => this.#ensureFor(body)),
      requests.handle(`${handler}#stop`, (key) => this.#servers.stop(String(key)).then(() => null)),
    ];
    return () => undo.forEach((undo) => undo());
  }

  #serve(request: ServerRequest): MaybePromise<Uint8Array<ArrayBuffer>> {
    const process = this.#servers.open(request.target)?.process;
    if (process) return serveRequest(process, request, this.#servers.schemas);
    if (request.kind === "cast" && request.isForwarded !== true) this.#passOn(request);
    return encodeServerReply({ reply: "elsewhere" }, request.name);
  }

  /** Passes a cast on to the server that has come after the one it was sent to. */
  #passOn(request: ServerRequest): void {
    this.#servers.ensure(request.target).then((server) => {
      if (server instanceof RemoteRef) server.forward(request);
      else this.#serve({ ...request, isForwarded: true });
    }).catch(() => {}); // a cast may be lost
  }

  /** Handles the question whether the server of a key is here. */
  async #ensureFor(body: JsonOrBytes): Promise<JsonOrBytes> {
    const [key, question] = Array.isArray(body) ? body : [];
    if (typeof key !== "string") throw new TypeError("Cannot find server: the request is malformed");
    try {
      return await this.#presenceOf(key, question);
    } catch (thrown) {
      if (thrown instanceof StartError) return { failed: crossingReason(thrown.reason) };
      if (thrown instanceof BusDownError) return "elsewhere"; // this node stops, or has lost its session
      throw thrown;
    }
  }

  async #presenceOf(key: string, question: unknown): Promise<ServerPresence> {
    const server = this.#servers.open(key);
    server?.touch();
    if (!server && question === "owned") return await this.#giveUp(key);
    if (!server && (question !== "placed" || !this.#servers.accepts())) return "elsewhere";
    const started: Promise<unknown> = server?.started ?? this.#servers.start(key);
    const isHere = await inTime(started);
    if (isHere === LATE) return "starting";
    return isHere === false ? "elsewhere" : "here";
  }

  /** Frees a key that another node asks for, once its server is gone. */
  async #giveUp(key: string): Promise<ServerPresence> {
    if (await inTime(this.#servers.ended(key)) === LATE) return "starting";
    this.#servers.disown(key);
    return "elsewhere";
  }
}

const LATE: unique symbol = Symbol("late");

/** Returns what a promise resolves to, or that this takes longer than the node that asks should wait. */
async function inTime(promise: Promise<unknown>): Promise<unknown> {
  const late = new Error("still under way");
  try {
    return await withinTime(promise, STARTING_MS, () => late);
  } catch (thrown) {
    if (thrown === late) return LATE;
    throw thrown;
  }
}
