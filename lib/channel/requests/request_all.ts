/**
 * Requests of the server to all members of a topic, with one deadline.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { millisecondsSince } from "../../base/milliseconds_since.ts";
import { quoted } from "../../base/printable.ts";
import type { Pid } from "../../otp/process/pid.ts";
import { assertTimeout } from "../../otp/process/timeout_ms.ts";
import { assertJsonObject } from "../../protocol/json.ts";
import type { Frame, PushMessage } from "../../protocol/message.ts";
import type { JsonObject } from "../../protocol/payload.ts";
import { newRequestRef } from "../../protocol/request.ts";
import type { Serializer } from "../../protocol/serializer.ts";
import { serializerV2 } from "../../protocol/serializer_v2.ts";
import type { PubSub } from "../../pubsub/pubsub.ts";
import { ChannelProcess } from "../channel_process.ts";
import { Membership } from "../_membership.ts";
import type { RequestOutcome } from "./_pending_requests.ts";
import { REQUEST_TIMEOUT_MS, type RequestOptions } from "./request.ts";
import { clientRequested, type ClientRequestedEvent } from "../telemetry.ts";

/** The default of {@linkcode RequestAllOptions.maxMembers}. */
const MAX_MEMBERS = 10_000;

/**
 * Options for a request to all members of a topic.
 *
 * @category Channels
 */
export interface RequestAllOptions extends RequestOptions {
  /**
   * How many members the topic may have on each node. No member there gets the request if there are more: all answers
   * are kept until the last one has come.
   *
   * @default {10000}
   */
  readonly maxMembers?: number;
}

/**
 * A member of a topic that was sent a request.
 *
 * @category Channels
 */
export interface RequestedMember {
  /** The name of its node. */
  readonly node: string;
  /** The socket's id, from `Socket.id`. */
  readonly socketId: string | null;
  /** The process of its channel, if that is on this node. */
  readonly pid: Pid<never> | undefined;
}

/**
 * The answer of one member to a request.
 *
 * @category Channels
 */
export interface MemberReply extends RequestedMember {
  /** `"error"` if the client answered with `{ error }`. */
  readonly status: "ok" | "error";
  /** The response, or the error: any JSON value. It is untrusted: validate it. */
  readonly response: unknown;
}

/**
 * A member that did not answer a request.
 *
 * @category Channels
 */
export interface MissingMember extends RequestedMember {
  /**
   * Why not: `"timeout"`; `"ended"` if its channel ended, or the client left or disconnected; `"busy"` if
   * `Channel.maxPendingRequests` others wait for it; `"unsupported"` if its format carries no requests; `"invalid"` if
   * its channel has a contract, and the answer does not fit it.
   */
  readonly reason: "timeout" | "ended" | "busy" | "unsupported" | "invalid";
}

/**
 * The outcome of a request to all members of a topic.
 *
 * @category Channels
 */
export interface RequestAllResult {
  /** The answers: first those of this node in the order in which they came, then those of each other node. */
  readonly replies: readonly MemberReply[];
  /** The members that did not answer. */
  readonly missing: readonly MissingMember[];
  /**
   * The names of the nodes whose members are not known: they are down, did not reply in time, have more than
   * `maxMembers` members, or the bus could not carry their answers.
   */
  readonly missingNodes: readonly string[];
}

/** The outcome on one node. */
export type NodeRequestAllResult = Omit<RequestAllResult, "missingNodes">;

/**
 * Sends a request to all members of `topic` on this node; see `Endpoint.requestAll`.
 *
 * @throws What is wrong with the arguments, within this call.
 */
export function requestAll(
  pubsub: PubSub,
  topic: string,
  event: string,
  payload: JsonObject,
  { timeoutMs = REQUEST_TIMEOUT_MS, signal, maxMembers = MAX_MEMBERS }: RequestAllOptions = {},
): Promise<NodeRequestAllResult> {
  const what = `request ${quoted(event)} of ${quoted(topic)}`;
  assertTimeout(what, timeoutMs);
  assertJsonObject(payload, "request");
  signal?.throwIfAborted();
  const members = membersOf(pubsub, topic);
  if (!(members.length <= maxMembers)) {
    throw new RangeError(`Cannot ${what}: must have at most ${maxMembers} members, received ${members.length}`);
  }
  const frame = new SharedFrame({ joinRef: null, ref: newRequestRef(), topic, event, payload });
  return new Round(pubsub.nodeName, frame).run(members, timeoutMs, signal);
}

