/**
 * Processes: what they do, what waits for them, and their tree.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import { type ProcessInfo, processInfo as infoOf } from "../../otp/process/info.ts";
import { listProcesses } from "../../otp/process/list_processes.ts";
import type { Pid } from "../../otp/process/pid.ts";
import { processOf } from "../../otp/process/process.ts";
import type { HandlerTimes } from "../../otp/server/handler_times.ts";
import type { AwaitedReply } from "../../otp/server/open_calls.ts";
import { ServerProcess } from "../../otp/server/server_process.ts";
import { supervisedBy } from "../../otp/supervisor/supervising.ts";
import type { ChildInfo } from "../../otp/supervisor/supervised_child.ts";
import type { Supervised } from "../../otp/supervisor/supervision_tree.ts";
import type { Page, PageOptions, SearchOptions } from "./_page.ts";
import { matcherOf, pageOf } from "./_page_of.ts";

/** A short snapshot of a process, for lists. */
export interface ProcessSummary {
  /** The process. */
  readonly pid: Pid<never>;
  /** Its label, in one line. */
  readonly label: string;
  /** The number of messages in its mailbox. */
  readonly messageQueueLength: number;
  /** What keeps it from its next message, such as `it is busy with handleIn "say"`; `undefined` if nothing does. */
  readonly busy: string | undefined;
  /** What it spent in its handlers; `undefined` unless it is a server, and {@linkcode watch} is on. */
  readonly handlers: HandlerTimes | undefined;
  /** The reply that its handler waits for; `undefined` if for none, or if {@linkcode watch} was off when it began. */
  readonly awaitedReply: AwaitedReply | undefined;
}

/** A snapshot of a process with its handler times. */
export interface ProcessDetails extends ProcessInfo, ProcessSummary {
}

/** Options for a page of processes, with their order. */
export interface ProcessListOptions extends SearchOptions {
  /**
   * The oldest first; or those with the most waiting messages first; or those that have been longest in their current
   * handler first, or those first that kept the thread for longest before they waited for anything. For how long is
   * known with {@linkcode watch}; without it, those that are in a handler come first.
   *
   * @default {"age"}
   */
  readonly order?: "age" | "backlog" | "running" | "blocking" | undefined;
}

/** A process in the supervision tree, with a page of its children. */
export interface TreeNode {
  /** Its id in its supervisor, in one line; for the process at the top, its label. */
  readonly id: string;
  /** Whether it is a supervisor or a worker. */
  readonly type: ChildInfo["type"];
  /** Its status. */
  readonly status: ChildInfo["status"];
  /** Its process, if it runs. */
  readonly pid: Pid<never> | undefined;
  /** The number of messages in its mailbox. */
  readonly messageQueueLength: number;
  /** Its children in start order; `items` is empty below the requested depth. */
  readonly children: Page<TreeNode>;
}

/** Options for a part of the supervision tree. `limit` and `offset` are about the children of the top. */
export interface TreeOptions extends PageOptions {
  /**
   * How many levels below the top are shown, from 0 to 10.
   *
   * @default {3}
   */
  readonly depth?: number | undefined;
}

const DEPTH = 3;
const MAX_DEPTH = 10;
const NO_CHILDREN: Page<never> = { items: [], total: 0, next: undefined };

/**
 * Returns all processes of this thread.
 *
 * @param options The page, a text that the label contains, and the order.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function processes(options: ProcessListOptions = {}): Page<ProcessSummary> {
  return pageOf(sorted(matching(options), options.order), options, summaryOf);
}

/**
 * Returns a snapshot of a process: the fields of `processInfo`, what keeps it busy, and its handler times.
 *
 * @param pid The process.
 * @returns The snapshot, or `undefined` if the process has ended.
 */
export function processInfo(pid: Pid<never>): ProcessDetails | undefined {
  const info = infoOf(pid);
  return info && { ...info, ...summaryOf(pid) };
}

/**
 * Returns the process with this number, or `undefined` if there is none on this thread, or no more.
 *
 * @param id The number, `pid.id`.
 */
export function processWithId(id: number): Pid<never> | undefined {
  return listProcesses().find((pid) => pid.id === id);
}

/**
 * Returns the supervision tree, with at most `limit` children of each process. Call it again with a child's process and
 * an `offset` for more.
 *
 * @param top The process at the top; or an endpoint or a PubSub.
 * @param options The part of the tree.
 * @throws {RangeError} If `limit`, `offset` or `depth` is out of range.
 */
export function tree(top: Pid<never> | Supervised, { depth = DEPTH, ...page }: TreeOptions = {}): TreeNode {
  if (!Number.isInteger(depth) || depth < 0 || depth > MAX_DEPTH) {
    throw new RangeError(`Cannot show tree: "depth" must be an integer from 0 to ${MAX_DEPTH}, received ${depth}`);
  }
  const pid = "supervisor" in top ? top.supervisor : top;
  const type = supervisedBy(pid) ? "supervisor" : "worker";
  return nodeOf(
    pid.alive ? { id: pid.label, type, status: "running", pid } : { id: pid.label, type, status: "stopped" },
    {
      depth,
      page,
    },
  );
}

function nodeOf(child: ChildInfo, { depth, page }: { readonly depth: number; readonly page: PageOptions }): TreeNode {
  const { id, type, status, pid } = child;
  const below = pid && supervisedBy(pid);
  const next = { depth: depth - 1, page: { limit: page.limit } };
  const children = !below
    ? NO_CHILDREN
    : depth === 0
    ? { items: [], total: below.length, next: below.length > 0 ? 0 : undefined }
    : pageOf(below, page, (child) => nodeOf(child, next));
  const messageQueueLength = pid ? processOf(pid).mailbox.length : 0;
  return { id: oneLine(`${id}`), type, status, pid, messageQueueLength, children };
}

function summaryOf(pid: Pid<never>): ProcessSummary {
  const process = processOf(pid);
  const server = process instanceof ServerProcess ? process : undefined;
  return {
    pid,
    label: oneLine(pid.label),
    messageQueueLength: process.mailbox.length,
    busy: server?.whyLate,
    handlers: server?.handlerTimes,
    awaitedReply: server?.awaitedReply,
  };
}

function matching(options: SearchOptions): Pid<never>[] {
  if (!options.search) return listProcesses(); // a label may be made when it is read
  const matches = matcherOf(options);
  return listProcesses().filter(({ label }) => matches(label));
}

function sorted(pids: Pid<never>[], order: ProcessListOptions["order"] = "age"): Pid<never>[] {
  if (order === "age") return pids;
  const rankOf = RANKS[order];
  const ranked = pids.map((pid) => ({ pid, rank: rankOf(pid) }));
  return ranked.sort((a, b) => b.rank - a.rank).map(({ pid }) => pid);
}

const RANKS = {
  backlog: (pid: Pid<never>) => processOf(pid).mailbox.length,
  running: runningMs,
  blocking: (pid: Pid<never>) => pid instanceof ServerProcess ? pid.handlerTimes?.longestBlockMs ?? -1 : -1,
};

/** How long a process has been in its current handler, as far as is known; -1 if it is in none. */
function runningMs(pid: Pid<never>): number {
  if (!(pid instanceof ServerProcess) || (pid.current === undefined && !pid.isStarting)) return -1;
  return pid.handlerTimes?.runningMs ?? 0;
}
