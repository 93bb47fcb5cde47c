/**
 * Urvogel on Deno's own WebSocket, on two threads. `deno serve --parallel` does the same, but reports no port to the bench.
 *
 * @module
 */

import { announce } from "./contestant.ts";

const THREADS = 2;

let port = 0;
for (let n = 0; n < THREADS; n++) {
  const worker = new Worker(new URL("./urvogel_thread.ts", import.meta.url), { type: "module" });
  await nextMessage(worker);
  worker.postMessage(port);
  port = await nextMessage(worker);
}
announce(port);

function nextMessage(worker: Worker): Promise<number> {
  return new Promise((resolve) => worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data));
}
