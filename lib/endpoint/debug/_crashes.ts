/**
 * The last crashes of this thread, and what is only measured while somebody watches.
 *
 * @module
 */

import { inspected } from "../../base/printable.ts";
import { recentCrashes } from "../../otp/process/recent_crashes.ts";
import type { RecordedCrash } from "../../otp/process/recorded_crash.ts";
import type { ServerStatus } from "../../otp/process/server_status.ts";
import { handlerWatch } from "../../otp/server/handler_watch.ts";
import { redactor } from "../../base/redact.ts";
import type { Page, PageOptions } from "./_page.ts";
import { pageOf } from "./_page_of.ts";

const redact = redactor();

/**
 * Returns the last crashes of this thread, the latest first; at most 100 are kept. Crashes are kept as texts, whether
 * {@linkcode debug.watch | watch} is on or not, and whether there are listeners of `urvogel:process:crashed` or not.
 *
 * @param options The page.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function crashes(options: PageOptions = {}): Page<RecordedCrash> {
  return pageOf(recentCrashes.latest, options, (crash) => redact(crash) as RecordedCrash);
}

/** Returns the number of crashes of this thread since the program started, including those that are no longer kept. */
export function crashCount(): number {
  return recentCrashes.count;
}

/** Options for {@linkcode watch}. */
export interface WatchOptions {
  /**
   * Whether to measure the time that each server spends in its handlers, and to find out for which reply each of them
   * waits. That costs one or two microseconds for each message. Without it only the state of processes that crash is kept.
   *
   * @default {true}
   */
  readonly handlers?: boolean | undefined;
}

/**
 * Begins to measure what costs something: the time that each server spends in its handlers and the replies that it
 * waits for there, and the state of processes that crash. It ends when the result is disposed, and when all results are
 * disposed nothing is measured any more.
 *
 * @param options What is measured.
 * @returns Ends it.
 */
export function watch({ handlers = true }: WatchOptions = {}): Disposable {
  const stack = new DisposableStack();
  if (handlers) stack.use(handlerWatch.watch());
  stack.use(recentCrashes.watch(stateText));
  return stack;
}

function stateText({ state, lastMessage }: ServerStatus): string {
  return inspected(redact({ state, lastMessage }));
}
