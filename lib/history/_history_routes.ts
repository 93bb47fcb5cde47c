/**
 * Which topics have history: what the channels of all routes declare.
 *
 * @module
 */

import { Router } from "../protocol/topic_router.ts";
import type { HistoryRoute } from "./engine.ts";
import type { Retention } from "./retention.ts";
import { CONTROL_PREFIX } from "../pubsub/adapter.ts";

/** A topic with history. */
export interface KeptTopic {
  /** How much of it is kept. */
  readonly keep: Retention;
  /** The events that are not numbered. */
  readonly exclude: ReadonlySet<string>;
}

/** Finds what is declared for a topic: by this program, otherwise by another node. */
export class HistoryRoutes {
  #own: readonly HistoryRoute[] = [];
  #isEmpty = true;
  #router = new Router<KeptTopic | undefined>({});
  #foreign = new Router<KeptTopic | undefined>({});

  /** Whether nobody has declared anything. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** What this program declares. */
  get own(): readonly HistoryRoute[] {
    return this.#own;
  }

  /**
   * Adds routes of this program, after those it has.
   *
   * @throws {TypeError} If two channels declare different histories for one pattern.
   */
  add(routes: readonly HistoryRoute[]): void {
    const own = [...this.#own];
    for (const route of routes) {
      const same = own.find(({ pattern }) => pattern === route.pattern);
      if (!same) own.push(route);
      else if (!isAlike(same, route)) throw conflict(route.pattern);
    }
    this.#own = own;
    this.#isEmpty = own.length === 0 && this.#isEmpty;
    this.#router = routerOf(own);
  }

  /** Replaces what other nodes have declared. */
  learn(routes: readonly HistoryRoute[]): void {
    this.#foreign = routerOf(routes);
    this.#isEmpty = this.#own.length === 0 && routes.length === 0;
  }

  /** Finds what is kept of a topic; `undefined` if it has no history. The library's own have none, whatever `"*"` says. */
  find(topic: string): KeptTopic | undefined {
    if (topic.startsWith(CONTROL_PREFIX)) return undefined;
    return this.#router.find(topic) ?? this.#foreign.find(topic);
  }
}

function routerOf(routes: readonly HistoryRoute[]): Router<KeptTopic | undefined> {
  const entries = routes.map(({ pattern, keep, exclude = [] }) =>
    [pattern, keep && { keep, exclude: new Set(exclude) }] as const
  );
  return new Router(Object.fromEntries(entries));
}

function isAlike(a: HistoryRoute, b: HistoryRoute): boolean {
  const sorted = ({ exclude = [] }: HistoryRoute) => [...exclude].sort();
  return JSON.stringify([a.keep, sorted(a)]) === JSON.stringify([b.keep, sorted(b)]);
}

function conflict(pattern: string): TypeError {
  return new TypeError(
    `Cannot keep history: the channels of ${JSON.stringify(pattern)} must declare the same "history" at all paths`,
  );
}
