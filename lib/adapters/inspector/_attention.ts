/**
 * What is probably wrong with an endpoint, for somebody who does not know where to look.
 *
 * @module
 */

import { SocketProcess } from "../../channel/socket_process.ts";
import { crashes } from "../../endpoint/debug.ts";
import type { Backlog } from "../../endpoint/debug/overview_of.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { Process, processOf } from "../../otp/process/process.ts";
import type { HandlerTimes } from "../../otp/server/handler_times.ts";
import { ServerProcess } from "../../otp/server/server_process.ts";
import { type Awaits, awaitsOf, named, type ShownProcess } from "./_processes.ts";

/** A process whose messages wait for long, or one that such a process waits for. */
export interface SlowProcess {
  /** The process. */
  readonly process: ShownProcess;
  /** The id of its client, if it is the channel of one that has an id. */
  readonly client: string | undefined;
  /** What it is busy with. */
  readonly busy: string | undefined;
  /** For how long, in milliseconds. */
  readonly runningMs: number | undefined;
  /** How long its handlers took for a message lately, on average, in milliseconds; `undefined` if none was measured. */
  readonly averageMs: number | undefined;
  /** The number of messages that wait for it. */
  readonly messageQueueLength: number;
  /** The reply that it waits for, if that is known. */
  readonly awaits: Awaits | undefined;
  /** How many of the other slow processes wait for its reply. */
  readonly waiters: number;
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

/** What is wrong with the node as a whole, so with each room on it. */
export interface NodeTrouble {
  /** Whether its bus is down. */
  readonly isBusDown: boolean;
  /** How long something kept the thread lately, at worst, in milliseconds; `undefined` if for no long time. */
  readonly blockedMs: number | undefined;
}

/** The processes and clients that need attention, the worst first. */
export interface Attention {
  readonly slowProcesses: readonly SlowProcess[];
  readonly slowReaders: readonly SlowReader[];
}

/** A thread that does nothing else for longer is blocked, in milliseconds; and how much of that is too much. */
const BLOCKED_MS = 100;
const MUCH_BLOCKED_MS = 500;
/** How many of each kind are shown. */
const SHOWN = 5;
/** A handler that runs for longer is slow, and a message that waits for longer waits for long, in milliseconds. */
const SLOW_MS = 1_000;
/** A mailbox with so many messages is full of work. */
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
  const found = new Map<Process, number>(); // how many wait for it
  for (const pid of busy) if (isSlow(pid)) found.set(pid, 0);
  for (const pid of found.keys()) { // also those that are added meanwhile: a server may wait for another
    const awaited = pid instanceof ServerProcess ? pid.awaitedReply?.pid : undefined;
    if (!awaited) continue;
    const server = processOf(awaited);
    found.set(server, (found.get(server) ?? 0) + 1);
  }
  const shown = [...found].map(([pid, waiters]) => ({ ...slowProcess(pid), waiters }));
  return worst(shown, badness);
}

/** A server for which others wait comes first: it is the cause. Those that wait for a server come last. */
function badness({ waiters, awaits, runningMs = 0, messageQueueLength }: SlowProcess): number {
  const cause = waiters > 0 ? waiters : awaits === undefined ? 0 : -1;
  return cause * 1e9 + runningMs + messageQueueLength;
}

function isSlow(pid: Process): boolean {
  const { mailbox: { length } } = pid;
  const times = pid instanceof ServerProcess ? pid.handlerTimes : undefined;
  const averageMs = averageOf(times) ?? 0;
  const slowestMs = Math.max(times?.runningMs ?? 0, averageMs, averageMs * length);
  return length >= LONG_QUEUE || slowestMs >= SLOW_MS;
}

function averageOf(times: HandlerTimes | undefined): number | undefined {
  return times && times.handled > 0 ? times.totalMs / times.handled : undefined;
}

function slowProcess(pid: Process): Omit<SlowProcess, "waiters"> {
  const server = pid instanceof ServerProcess ? pid : undefined;
  const times = server?.handlerTimes;
  return {
    process: named(pid),
    client: clientOf(pid),
    busy: pid.whyLate,
    runningMs: rounded(times?.runningMs),
    averageMs: rounded(averageOf(times)),
    messageQueueLength: pid.mailbox.length,
    awaits: awaitsOf(server?.awaitedReply),
  };
}

function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds);
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

/** Returns how long the thread was blocked at worst, given the delays of the last seconds, if it was for long in all. */
export function blockedMs(delaysMs: readonly number[]): number | undefined {
  const long = delaysMs.filter((delayMs) => delayMs >= BLOCKED_MS);
  return long.reduce((sum, delayMs) => sum + delayMs, 0) < MUCH_BLOCKED_MS ? undefined : Math.max(...long);
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

/** The worst of each kind, and how many more there are. */
export interface WorstAttention extends Attention {
  readonly moreSlowProcesses: number;
  readonly moreSlowReaders: number;
}

/** Returns the worst of each kind. */
export function worstOf({ slowProcesses, slowReaders }: Attention): WorstAttention {
  return {
    slowProcesses: slowProcesses.slice(0, SHOWN),
    slowReaders: slowReaders.slice(0, SHOWN),
    moreSlowProcesses: Math.max(0, slowProcesses.length - SHOWN),
    moreSlowReaders: Math.max(0, slowReaders.length - SHOWN),
  };
}

/**
 * Returns what slows one topic on this node: its channels that are slow, the servers that these wait for, and its members
 * that read slowly.
 */
export function attentionTo(endpoint: Endpoint, topic: string, attention: Attention): WorstAttention {
  const { slowProcesses, slowReaders } = attention;
  if (slowProcesses.length + slowReaders.length === 0) return worstOf(attention); // nearly always
  const concerned = new Set<number>();
  for (const { process } of endpoint.pubsub.subscriptionsTo(topic)) {
    concerned.add(process.id);
    const parent = process instanceof Process ? process.parent : undefined;
    if (parent) concerned.add(parent.id);
  }
  addAwaited(concerned, slowProcesses);
  const isConcerned = ({ process }: SlowProcess | SlowReader) => concerned.has(process.id);
  return worstOf({ slowProcesses: slowProcesses.filter(isConcerned), slowReaders: slowReaders.filter(isConcerned) });
}

/** Adds the servers that `concerned` wait for, and those that these wait for. */
function addAwaited(concerned: Set<number>, slowProcesses: readonly SlowProcess[]): void {
  const awaitedBy = new Map(slowProcesses.map(({ process, awaits }) => [process.id, awaits?.process?.id]));
  for (const id of concerned) { // also those that are added meanwhile
    const awaited = awaitedBy.get(id);
    if (awaited !== undefined) concerned.add(awaited);
  }
}

function worst<T>(found: T[], badness: (item: T) => number): T[] {
  return found.sort((a, b) => badness(b) - badness(a));
}
