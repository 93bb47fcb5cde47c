/**
 * The servers of one node that other nodes may call by a name, and the requests for them.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { quoted } from "../base/printable.ts";
import { ServerProcess } from "../otp/server/server_process.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { Membership } from "./membership.ts";
import type { NodeDetails } from "./node_details.ts";
import { NodeRequests } from "./node_requests.ts";
import { type RequestSchemas, serveRequest } from "./_serve_request.ts";
import { decodeServerRequest, encodeServerReply, type ServerRequest } from "./_server_message.ts";
import { castRefused } from "./telemetry.ts";

/** The name of the requests for exposed servers. */
export const EXPOSED = "cluster.server";

// Their names are in each heartbeat, whose size is limited.
const MAX_EXPOSED = 32;
const LONGEST_NAME = 64;

/** A server that other nodes may call. */
export interface Exposed {
  /** Returns its process, if it runs. */
  readonly find: () => unknown;
  /** The calls and casts that are exposed. */
  readonly names: ReadonlySet<string>;
  /** The schemas of requests. */
  readonly schemas: RequestSchemas;
}

/** Handles the requests for the exposed servers of a node. */
export class ExposedServers {
  readonly #exposed = new Map<string, Exposed>();
  readonly #membership: Membership;

  /** Begins to handle requests. */
  constructor(pubsub: PubSub) {
    NodeRequests.of(pubsub).handle(EXPOSED, (body) => this.#serve(decodeServerRequest(body)));
    this.#membership = Membership.of(pubsub);
    this.#membership.addDetails(() => this.#describe());
  }

  /** Whether this node exposes a server under this name. */
  has(name: string): boolean {
    return this.#exposed.has(name);
  }

  /**
   * Exposes a server, until the returned function is called.
   *
   * @throws {TypeError} If another one is exposed under this name.
   * @throws {RangeError} If there are too many, or the name is too long.
   */
  add(name: string, exposed: Exposed): () => void {
    if (this.has(name)) {
      throw new TypeError(`Cannot expose ${quoted(name)}: this node exposes one of this name; choose another`);
    }
    if (this.#exposed.size >= MAX_EXPOSED || name.length > LONGEST_NAME) {
      const limits = `a node exposes at most ${MAX_EXPOSED} servers, with names of at most ${LONGEST_NAME} characters`;
      throw new RangeError(`Cannot expose ${quoted(name)}: ${limits}`);
    }
    this.#exposed.set(name, exposed);
    this.#membership.detailsChanged();
    return () => this.#end(name, exposed);
  }

  #end(name: string, exposed: Exposed): void {
    if (this.#exposed.get(name) !== exposed) return; // it has ended before, and another one has the name
    this.#exposed.delete(name);
    this.#membership.detailsChanged();
  }

  #serve(request: ServerRequest): MaybePromise<Uint8Array<ArrayBuffer>> {
    const { kind, target, name } = request;
    const exposed = this.#exposed.get(target);
    if (!exposed) return encodeServerReply({ reply: "elsewhere" }, name);
    if (!exposed.names.has(name)) {
      const error = new TypeError(`Cannot ${kind} ${quoted(name)} of ${quoted(target)}: it is not exposed`);
      if (kind === "cast") castRefused.emit({ server: target, name, error });
      throw error;
    }
    const server = exposed.find();
    if (server instanceof ServerProcess) return serveRequest(server, request, exposed.schemas);
    return encodeServerReply({ reply: "exit", reason: "noproc" }, name);
  }

  #describe(): NodeDetails {
    return Object.fromEntries(Array.from(this.#exposed.keys(), (name) => [factOf(name), true]));
  }
}

/** The fact by which nodes say that they expose a server of this name. */
export function factOf(name: string): string {
  return `server:${name}`;
}
