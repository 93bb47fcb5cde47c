/**
 * Requests to the members of a topic on other nodes: what is sent between the nodes, and what comes back.
 *
 * @module
 */

import {
  type MemberReply,
  type MissingMember,
  type NodeRequestAllResult,
  requestAll,
  type RequestAllOptions,
  type RequestAllResult,
} from "../channel/requests/request_all.ts";
import type { JsonObject, JsonOrBytes } from "../protocol/payload.ts";
import type { PubSub } from "../pubsub/pubsub.ts";

/** A reply on its way: id, status and response. */
type SentReply = readonly [socketId: string | null, status: MemberReply["status"], response: unknown];
/** A member without a reply on its way. */
type SentMissing = readonly [socketId: string | null, reason: MissingMember["reason"]];

const STATUSES: readonly unknown[] = ["ok", "error"] satisfies MemberReply["status"][];
const REASONS: readonly unknown[] = [
  "timeout",
  "ended",
  "busy",
  "unsupported",
  "invalid",
] satisfies MissingMember["reason"][];

/** Returns the argument that asks another node. JSON has no infinity: a limit that is missing is none. */
export function encodeRequestAll(
  topic: string,
  event: string,
  payload: JsonObject,
  { timeoutMs, maxMembers }: RequestAllOptions = {},
): JsonOrBytes {
  return { topic, event, payload, timeoutMs: sent(timeoutMs), maxMembers: sent(maxMembers) };
}

/**
 * Asks the members on this node for another one.
 *
 * @throws {TypeError} If the argument is malformed.
 * @throws What `requestAll` throws.
 */
export async function answerRequestAll(pubsub: PubSub, argument: JsonOrBytes): Promise<JsonOrBytes> {
  const { topic, event, payload, timeoutMs, maxMembers } = fieldsOf(argument);
  if (typeof topic !== "string" || typeof event !== "string") throw malformed();
  const options = { ...received("timeoutMs", timeoutMs), ...received("maxMembers", maxMembers) };
  const { replies, missing } = await requestAll(pubsub, topic, event, payload as JsonObject, options); // checked there
  return {
    replies: replies.map(({ socketId, status, response }): SentReply => [socketId, status, response]),
    missing: missing.map(({ socketId, reason }): SentMissing => [socketId, reason]),
  };
}

/** Adds what other nodes replied. One whose reply is malformed is missing. */
export function mergeResults(
  own: NodeRequestAllResult,
  results: ReadonlyMap<string, JsonOrBytes>,
  missingNodes: readonly string[],
): RequestAllResult {
  const [replies, missing, silent] = [[...own.replies], [...own.missing], [...missingNodes]];
  for (const [node, result] of results) {
    const fields = fieldsOf(result);
    if (!isListOf(fields.replies, isReply) || !isListOf(fields.missing, isMissing)) {
      silent.push(node);
      continue;
    }
    for (const [socketId, status, response] of fields.replies) {
      replies.push({ node, socketId, pid: undefined, status, response });
    }
    for (const [socketId, reason] of fields.missing) missing.push({ node, socketId, pid: undefined, reason });
  }
  return { replies, missing, missingNodes: silent };
}

function sent(limit: number | undefined): number | "none" | undefined {
  return limit === Infinity ? "none" : limit;
}

function received<K extends string>(name: K, limit: unknown): { [N in K]?: number } {
  if (limit === undefined) return {};
  const value = limit === "none" ? Infinity : limit;
  if (typeof value !== "number") throw malformed();
  return { [name]: value } as { [N in K]?: number };
}

function fieldsOf(value: JsonOrBytes): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : {};
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isReply(item: unknown): item is SentReply {
  return Array.isArray(item) && item.length === 3 && isSocketId(item[0]) && STATUSES.includes(item[1]);
}

function isMissing(item: unknown): item is SentMissing {
  return Array.isArray(item) && item.length === 2 && isSocketId(item[0]) && REASONS.includes(item[1]);
}

function isSocketId(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function malformed(): TypeError {
  return new TypeError("Cannot request members: the message of the other node is malformed");
}
