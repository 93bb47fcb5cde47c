/**
 * Who competes: the servers, and what their clients ask for.
 *
 * @module
 */

import { BATCH_VSN } from "../../lib/protocol/batch.ts";

/** A server, and how clients come to it. */
export interface Contestant {
  /** Names it in tables. */
  readonly title: string;
  /** Its program, in this folder. */
  readonly program: string;
  /** The version of the protocol that its clients name. */
  readonly vsn: string;
}

/** All of them. Every load runs on each; a group says which of them it compares. */
export const CONTESTANTS = {
  floor: { title: "floor", program: "floor_server.ts", vsn: "2.0.0" },
  urvogel: { title: "Urvogel", program: "urvogel_server.ts", vsn: "2.0.0" },
  batches: { title: "with batches", program: "urvogel_server.ts", vsn: BATCH_VSN },
} as const satisfies Readonly<Record<string, Contestant>>;

/** The name of one. */
export type ContestantName = keyof typeof CONTESTANTS;

/** Their names, in the order in which each round asks them. */
export const CONTESTANT_NAMES = Object.keys(CONTESTANTS) as ContestantName[];

/** Where the sockets of a contestant are. */
export function socketPath(name: ContestantName): string {
  return `/socket/websocket?vsn=${encodeURIComponent(CONTESTANTS[name].vsn)}&user=ann`;
}
