/**
 * The numbers of an endpoint: what a dashboard shows first.
 *
 * @module
 */

import { History } from "../../history/history.ts";
import { type LimitCount, limitCounts } from "../../limits/telemetry.ts";
import { Process } from "../../otp/process/process.ts";
import { redactor } from "../../security/redact.ts";
import type { ClusterNode } from "../../cluster/membership.ts";
import type { Endpoint } from "../endpoint.ts";
import { type Page, pageOf, type PageOptions } from "./_page.ts";

/** The open connections of one socket by one transport. */
export interface ConnectionCount {
  /** The name of the socket's class, or the path of a driver that has no class. */
  readonly socket: string;
  /** The transport: `"websocket"`, `"longpoll"`, or `"direct"` for connections without an HTTP request, as in tests. */
  readonly transport: string;
  /** The number of open connections. */
  readonly count: number;
}

/** The numbers of an endpoint on this thread. */
export interface Overview {
  /** The open connections by socket and transport. */
  readonly connections: readonly ConnectionCount[];
  /** The number of joined topics of all clients: a client with two topics counts twice. */
  readonly channels: number;
  /** The number of different topics with subscribers, including a few of the library's own. */
  readonly topics: number;
  /** The number of processes of this thread. */
  readonly processes: number;
  /** The number of messages in all mailboxes of this thread. */
  readonly mailboxBacklog: number;
  /** The number of messages in the fullest mailbox of this thread. */
  readonly longestMailbox: number;
  /** The number of bytes that clients have not read yet. */
  readonly bytesWaiting: number;
  /** Whether the bus that connects the nodes is up; `"none"` if there is none. */
  readonly bus: "up" | "down" | "none";
  /** The number of topics with history that are in use. */
  readonly historyStreams: number;
  /** The size of the kept messages in bytes, about; `undefined` if the engine does not know, or there is none. */
  readonly historyBytes: number | undefined;
  /** Whether it shuts down, or has shut down. */
  readonly isDraining: boolean;
}

const redact = redactor();

/**
 * Returns the numbers of an endpoint. It reads each connection and each mailbox once: some milliseconds for 10,000
 * connections with a channel each.
 *
 * @param endpoint The endpoint.
 */
export function overview(endpoint: Endpoint): Overview {
  return overviewOf(endpoint, Process.busy);
}

/** Returns the numbers of an endpoint, for a caller that knows the processes that are busy now. */
export function overviewOf(endpoint: Endpoint, busy: readonly Process[]): Overview {
  const history = History.of(endpoint.pubsub);
  return {
    connections: endpoint.connectionGroups.map(({ socket, transport, connections }) => {
      return { socket, transport, count: connections.size };
    }),
    channels: endpoint.channelCount,
    topics: endpoint.pubsub.subscribedTopics.size,
    processes: Process.count,
    ...mailboxes(busy),
    bytesWaiting: bytesWaiting(endpoint),
    bus: endpoint.health().bus,
    historyStreams: history ? [...history.states()].length : 0,
    historyBytes: history?.engine.bytes,
    isDraining: endpoint.isDraining,
  };
}

/** Returns how often clients of this thread have reached each limit, the one that was reached last first. */
export function limitsHit(): LimitCount[] {
  return limitCounts.list;
}

/**
 * Returns the nodes that are up or down, this one first, as `endpoint.nodes()`, with secrets hidden in their details.
 *
 * @param endpoint The endpoint.
 * @param options The page.
 * @throws {RangeError} If `limit` or `offset` makes no sense.
 */
export function nodes(endpoint: Endpoint, options: PageOptions = {}): Page<ClusterNode> {
  return pageOf(endpoint.nodes(), options, (node) => redact(node) as ClusterNode);
}

function mailboxes(busy: readonly Process[]): Pick<Overview, "mailboxBacklog" | "longestMailbox"> {
  let mailboxBacklog = 0;
  let longestMailbox = 0;
  for (const { mailbox: { length } } of busy) {
    mailboxBacklog += length;
    if (length > longestMailbox) longestMailbox = length;
  }
  return { mailboxBacklog, longestMailbox };
}

function bytesWaiting({ connectionGroups }: Endpoint): number {
  let bytes = 0;
  for (const { connections } of connectionGroups) for (const { bufferedBytes } of connections) bytes += bufferedBytes;
  return bytes;
}
