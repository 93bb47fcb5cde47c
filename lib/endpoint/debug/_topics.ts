/**
 * The topics that have subscribers on a node, and those with history.
 *
 * @module
 */

import { History } from "../../history/history.ts";
import { formatPosition } from "../../history/position.ts";
import type { Retention } from "../../history/retention.ts";
import { CONTROL_PREFIX } from "../../pubsub/adapter.ts";
import type { Fastlane } from "../../pubsub/fastlane.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Page, SearchOptions } from "./_page.ts";
import { matcherOf, pageOf } from "./_page_of.ts";

/** A snapshot of a topic on this thread. */
export interface TopicInfo {
  /** The topic. */
  readonly topic: string;
  /** The number of clients that have joined it. */
  readonly members: number;
  /** The number of other processes that subscribed to it. */
  readonly processes: number;
}

/** A snapshot of a topic with history, as this thread sees it. */
export interface HistoryStream {
  /** The topic. */
  readonly topic: string;
  /** The position of the last message that this node delivered; `undefined` until the engine was reached. */
  readonly position: string | undefined;
  /** How much of it is kept. */
  readonly keep: Retention;
  /** Whether it has subscribers here. Without any, the stream ends after a while; the messages stay in the engine. */
  readonly hasSubscribers: boolean;
  /** How many clients wait for the engine to let them in. */
  readonly waiting: number;
}

/** Options for a page of topics, with their order. */
export interface TopicListOptions extends SearchOptions {
  /**
   * Lists those first for which it returns the greatest number, such as a rate that you measure. It gets each topic that
   * is found, and the number of its subscribers.
   *
   * @default {the topics in the order in which they got their first subscriber}
   */
  readonly rankOf?: ((topic: string, subscribers: number) => number) | undefined;
}

/**
 * Returns the topics that have subscribers on this thread. The library's own topics are not included.
 *
 * @param endpoint The endpoint. Other endpoints with the same PubSub have the same topics.
 * @param options The page, a text that the topic contains, and the order.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function topics(endpoint: Endpoint, options: TopicListOptions = {}): Page<TopicInfo> {
  const { rankOf } = options;
  const matches = matcherOf(options);
  const all = endpoint.pubsub.subscribedTopics;
  const found = filter(all, ([topic]) => !topic.startsWith(CONTROL_PREFIX) && matches(topic));
  if (!rankOf) return pageOf(found, options, describe);
  const ranked = Array.from(found, (entry) => ({ entry, rank: rankOf(entry[0], entry[1].size) }));
  return pageOf(ranked.sort((a, b) => b.rank - a.rank), options, ({ entry }) => describe(entry));
}

/**
 * Returns the topics with history that are in use on this thread.
 *
 * @param endpoint The endpoint.
 * @param options The page, and a text that the topic contains.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function historyStreams(endpoint: Endpoint, options: SearchOptions = {}): Page<HistoryStream> {
  const matches = matcherOf(options);
  const all = History.of(endpoint.pubsub)?.states() ?? [];
  return pageOf(filter(all, ({ topic }) => matches(topic)), options, ({ position, ...rest }) => ({
    ...rest,
    position: position && formatPosition(position),
  }));
}

function describe(
  [topic, subscriptions]: [string, ReadonlySet<{ readonly fastlane: Fastlane | undefined }>],
): TopicInfo {
  let members = 0;
  for (const { fastlane } of subscriptions) if (fastlane) members++;
  return { topic, members, processes: subscriptions.size - members };
}

function* filter<T>(all: Iterable<T>, isWanted: (item: T) => boolean): Iterable<T> {
  for (const item of all) if (isWanted(item)) yield item;
}
