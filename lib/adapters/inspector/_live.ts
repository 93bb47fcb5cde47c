/**
 * A view that is sent again and again, by server-sent events.
 *
 * @module
 */

import type { Plain } from "./_plain.ts";

/** Shows the view once. */
export type Show = () => Promise<Plain>;

const ENCODER = new TextEncoder();

/**
 * Creates a stream of server-sent events with a view, until its reader goes. A reader that is slow gets fewer: nothing
 * waits for it. An error of the view is an event `failed`.
 *
 * @param show Shows the view.
 * @param everyMs How often.
 */
export function liveView(show: Show, everyMs: number): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = async () => {
        const text = (controller.desiredSize ?? 0) > 0 ? await eventOf(show) : undefined;
        if (isOver) return;
        if (text !== undefined) controller.enqueue(ENCODER.encode(text));
        timer = setTimeout(() => void send(), everyMs);
      };
      void send();
    },
    cancel() {
      isOver = true;
      clearTimeout(timer);
    },
  });
}

async function eventOf(show: Show): Promise<string> {
  try {
    return `data: ${JSON.stringify(await show())}\n\n`;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : "the view failed";
    return `event: failed\ndata: ${JSON.stringify(message)}\n\n`;
  }
}
