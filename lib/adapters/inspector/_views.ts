/**
 * What can be seen of an endpoint: one function for each view, with the same result for the page, scripts and agents.
 *
 * @module
 */

import { isInstance } from "../../base/foreign.ts";
import * as debug from "../../endpoint/debug.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { SocketProcess } from "../../channel/socket_process.ts";
import type { PeerData } from "../../transport/request/connect_info.ts";
import { attentionTo, crashGroups, worstOf } from "./_attention.ts";
import type { FollowedTopic } from "./_followed_topic.ts";
import type { Meter } from "./_meter.ts";
import { showProcess, showProcesses, showState, showTree } from "./_process_views.ts";
import { named, pidOf } from "./_processes.ts";
import type { ShownServers } from "./_shown_servers.ts";
import type { TopicRates } from "./_topic_rates.ts";
import { ViewError } from "./_view_error.ts";
import type { Plain } from "./_plain.ts";
import type { QueryTexts, ViewQuery } from "./_view_query.ts";

/** What the views read. What is measured is measured from the first read on, and for a while after the last. */
export interface ViewSource {
  /** The endpoint. */
  readonly endpoint: Endpoint;
  /** The numbers of each second. */
  readonly meter: Meter;
  /** The servers whose handlers are measured. */
  readonly shown: ShownServers;
  /** The rates of topics. */
  readonly rates: TopicRates;
  /** Returns the events of a topic. */
  follow(topic: string): FollowedTopic;
  /** Shows a view of a node. Rejects with a {@linkcode ViewError} if it cannot be shown. */
  ask(node: string, name: string, texts: QueryTexts): Promise<Plain>;
}

/** Shows something. What it throws is shown to the one who asked, if it is a {@linkcode ViewError}. */
type View = (source: ViewSource, query: ViewQuery) => unknown;

/** How many topics of a connection are listed in a list of connections. */
const LISTED_TOPICS = 20;
/** How many nodes are asked for connections. */
const MOST_NODES = 1_000;

/** The views by name. */
export const VIEWS = {
  overview: showOverview,
  sockets: showSockets,
  find: findSockets,
  socket: showSocket,
  topics: showTopics,
  follow: showFollowed,
  processes: ({ shown }, query) => showProcesses(shown, query),
  process: ({ shown }, query) => showProcess(shown, query),
  state: ({ endpoint }, query) => showState(endpoint, query),
  tree: ({ endpoint }, query) => showTree(endpoint, query),
  presence: ({ endpoint }, query) => debug.presenceTopics(endpoint, query.search),
  members: showMembers,
  nodes: ({ endpoint }, query) => debug.nodes(endpoint, query.page),
  crashes: (_, query) => debug.crashes(query.page),
  history: ({ endpoint }, query) => debug.historyStreams(endpoint, query.search),
} as const satisfies Readonly<Record<string, View>>;

/** The name of a view. */
export type ViewName = keyof typeof VIEWS;

/** Returns whether there is a view of this name. */
export function isViewName(name: string): name is ViewName {
  return Object.hasOwn(VIEWS, name);
}

function showOverview({ endpoint, meter }: ViewSource, query: ViewQuery): unknown {
  return {
    node: endpoint.pubsub.nodeName,
    ...meter.overview,
    limits: debug.limitsHit(),
    losses: debug.losses(),
    attention: { ...meter.trouble, ...worstOf(meter.attention), crashes: crashGroups() },
    crashes: debug.crashCount(),
    samples: meter.since(query.integer("since", 0)),
  };
}

function showSockets({ endpoint }: ViewSource, query: ViewQuery): unknown {
  const id = query.text("id");
  const page = id === "" ? debug.sockets(endpoint, query.search) : debug.socketsOf(endpoint, id, query.page);
  return { ...page, items: page.items.map(socketLine) };
}

/** Looks for connections on all nodes. A node that does not reply is named, and hides nothing of the others. */
async function findSockets({ endpoint, ask }: ViewSource, query: ViewQuery): Promise<unknown> {
  const { limit } = query.page;
  const texts = { search: query.text("search"), id: query.text("id"), limit: `${limit}` };
  const nodes = debug.nodes(endpoint, { limit: MOST_NODES }).items.filter(({ status }) => status === "up");
  const found = await Promise.all(nodes.map(({ name }) => findOn(name, () => ask(name, "sockets", texts))));
  return {
    items: found.flatMap(({ items }) => items).slice(0, limit),
    total: found.reduce((sum, { total }) => sum + total, 0),
    failed: found.flatMap(({ error, node }) => error === undefined ? [] : [{ node, error }]),
  };
}

async function findOn(node: string, ask: () => Promise<Plain>) {
  try {
    const { items, total } = await ask() as { readonly items: readonly object[]; readonly total: number };
    return { node, total, items: items.map((item) => ({ node, ...item })) };
  } catch (thrown) {
    if (isInstance(thrown, ViewError) && thrown.status !== 400) {
      return { node, total: 0, items: [], error: thrown.message };
    }
    throw thrown;
  }
}

function showSocket(_source: ViewSource, query: ViewQuery): unknown {
  const pid = pidOf(query);
  if (!(pid instanceof SocketProcess)) throw new ViewError(404, `Cannot show process ${pid.id}: it is no connection`);
  const channels = pid.channels.map(({ pid, ...rest }) => ({ ...rest, process: pid && named(pid) }));
  return { ...socketLine(pid.info), channels };
}

function socketLine({ pid, address, peer, topics, ...rest }: debug.SocketInfo): Readonly<Record<string, unknown>> {
  return {
    process: named(pid),
    ...rest,
    address: peer?.hostname === address ? peer && withPort(peer) : address, // the port of a proxy says nothing
    topicCount: topics.length,
    topics: topics.slice(0, LISTED_TOPICS),
  };
}

function withPort({ hostname, port }: PeerData): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function showTopics({ endpoint, rates }: ViewSource, query: ViewQuery): unknown {
  const isBusyFirst = query.oneOf("order", ["age", "sent"]) === "sent";
  const sentPerSecond = (topic: string, subscribers: number) => rates.perSecond(topic) * subscribers;
  const page = debug.topics(endpoint, { ...query.search, rankOf: isBusyFirst ? sentPerSecond : undefined });
  return { ...page, items: page.items.map((item) => ({ ...item, ...rates.of(item.topic) })) };
}

function showFollowed(source: ViewSource, query: ViewQuery): unknown {
  const topic = query.required("topic");
  return {
    topic,
    attention: { ...source.meter.trouble, ...attentionTo(source.endpoint, topic, source.meter.attention) },
    events: source.follow(topic).after(query.integer("after", 0)),
  };
}

function showMembers({ endpoint }: ViewSource, query: ViewQuery): unknown {
  const ref = { presence: query.required("presence"), topic: query.required("topic") };
  try {
    return debug.presenceMembers(endpoint, ref, query.page);
  } catch (thrown) {
    if (thrown instanceof TypeError) throw new ViewError(404, thrown.message);
    throw thrown;
  }
}
