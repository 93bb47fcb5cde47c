/**
 * What tests lose on purpose.
 *
 * @module
 */

import { debug } from "@urvogel/realtime";

/** Returns what `debug.losses()` has counted since this was called, without the kinds of which there is nothing new. */
export function lostFromNow(): () => Readonly<Record<string, number>> {
  const before = counts();
  return () => {
    const added = [...counts()].map(([kind, count]): [string, number] => [kind, count - (before.get(kind) ?? 0)]);
    return Object.fromEntries(added.filter(([, count]) => count > 0));
  };
}

function counts(): ReadonlyMap<string, number> {
  return new Map(debug.losses().map(({ kind, count }) => [kind, count]));
}
