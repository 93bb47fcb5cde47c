/**
 * Reads the numbers of an endpoint.
 *
 * @module
 */

import { History } from "../../history/history.ts";
import { Process } from "../../otp/process/process.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Overview } from "./_overview.ts";

/** The numbers for which each connection and each process that is busy is read. */
export type Backlog = Pick<Overview, "mailboxBacklog" | "longestMailbox" | "bytesWaiting">;

/** Returns the numbers of an endpoint. */
export function overviewOf(endpoint: Endpoint, backlog: Backlog): Overview {
  const history = History.of(endpoint.pubsub);
  return {
    connections: endpoint.connectionGroups.map(({ socket, transport, connections }) => {
      return { socket, transport, count: connections.size };
    }),
    channels: endpoint.channelCount,
    topics: endpoint.pubsub.subscribedTopics.size,
    processes: Process.count,
    ...backlog,
    bus: endpoint.health().bus,
    historyStreams: history ? [...history.states()].length : 0,
    historyBytes: history?.engine.bytes,
    isDraining: endpoint.isDraining,
  };
}

/** Counts what waits, for a caller that knows the processes that are busy now. */
export function backlogOf(endpoint: Endpoint, busy: readonly Process[]): Backlog {
  return { ...mailboxes(busy), bytesWaiting: bytesWaiting(endpoint) };
}

function mailboxes(busy: readonly Process[]): Omit<Backlog, "bytesWaiting"> {
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
