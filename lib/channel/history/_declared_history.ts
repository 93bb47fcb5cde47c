/**
 * What the channels of a socket declare about the history of their topics. It counts for their routes, also where
 * nobody has joined, so it is read when the socket is mounted.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { HistoryRoute } from "../../history/engine.ts";
import { type HistoryOptions, readRetention } from "../../history/retention.ts";

/** A class whose instances may declare history. */
type Declaring = new () => { readonly history?: HistoryOptions | undefined };

/**
 * Returns the routes of a socket, up to the last one with history: those without it come before, where they match
 * first.
 *
 * @param channels Channel classes by topic pattern. One instance of each is created.
 * @throws {RangeError} If a limit is out of range.
 * @throws {TypeError} If it is no object, or an excluded event is no text.
 */
export function historyRoutesOf(channels: Readonly<Record<string, unknown>>): readonly HistoryRoute[] {
  const routes = Object.entries(channels).map(([pattern, channel]) => routeOf(pattern, channel as Declaring));
  return routes.slice(0, routes.findLastIndex(({ keep }) => keep !== undefined) + 1);
}

function routeOf(pattern: string, Channel: Declaring): HistoryRoute {
  const history = declaredBy(Channel);
  if (history === undefined) return { pattern };
  if (typeof history !== "object" || history === null) {
    throw new TypeError(`Cannot keep history: "history" must be an object, received ${quoted(history)}`);
  }
  const { exclude = [] } = history;
  if (!Array.isArray(exclude) || exclude.some((event) => typeof event !== "string")) {
    throw new TypeError(`Cannot keep history: "exclude" must be names of events, received ${quoted(exclude)}`);
  }
  return { pattern, keep: readRetention(history), exclude };
}

function declaredBy(Channel: Declaring): HistoryOptions | undefined {
  try {
    return new Channel().history;
  } catch {
    return undefined; // its joins fail for the same reason, which is reported then
  }
}