interface Member {
  readonly process: ChannelProcess;
  readonly membership: Membership;
}

/** The members of a topic on this node. Other subscribers, and channels of other topics, are none. */
function membersOf(pubsub: PubSub, topic: string): Member[] {
  const members: Member[] = [];
  for (const { process, fastlane } of pubsub.subscriptionsTo(topic)) {
    const isMember = process instanceof ChannelProcess && fastlane instanceof Membership && fastlane.topic === topic;
    if (isMember) members.push({ process, membership: fastlane });
  }
  return members;
}

/** A request as a frame, which is encoded once for each format. It names no join, so that all members take it. */
class SharedFrame {
  readonly ref: string;
  readonly topic: string;
  readonly event: string;
  readonly #push: PushMessage;
  readonly #frames = new Map<Serializer, Frame | undefined>();

  /** @throws {TypeError} If JSON cannot represent the payload. */
  constructor(push: PushMessage & { readonly ref: string; readonly topic: string }) {
    this.ref = push.ref;
    this.topic = push.topic;
    this.event = push.event;
    this.#push = push;
    this.#frames.set(serializerV2, serializerV2.encodePush(push)); // what V2 cannot carry is the caller's fault
  }

  /** Returns the frame in a format, or `undefined` if the format cannot carry it. */
  in(format: Serializer): Frame | undefined {
    if (!this.#frames.has(format)) this.#frames.set(format, this.#encode(format));
    return this.#frames.get(format);
  }

  #encode(format: Serializer): Frame | undefined {
    try {
      return format.encodePush(this.#push);
    } catch { // its members are reported as missing
      return undefined;
    }
  }
}

/** One request to many members. */
class Round {
  readonly #node: string;
  readonly #request: SharedFrame;
  readonly #startedAt = performance.now();
  readonly #waiting = new Map<ChannelProcess, RequestedMember>();
  readonly #replies: MemberReply[] = [];
  readonly #missing: MissingMember[] = [];
  readonly #done = Promise.withResolvers<void>();
  #isAsking = true;

  constructor(node: string, request: SharedFrame) {
    this.#node = node;
    this.#request = request;
  }

  /** Asks the members, and waits for the last answer or the deadline. */
  async run(
    members: readonly Member[],
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<NodeRequestAllResult> {
    const limit = new Alarm(() => this.#done.resolve()).set(timeoutMs);
    const onAbort = () => this.#done.reject(signal!.reason);
    signal?.addEventListener("abort", onAbort);
    try {
      for (const member of members) this.#ask(member); // the connection of one may fail meanwhile
      this.#isAsking = false;
      this.#endIfDone();
      await this.#done.promise;
    } finally {
      limit.clear();
      signal?.removeEventListener("abort", onAbort);
      for (const process of this.#waiting.keys()) process.requests.delete(this.#request.ref);
    }
    for (const member of this.#waiting.values()) this.#miss(member, "timeout");
    return { replies: this.#replies, missing: this.#missing };
  }

  #ask({ process, membership }: Member): void {
    const { requests } = process;
    const { ref, event } = this.#request;
    const member: RequestedMember = { node: this.#node, socketId: process.socket.socketId, pid: process };
    if (requests.endReason !== undefined) return this.#miss(member, "ended");
    if (requests.isFull) {
      membership.reportLimit("maxPendingRequests", requests.max);
      return this.#miss(member, "busy");
    }
    const frame = this.#request.in(membership.encoder);
    if (frame === undefined) return this.#miss(member, "unsupported");
    this.#waiting.set(process, member);
    requests.add(ref, event, (outcome) => this.#settle(process, member, outcome));
    membership.pushFrame(event, frame);
  }

  #settle(process: ChannelProcess, member: RequestedMember, outcome: RequestOutcome): void {
    this.#waiting.delete(process);
    if (outcome.status === "ended" || outcome.status === "invalid") this.#miss(member, outcome.status);
    else {
      this.#replies.push({ ...member, status: outcome.status, response: outcome.response });
      this.#report(outcome.status);
    }
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#isAsking && this.#waiting.size === 0) this.#done.resolve();
  }

  #miss(member: RequestedMember, reason: MissingMember["reason"]): void {
    this.#missing.push({ ...member, reason });
    if (reason !== "busy" && reason !== "unsupported") this.#report(reason); // those were not sent
  }

  #report(result: ClientRequestedEvent["result"]): void {
    const { topic, event } = this.#request;
    clientRequested.emit({ topic, event, result, durationMs: millisecondsSince(this.#startedAt) });
  }
}
