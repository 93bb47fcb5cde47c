/**
 * The views of processes.
 *
 * @module
 */

import * as debug from "../../endpoint/debug.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { CallExitError, CallTimeoutError } from "../../otp/process/errors.ts";
import { isInstance } from "../../base/foreign.ts";
import { oneLine } from "../../base/printable.ts";
import type { ShownServers } from "./_shown_servers.ts";
import { awaitsOf, named, pidOf } from "./_processes.ts";
import { ViewError } from "./_view_error.ts";
import type { ViewQuery } from "./_view_query.ts";

/** How long a process may take to show its state. One that is stuck in a handler does not. */
const STATE_TIMEOUT_MS = 1_000;
const DEPTH = 3;

/** Lists processes. */
export function showProcesses(shown: ShownServers, query: ViewQuery): unknown {
  const order = query.oneOf("order", ["age", "backlog", "running", "blocking"]);
  if (order === "blocking") shown.addAll();
  const list = () => debug.processes({ ...query.search, order });
  let page = list();
  if (shown.add(page.items.map(({ pid }) => pid))) page = list(); // those that are new have a clock now
  return { ...page, items: page.items.map(processLine) };
}

/** Shows one process. */
export function showProcess(shown: ShownServers, query: ViewQuery): unknown {
  const pid = pidOf(query);
  shown.add([pid]);
  const info = debug.processInfo(pid);
  if (!info) throw new ViewError(404, `Cannot show process ${pid.id}: it has ended`);
  const { links, monitors, ancestors, registeredNames, highWaterMark, trapExit } = info;
  return {
    ...processLine(info),
    registeredNames,
    highWaterMark,
    trapExit,
    links: links.map(named),
    monitors: monitors.map(named),
    ancestors: ancestors.map(named),
  };
}

/** Shows the state of a process, after its `formatStatus`. */
export async function showState(endpoint: Endpoint, query: ViewQuery): Promise<unknown> {
  const pid = pidOf(query);
  try {
    const { state, lastMessage, ...rest } = await debug.processState(pid, { timeoutMs: STATE_TIMEOUT_MS });
    return { process: named(pid), ...rest, state: endpoint.redact(state), lastMessage: endpoint.redact(lastMessage) };
  } catch (thrown) {
    if (isInstance(thrown, CallTimeoutError)) throw new ViewError(504, oneLine(thrown.message));
    if (isInstance(thrown, CallExitError) || isInstance(thrown, TypeError)) {
      throw new ViewError(404, oneLine(thrown.message));
    }
    throw thrown;
  }
}

/** Shows the supervision tree, or what is below one process. */
export function showTree(endpoint: Endpoint, query: ViewQuery): unknown {
  const top = query.text("process") === "" ? endpoint : pidOf(query);
  return treeLine(debug.tree(top, { ...query.page, depth: query.integer("depth", DEPTH) }));
}

function treeLine({ pid, children, ...rest }: debug.TreeNode): unknown {
  return { process: pid && named(pid), ...rest, children: { ...children, items: children.items.map(treeLine) } };
}

function processLine(
  { pid, messageQueueLength, busy, handlers, awaitedReply }: debug.ProcessSummary,
): Readonly<Record<string, unknown>> {
  return { process: named(pid), messageQueueLength, busy, handlers, awaits: awaitsOf(awaitedReply) };
}
