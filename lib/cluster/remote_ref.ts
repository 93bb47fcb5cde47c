/**
 * References to servers of other nodes.
 *
 * @module
 */

import { monotonicMs } from "../base/clock.ts";
import { withinTime } from "../base/within_time.ts";
import { CallExitError, CallTimeoutError, MailboxFullError } from "../otp/process/errors.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import type { SendResult } from "../otp/process/mailbox.ts";
import { Process } from "../otp/process/process.ts";
import { assertTimeout } from "../otp/process/timeout_ms.ts";
import type { CallOptions } from "../otp/server/call.ts";
import { callTrace } from "../otp/server/open_calls.ts";
import type { ServerCalls, ServerInterface, ServerRef } from "../otp/server/server_ref.ts";
import { BusDownError } from "../pubsub/errors.ts";
import { NodeDownError, NodeTimeoutError, RemoteError } from "./node_errors.ts";
import { hadNoHandler, type NodeRequests } from "./node_requests.ts";
import {
  type CrossingReason,
  decodeServerReply,
  encodeServerRequest,
  type ServerReply,
  type ServerRequest,
} from "./_server_message.ts";

/** A server, from the view of one that calls it by names that may come from anywhere. */
export interface AnyServer {
  call(name: string, request?: unknown, options?: CallOptions): Promise<unknown>;
  cast(name: string, request?: unknown): SendResult;
}

/** Where a server is, and how to reach it. */
export interface RemoteAddress {
  /** The node that has it. */
  readonly node: string;
  /** The name of the requests that its node handles. */
  readonly handler: string;
  /** Which of the servers that are reached by this handler. */
  readonly target: string;
  /** What it is called in errors. */
  readonly label: string;
  /** Sends the requests. */
  readonly requests: NodeRequests;
  /** Finds the server again, after its node replied that it does not have it. Absent: it is gone. */
  readonly find?: (() => Promise<AnyServer>) | undefined;
}

const TIMEOUT_MS = 5000;

/**
 * Returns whether a server runs in this thread. Then everything can be done with it that can be done with a process:
 * monitors, links, `stop`.
 *
 * @category Servers by key
 * @example Usage
 * ```ts
 * import { DynamicSupervisor, GenServer, isLocal, KeyedServers, PubSub } from "@urvogel/realtime";
 * import { assert } from "@std/assert";
 *
 * class Game extends GenServer<string> {
 *   override init(id: string) {
 *     return id;
 *   }
 * }
 * const supervisor = await DynamicSupervisor.start();
 * const games = new KeyedServers(Game, { supervisor, pubsub: new PubSub() });
 * const game = await games.ensure("7");
 * assert(isLocal(game) && game.alive);
 * await supervisor.stop();
 * ```
 *
 * @param server What `ensure` returned.
 */
export function isLocal<I extends ServerInterface>(server: ServerCalls<I>): server is ServerRef<I> {
  return server instanceof Process;
}

/** Calls a server of another node: at most once, unless that node replies that it does not have the server. */
export class RemoteRef implements AnyServer {
  /** The address of the server. */
  readonly address: RemoteAddress;

  /** Creates a reference. */
  constructor(address: RemoteAddress) {
    this.address = address;
  }

  /** See {@linkcode ServerCalls.call}. */
  async call(name: string, request?: unknown, options: CallOptions = {}): Promise<unknown> {
    const { timeoutMs = TIMEOUT_MS } = options;
    assertTimeout(`call "${name}"`, timeoutMs);
    const startedAtMs = monotonicMs();
    const reply = await this.#ask(name, request, timeoutMs);
    const { find, label } = this.address;
    if (reply.reply !== "elsewhere" || !find) return valueOfReply(reply, this.address, name, timeoutMs);
    const leftMs = () => Math.max(0, timeoutMs - (monotonicMs() - startedAtMs));
    const found = await withinTime(find(), leftMs(), () => new CallTimeoutError(label, name, timeoutMs));
    return await (found instanceof RemoteRef
      ? found.callOnce(name, request, leftMs())
      : found.call(name, request, { timeoutMs: leftMs() }));
  }

  /** As {@linkcode call}, but does not look for the server again if it is not there. */
  async callOnce(name: string, request: unknown, timeoutMs: number): Promise<unknown> {
    return valueOfReply(await this.#ask(name, request, timeoutMs), this.address, name, timeoutMs);
  }

  /** See {@linkcode ServerCalls.cast}. A node that does not have the server passes it on, once. */
  cast(name: string, request?: unknown): SendResult {
    const { node, handler, target, requests } = this.address;
    const message = encodeServerRequest({ kind: "cast", target, name, request });
    try {
      requests.tell(node, handler, message);
      return "sent";
    } catch (error) {
      if (error instanceof NodeDownError || error instanceof BusDownError) return "closed";
      throw error;
    }
  }

  /** Passes on a cast that came from another node. */
  forward(request: ServerRequest): void {
    const { node, handler, requests } = this.address;
    requests.tell(node, handler, encodeServerRequest({ ...request, isForwarded: true }));
  }

  async #ask(name: string, request: unknown, timeoutMs: number): Promise<ServerReply> {
    const { node, handler, target, label, requests } = this.address;
    const limit = timeoutMs === Infinity ? null : timeoutMs;
    const message = encodeServerRequest({ kind: "call", target, name, request, timeoutMs: limit });
    using _call = callTrace.isOn ? callTrace.current?.addRemote({ server: label, call: name, node }) : undefined;
    try {
      return decodeServerReply(await requests.ask(node, handler, message, { timeoutMs }));
    } catch (error) {
      if (hadNoHandler(error)) return { reply: "elsewhere" };
      if (!(error instanceof NodeTimeoutError)) throw error;
      const why = `node "${node}" did not reply, and may have handled it`;
      throw new CallTimeoutError(label, name, timeoutMs, why);
    }
  }
}

/**
 * Returns what a server of another node replied.
 *
 * @throws What the reply says. A server that is not there is as one that has ended.
 */
export function valueOfReply(
  reply: ServerReply,
  { node, label }: Pick<RemoteAddress, "node" | "label">,
  name: string,
  timeoutMs: number,
): unknown {
  switch (reply.reply) {
    case "value":
      return reply.value;
    case "elsewhere":
      throw new CallExitError(label, name, "noproc");
    case "exit":
      throw new CallExitError(label, name, reasonFrom(node, reply.reason) as ExitReason);
    case "timeout":
      throw new CallTimeoutError(label, name, timeoutMs, `node "${node}": ${reply.message}`);
    case "full":
      throw new MailboxFullError(label, name);
    case "refused":
      throw new RemoteError(node, String(reply.error.name), String(reply.error.message));
  }
}

/** Restores an exit reason that came from another node. */
export function reasonFrom(node: string, reason: CrossingReason): ExitReason | "ignore" | "timeout" {
  if (typeof reason === "string" || "shutdown" in reason) return reason;
  return new RemoteError(node, String(reason.error.name), String(reason.error.message));
}
