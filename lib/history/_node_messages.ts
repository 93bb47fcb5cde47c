/**
 * The messages between nodes. Something was deleted: the others remember the latest messages of each topic. Routes were
 * declared: programs without routes of their own read them again.
 *
 * @module
 */

import type { Broadcast } from "../pubsub/broadcast.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";

/** What was deleted. */
export interface Forgotten {
  /** The topic. */
  readonly topic: string;
  /** The position of the message; `undefined` for all of them. */
  readonly position: Position | undefined;
}

const TOPIC = "urvogel:history";
const FORGET = "urvogel:forget";
const DECLARED = "urvogel:declared";

/** Informs the other nodes. @throws {BusDownError} If they cannot be reached. */
export function announceForgotten(pubsub: PubSub, { topic, position }: Forgotten): void {
  pubsub.broadcast(TOPIC, FORGET, position ? { topic, position: formatPosition(position) } : { topic });
}

/** Informs the other nodes that routes were declared. @throws {BusDownError} If they cannot be reached. */
export function announceDeclared(pubsub: PubSub): void {
  pubsub.broadcast(TOPIC, DECLARED, {});
}

/** Returns whether a broadcast says that routes were declared. */
export function isDeclared({ topic, event }: Broadcast): boolean {
  return topic === TOPIC && event === DECLARED;
}

/** Reads what was deleted. Returns `undefined` if a broadcast is none. */
export function readForgotten({ topic: on, event, payload }: Broadcast): Forgotten | undefined {
  if (on !== TOPIC || event !== FORGET || typeof payload !== "object" || payload === null) return undefined;
  const { topic, position } = payload as { readonly topic?: unknown; readonly position?: unknown };
  if (typeof topic !== "string") return undefined;
  if (position === undefined) return { topic, position };
  const parsed = parsePosition(position);
  return parsed && { topic, position: parsed };
}
