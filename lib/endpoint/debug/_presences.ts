/**
 * The presences of a node, and who is in their topics.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import { Presence } from "../../presence/presence.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Page, PageOptions, SearchOptions } from "./_page.ts";
import { matcherOf, pageOf } from "./_page_of.ts";

/** A topic of a presence. */
export interface PresenceTopicInfo {
  /** The name of the presence. */
  readonly presence: string;
  /** The topic. */
  readonly topic: string;
  /** The number of different keys, on all nodes. */
  readonly keys: number;
  /** The number of metas, on all nodes. */
  readonly metas: number;
}

/** A member of a topic. */
export interface PresenceMember {
  /** The key. */
  readonly key: string;
  /** Its metas, with secrets hidden. What `fetch` adds is not included. */
  readonly metas: readonly unknown[];
}

/** A topic of a presence, by both names. */
export interface PresenceTopicRef {
  /** The name of the presence. */
  readonly presence: string;
  /** The topic. */
  readonly topic: string;
}

/**
 * Returns the topics of all presences that have members, on any node.
 *
 * @param endpoint The endpoint.
 * @param options The page, and a text that the topic or the name of the presence contains.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function presenceTopics(endpoint: Endpoint, options: SearchOptions = {}): Page<PresenceTopicInfo> {
  const matches = matcherOf(options);
  return pageOf(all(endpoint, matches), options, ({ presence, topic }) => {
    return { presence: presence.name, topic, ...presence.count(topic) };
  });
}

/**
 * Returns the members of a topic, on all nodes.
 *
 * @param endpoint The endpoint.
 * @param ref The name of the presence, and the topic.
 * @param options The page.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 * @throws {TypeError} If there is no presence of this name.
 */
export function presenceMembers(
  endpoint: Endpoint,
  { presence: name, topic }: PresenceTopicRef,
  options: PageOptions = {},
): Page<PresenceMember> {
  const presences = [...Presence.on(endpoint.pubsub)];
  const presence = presences.find((presence) => presence.name === name);
  if (!presence) {
    const known = presences.map((presence) => quoted(presence.name)).join(", ") || "none";
    throw new TypeError(`Cannot list members: there is no presence ${quoted(name)}, only ${known}`);
  }
  return pageOf(presence.entries(topic), options, ([key, tracked]) => {
    return { key, metas: Array.from(tracked, ({ meta }) => endpoint.redact(meta)) };
  });
}

function* all(endpoint: Endpoint, matches: ReturnType<typeof matcherOf>) {
  for (const presence of Presence.on(endpoint.pubsub)) {
    for (const topic of presence.topics()) if (matches(topic, presence.name)) yield { presence, topic };
  }
}
