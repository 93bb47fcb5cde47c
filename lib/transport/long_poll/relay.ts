/**
 * How the nodes of a long-poll mount reach each other. The endpoint provides it, since this folder knows no nodes.
 *
 * A session stays on the node that opened it. Its token names that node, so a request that reaches another one is
 * relayed: `_relayed_requests.ts` is the side of the client, `_relay_host.ts` that of the session.
 *
 * ```text
 * client ── GET, POST ──> RelayedRequests ── begin, body, read, cancel ──> RelayHost ──> session
 *        <── response ────                <── head, piece by piece ───────
 * ```
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { JsonOrBytes } from "../../protocol/payload.ts";

/** Sends requests to other nodes, and handles theirs. */
export interface NodeLink {
  /**
   * Sends a request to one node. Requests to one node arrive in the order in which they were sent.
   *
   * @returns Its reply. Rejects if it is down, does not reply in time, or fails.
   */
  ask(node: string, name: string, body: Uint8Array, options: { readonly timeoutMs: number }): Promise<JsonOrBytes>;
  /** Registers the handler of a name, until the returned function is called. */
  handle(name: string, handler: (body: JsonOrBytes) => MaybePromise<JsonOrBytes>): () => void;
}

/** What a mount needs to relay requests. */
export interface LongPollRelay {
  /** The name of this node. It has no dot. */
  readonly nodeName: string;
  /** The path of the mount, the same on all nodes. A token for another mount is invalid. */
  readonly mount: string;
  /** The connection with the other nodes. */
  readonly link: NodeLink;
}
