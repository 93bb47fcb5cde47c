/**
 * Declared routes as text, as engines keep them for programs that have none.
 *
 * @module
 */

import { parseJson } from "../protocol/json.ts";
import { assertTopicPattern } from "../protocol/topic.ts";
import type { HistoryRoute } from "./engine.ts";
import { finiteRetention, readRetention } from "./retention.ts";

/** How deep the text is nested: an array of routes with retention and events. */
const MAX_NESTING = 3;

/** Writes routes as JSON. */
export function encodeRoutes(routes: readonly HistoryRoute[]): string {
  return JSON.stringify(
    routes.map(({ pattern, keep, exclude }) => ({ pattern, keep: keep && finiteRetention(keep), exclude })),
  );
}

/**
 * Reads routes. Fields that are not known are ignored: a newer version may have written them.
 *
 * @throws {TypeError} If it is no JSON text of routes, or a pattern is none.
 * @throws {RangeError} If a retention is out of range.
 */
export function decodeRoutes(text: string): HistoryRoute[] {
  const routes = parseJson(text, MAX_NESTING);
  if (!Array.isArray(routes)) throw malformed();
  return routes.map(readRoute);
}

function readRoute(route: unknown): HistoryRoute {
  if (typeof route !== "object" || route === null) throw malformed();
  const { pattern, keep, exclude = [] }: Record<string, unknown> = { ...route };
  if (typeof pattern !== "string" || !Array.isArray(exclude)) throw malformed();
  if (!exclude.every((event) => typeof event === "string")) throw malformed();
  assertTopicPattern(pattern);
  if (keep === undefined) return { pattern, exclude };
  if (typeof keep !== "object" || keep === null) throw malformed();
  return { pattern, keep: readRetention(keep), exclude };
}

function malformed(): TypeError {
  return new TypeError("Cannot read declared routes: they must be a JSON array of routes");
}
