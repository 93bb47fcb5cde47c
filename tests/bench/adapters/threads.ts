/**
 * Threads, for the bench. Both nodes are in one thread: the bench measures what they do, not how the system schedules.
 *
 * @module
 */

import { threadsAdapter } from "@urvogel/realtime/threads";
import { type Line, type MeasuredAdapter, MESSAGE_BYTES } from "./line.ts";

/** `BroadcastChannel` and our adapter. The channel drops messages when more than 256 are under way. */
export const threads: MeasuredAdapter = {
  title: "threads",
  hasHistory: true,
  missing: () => undefined,
  startEngine: () => Promise.resolve({ url: "none:", [Symbol.asyncDispose]: () => Promise.resolve() }),
  createAdapter: () => threadsAdapter(),
  openBare() {
    const [from, to] = [new BroadcastChannel("bench"), new BroadcastChannel("bench")];
    const bytes = new Uint8Array(MESSAGE_BYTES);
    const line: Line = {
      onMessage: () => {},
      send: () => from.postMessage(bytes),
      close: () => {
        from.close();
        to.close();
        return Promise.resolve();
      },
    };
    to.onmessage = () => line.onMessage();
    return Promise.resolve(line);
  },
};
