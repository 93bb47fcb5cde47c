/**
 * What is probably wrong with an endpoint, for somebody who does not know where to look.
 *
 * @module
 */

import { SocketProcess } from "../../channel/socket_process.ts";
import { crashes } from "../../endpoint/debug.ts";
import type { Backlog } from "../../endpoint/debug/overview_of.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { Process } from "../../otp/process/process.ts";
import { ServerProcess } from "../../otp/server/server_process.ts";
import { named, type ShownProcess } from "./_processes.ts";

/** A process that has been in one handler for long, or has many waiting messages. */
export interface SlowProcess {
  /** The process. */
  readonly process: ShownProcess;
  /** The id of its client, if it is the channel of one that has an id. */
  readonly client: string | undefined;
  /** What it is busy with. */
  readonly busy: string | undefined;
  /** For how long, in milliseconds. */
  readonly runningMs: number | undefined;
  /** The number of messages that wait for it. */
  readonly messageQueueLength: number;
}

/** A client that does not read what it is sent. */
export interface SlowReader {
  /** Its connection. */
  readonly process: ShownProcess;
  /** The id of the connection. */
  readonly id: string | null;
  /** The number of bytes that it has not read. */
  readonly bufferedBytes: number;
}

/** Crashes of the same kind. */
export interface CrashGroup {
  /** What failed. */
  readonly during: string;
  /** The error. */
  readonly error: string;
  /** How often, in the last minute. */
  readonly count: number;
  /** The process that crashed last. */
  readonly process: ShownProcess;
  /** The id of its client, if it has one. */
  readonly client: string | undefined;
}

/** The processes and clients that need attention, the worst first. */
export interface Attention {
  readonly slowProcesses: readonly SlowProcess[];
  readonly slowReaders: readonly SlowReader[];
}

/** How many of each kind are shown. */
const SHOWN = 5;
/** A handler that runs for longer is slow, in milliseconds. */
const SLOW_MS = 1_000;
/** A mailbox with more messages is full of work. */
const LONG_QUEUE = 100;
/** A client with more unread bytes reads slowly. */
const MANY_BYTES = 65_536;
const RECENT_MS = 60_000;

/**
 * Finds what needs attention.
 *
 * @param endpoint The endpoint.
 * @param backlog What waits at this moment, so that it is not counted again.
 * @param busy The processes that are busy at this moment.
 */
export function attentionOf(endpoint: Endpoint, { bytesWaiting }: Backlog, busy: readonly Process[]): Attention {
  const readers = bytesWaiting > MANY_BYTES ? slowReaders(endpoint) : []; // nearly always none
  return { slowProcesses: slowProcesses(busy), slowReaders: readers };
}

function slowProcesses(busy: readonly Process[]): SlowProcess[] {
  const found: SlowProcess[] = [];
  for (const pid of busy) {
    const runningMs = pid instanceof ServerProcess ? pid.handlerTimes?.runningMs : undefined;
    const { length: messageQueueLength } = pid.mailbox;
    if ((runningMs ?? 0) < SLOW_MS && messageQueueLength < LONG_QUEUE) continue;
    const rounded = runningMs === undefined ? undefined : Math.round(runningMs);
    found.push({
      process: named(pid),
      client: clientOf(pid),
      busy: pid.whyLate,
      runningMs: rounded,
      messageQueueLength,
    });
  }
  return worst(found, ({ runningMs = 0, messageQueueLength }) => runningMs + messageQueueLength);
}

/** Each member of a topic has a channel of its own, so the topic alone does not say whose is meant. */
function clientOf({ parent }: Process): string | undefined {
  return parent instanceof SocketProcess ? parent.socketId ?? undefined : undefined;
}

function slowReaders({ socketPids }: Endpoint): SlowReader[] {
  const found: SlowReader[] = [];
  for (const pid of socketPids) {
    if (!(pid instanceof SocketProcess)) continue;
    const { id, bufferedBytes } = pid.info;
    if (bufferedBytes > MANY_BYTES) found.push({ process: named(pid), id, bufferedBytes });
  }
  return worst(found, ({ bufferedBytes }) => bufferedBytes);
}

/** Returns the crashes of the last minute, those that happened most often first. */
export function crashGroups(): CrashGroup[] {
  const since = Date.now() - RECENT_MS;
  const groups = new Map<string, CrashGroup>();
  for (const { time, during, error, process, fields } of crashes().items) {
    if (time.getTime() < since) continue;
    const key = `${during}\n${error}`;
    const known = groups.get(key);
    groups.set(
      key,
      known ? { ...known, count: known.count + 1 } : { during, error, count: 1, process, client: fields.socketId },
    );
  }
  return worst([...groups.values()], ({ count }) => count).slice(0, SHOWN);
}

/** Returns the worst of each kind. */
export function worstOf({ slowProcesses, slowReaders }: Attention): Attention {
  return { slowProcesses: slowProcesses.slice(0, SHOWN), slowReaders: slowReaders.slice(0, SHOWN) };
}

/** Returns what slows one topic on this node: its channels that are slow, and its members that read slowly. */
export function attentionTo(endpoint: Endpoint, topic: string, { slowProcesses, slowReaders }: Attention): Attention {
  if (slowProcesses.length + slowReaders.length === 0) return { slowProcesses, slowReaders }; // nearly always
  const members = new Set<number>();
  for (const { process } of endpoint.pubsub.subscriptionsTo(topic)) {
    members.add(process.id);
    const parent = process instanceof Process ? process.parent : undefined;
    if (parent) members.add(parent.id);
  }
  const isMember = ({ process }: SlowProcess | SlowReader) => members.has(process.id);
  return worstOf({ slowProcesses: slowProcesses.filter(isMember), slowReaders: slowReaders.filter(isMember) });
}

function worst<T>(found: T[], badness: (item: T) => number): T[] {
  return found.sort((a, b) => badness(b) - badness(a));
}
