/**
 * What a crowd that has gone has left behind in the server, and must not have.
 *
 * @module
 */

import type { Census } from "./census.ts";

/** What memory may grow by. A leak grows with the number of visits, and most of them come after the base line. */
const GROWTH = { heapBytes: 1.1, rssBytes: 1.25 } as const;
/** What it may grow by in any case: in a short run the crowd of the warm-up has not done everything yet. */
const LEAST_GROWTH = { heapBytes: 2_000_000, rssBytes: 50_000_000 } as const;
/**
 * What Deno keeps of each handshake whose client had gone, for ever: one descriptor, and memory as measured. It is
 * counted, and taken off.
 */
const LOST_HANDSHAKE = { descriptors: 1, heapBytes: 6_000, rssBytes: 22_000 } as const;
/** Connections of the steady group that polls: one or two each; and that of the census. */
const DESCRIPTORS_PER_POLLER = 3;
const DESCRIPTORS_OF_OTHERS = 10;

/** What is compared. */
export interface Counts {
  /** The server with the steady group alone. */
  readonly alone: Census;
  /** Once a crowd has been there, if one has. */
  readonly before?: Census | undefined;
  /** The server now. */
  readonly after: Census;
  /** Members of the steady group that poll. A poll that waits has a timer, and between two polls there is none. */
  readonly pollers: number;
}

/** Says what is left, in a sentence each. */
export function whatIsLeft({ alone, before, after, pollers }: Counts): string[] {
  const broken: string[] = [];
  for (const key of ["connections", "processes", "topics"] as const) {
    if (after[key] !== alone[key]) broken.push(`${after[key]} ${key} are left where ${alone[key]} were`);
  }
  if (after.timers > alone.timers + pollers) broken.push(`${after.timers} timers are left where ${alone.timers} were`);
  const lost = after.lostHandshakes - alone.lostHandshakes;
  const descriptors = after.descriptors - lost * LOST_HANDSHAKE.descriptors;
  if (descriptors > alone.descriptors + pollers * DESCRIPTORS_PER_POLLER + DESCRIPTORS_OF_OTHERS) {
    broken.push(
      `${descriptors} descriptors are left where ${alone.descriptors} were, beside ${lost} that Deno has lost`,
    );
  }
  return before ? [...broken, ...growth(before, after)] : broken;
}

function growth(before: Census, after: Census): string[] {
  const lost = after.lostHandshakes - before.lostHandshakes;
  return (["heapBytes", "rssBytes"] as const).flatMap((key) => {
    const bytes = after[key] - lost * LOST_HANDSHAKE[key];
    const most = Math.max(before[key] * GROWTH[key], before[key] + LEAST_GROWTH[key]);
    return bytes > most ? [`${key} grew to ${(bytes / before[key]).toFixed(2)} of the base line`] : [];
  });
}
