/**
 * The servers that compete, and what their clients ask for.
 *
 * @module
 */

import { BATCH_VSN } from "../../lib/protocol/batch.ts";
import type { DialectName } from "./load/dialect.ts";

/** A server, and how clients come to it. */
export interface Contestant {
  /** Names it in tables. */
  readonly title: string;
  /** What runs it. */
  readonly runtime: "deno" | "node";
  /** Its program, in this folder. */
  readonly program: string;
  /** The arguments of the program. */
  readonly args: readonly string[];
  /** Flags of the runtime, beside those that all programs get. */
  readonly flags?: readonly string[];
  /** Path and query of its sockets. */
  readonly path: string;
  /** What its clients speak. */
  readonly dialect: DialectName;
}

const PHOENIX = { runtime: "deno", args: [], path: socketPath("2.0.0"), dialect: "phoenix" } as const;

/** All of them. Every load runs on each; a group says which of them it compares. */
export const CONTESTANTS = {
  floor: { ...PHOENIX, title: "floor", program: "floor_server.ts" },
  urvogel: { ...PHOENIX, title: "Urvogel", program: "urvogel_server.ts" },
  kept: { ...PHOENIX, title: "with history", program: "urvogel_server.ts", args: ["--history"], dialect: "kept" },
  batches: { ...PHOENIX, title: "with batches", program: "urvogel_server.ts", path: socketPath(BATCH_VSN) },
  frames: { ...PHOENIX, title: "own frames", program: "frames_server.ts" },
  compressed: { ...PHOENIX, title: "compressed", program: "frames_server.ts", args: ["--compressed"] },
  inspected: { ...PHOENIX, title: "with an inspector", program: "inspected_server.ts" },
  ws: { ...PHOENIX, title: "ws (Node)", runtime: "node", program: "node/ws_server.ts" },
  socketIo: {
    title: "Socket.IO (Node)",
    runtime: "node",
    program: "node/socket_io_server.ts",
    args: [],
    path: "/socket.io/?EIO=4&transport=websocket",
    dialect: "socket.io",
  },
  urvogelThreads: {
    ...PHOENIX,
    title: "two threads",
    program: "urvogel_threads_server.ts",
    flags: ["--unstable-net"], // several servers at one port, which `deno serve --parallel` has without it
  },
  framesThreads: { ...PHOENIX, title: "own frames, two threads", program: "frames_threads_server.ts" },
} as const satisfies Readonly<Record<string, Contestant>>;

/** The name of one. */
export type ContestantName = keyof typeof CONTESTANTS;

/** Their names, in the order in which each round asks them. */
export const CONTESTANT_NAMES = Object.keys(CONTESTANTS) as ContestantName[];

/** Those that run on one thread. */
export const ONE_THREAD_NAMES: readonly ContestantName[] = CONTESTANT_NAMES.filter((name) => !name.endsWith("Threads"));

/** Those of them whose topics have no history, and that nobody looks into. */
export const PLAIN_NAMES: readonly ContestantName[] = ONE_THREAD_NAMES.filter((name) =>
  name !== "kept" && name !== "inspected"
);

function socketPath(vsn: string): string {
  return `/socket/websocket?vsn=${encodeURIComponent(vsn)}&user=ann`;
}
