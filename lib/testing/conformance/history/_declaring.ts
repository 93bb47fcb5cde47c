/**
 * The case about routes, which nodes declare for programs that have none.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import type { HistoryEngine, HistoryRoute } from "../../../history/engine.ts";
import { lacks } from "../_patience.ts";
import { KEEP } from "./_history_node.ts";
import type { HistorySite } from "./_history_site.ts";

/** What was declared last is what any node reads, in its order. */
export async function declares(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  assertEquals(await routesOf(b.engine), [], "Nothing has been declared.");
  await declare(a.engine, [{ pattern: "old:*", keep: KEEP }]);
  const routes: HistoryRoute[] = [
    { pattern: "room:plain" },
    { pattern: "room:*", keep: KEEP, exclude: ["typing", "\ud800 \0 🙂"] },
    { pattern: "é\r\n'\"\\*", keep: { ...KEEP, maxMessages: 1 }, exclude: [] },
  ];
  await declare(b.engine, routes);
  const expected = routes.map(content);
  for (const { engine } of [a, b]) {
    assertEquals(await routesOf(engine), expected, "Any node reads what was declared last, in its order.");
  }
}

async function declare(engine: HistoryEngine, routes: readonly HistoryRoute[]): Promise<void> {
  if (!engine.declare) throw lacks("history.declare");
  await engine.declare(routes);
}

async function routesOf(engine: HistoryEngine): Promise<unknown[]> {
  if (!engine.routes) throw lacks("history.routes");
  return (await engine.routes()).map(content);
}

function content({ pattern, keep, exclude = [] }: HistoryRoute): unknown {
  return [pattern, keep, exclude];
}
