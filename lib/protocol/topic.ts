/**
 * Topics and the patterns that route them.
 *
 * @module
 */

/**
 * Returns whether a topic matches a route pattern, such as `"room:*"`.
 *
 * @category Protocol
 * @example Usage
 * ```ts
 * import { topicMatches } from "@urvogel/realtime";
 * import { assert } from "@std/assert";
 *
 * assert(topicMatches("room:*", "room:lobby"));
 * assert(!topicMatches("room:lobby", "room:kitchen"));
 * ```
 *
 * @param pattern A topic, or the start of a topic followed by `*`.
 * @param topic The topic that the client requested.
 * @returns `true` if `topic` matches `pattern`.
 */
export function topicMatches(pattern: string, topic: string): boolean {
  if (!pattern.endsWith("*")) return pattern === topic;
  return topic.startsWith(pattern.slice(0, -1));
}

/**
 * Throws if a text is not a route pattern. Call it once, where a pattern is declared.
 *
 * @example Usage
 * ```ts
 * import { assertTopicPattern } from "./topic.ts";
 * import { assertThrows } from "@std/assert";
 *
 * assertTopicPattern("room:*");
 * assertThrows(() => assertTopicPattern("room:*:members"), TypeError);
 * ```
 *
 * @param pattern The pattern.
 * @throws {TypeError} If a `*` is anywhere but at the end.
 */
export function assertTopicPattern(pattern: string): void {
  const star = pattern.indexOf("*");
  if (star === -1 || star === pattern.length - 1) return;
  throw new TypeError(
    `Cannot use topic pattern: "*" must be its last character, received "${pattern}"`,
  );
}
