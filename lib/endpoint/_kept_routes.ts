/**
 * Joins the routes with history of an endpoint with the engine that keeps them.
 *
 * @module
 */

import { isInstance } from "../base/foreign.ts";
import { adapterEngine } from "../history/adapter_engine.ts";
import type { HistoryEngine, HistoryRoute } from "../history/engine.ts";
import { History } from "../history/history.ts";
import { MemoryHistory } from "../history/memory_engine.ts";
import type { PubSub } from "../pubsub/pubsub.ts";

/**
 * Numbers the topics of some routes. Without any, nothing is created.
 *
 * @param chosen The engine, if the program has chosen one.
 * @throws {TypeError} If there is no engine that serves all nodes, the PubSub has another one, or two channels declare
 * different histories for one pattern.
 */
export function keepRoutes(pubsub: PubSub, routes: readonly HistoryRoute[], chosen: HistoryEngine | undefined): void {
  if (routes.length === 0) return;
  const known = History.of(pubsub);
  if (known?.hasOwnRoutes && chosen && known.engine !== chosen) {
    throw new TypeError('Cannot keep history: "history" must be the same engine at all endpoints of a PubSub');
  }
  const engine = chosen ?? known?.engine ?? engineOf(pubsub);
  assertShared(pubsub, engine);
  const history = known?.engine === engine ? known : new History({ pubsub, engine, instead: known });
  history.declare(routes);
}

function engineOf(pubsub: PubSub): HistoryEngine {
  const engine = pubsub.isLocal ? new MemoryHistory() : adapterEngine(pubsub);
  if (engine) return engine;
  throw new TypeError('Cannot keep history: the adapter has no engine for it; pass one as "history" of the endpoint');
}

/** An engine in the memory of one node keeps nothing for the others. */
function assertShared({ isLocal }: PubSub, engine: HistoryEngine): void {
  if (isLocal || !isInstance(engine, MemoryHistory)) return;
  throw new TypeError("Cannot keep history: with an adapter, the engine must serve all nodes, received MemoryHistory");
}
