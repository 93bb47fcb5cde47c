/**
 * Finds what a topic is routed to: its channel class, or what is kept of it.
 *
 * @module
 */

import { assertTopicPattern } from "./topic.ts";

/** Finds the target for a topic. Patterns are tried in the order of their declaration, as in Phoenix. */
export class Router<T> {
  readonly #exact = new Map<string, { readonly index: number; readonly target: T }>();
  readonly #prefixes: { readonly prefix: string; readonly index: number; readonly target: T }[] = [];

  /**
   * Creates a router.
   *
   * @param routes Targets by topic pattern: a topic, or the start of one followed by `*`.
   * @throws {TypeError} If a pattern has a `*` in another place.
   */
  constructor(routes: Readonly<Record<string, T>>) {
    for (const [index, [pattern, target]] of Object.entries(routes).entries()) {
      assertTopicPattern(pattern);
      if (pattern.endsWith("*")) this.#prefixes.push({ prefix: pattern.slice(0, -1), index, target });
      else this.#exact.set(pattern, { index, target });
    }
  }

  /** Finds the target of the first pattern that `topic` matches. */
  find(topic: string): T | undefined {
    const exact = this.#exact.get(topic);
    for (const { prefix, index, target } of this.#prefixes) {
      if (exact && exact.index < index) break;
      if (topic.startsWith(prefix)) return target;
    }
    return exact?.target;
  }
}
