/**
 * Options that let phoenix.js take several messages in one WebSocket message.
 *
 * @module
 */

import { BATCH_SEPARATOR, BATCH_VSN } from "../protocol/batch.ts";
import { hasTasks, MessageQueue } from "./_message_queue.ts";
import { decodePhoenixMessage, type PhoenixMessage } from "./phoenix_message.ts";

/** Options for the `Socket` of phoenix.js. */
export interface BatchedOptions {
  /** The version of the protocol, by which the client asks for batches. */
  readonly vsn: string;
  /**
   * Reads what came in one WebSocket message, and calls back for each message in it.
   *
   * @param this The socket, which phoenix.js calls it on.
   * @param data The text, or the bytes.
   * @param callback Receives the messages in order. What it throws for one message does not keep back the next ones.
   */
  readonly decode: (
    this: unknown,
    data: string | ArrayBuffer,
    callback: (message: PhoenixMessage) => void,
  ) => void;
}

/** Returns whether the socket of phoenix.js is about to close because it was told to. */
function isClosing(socket: unknown): boolean {
  const { connectionState } = Object(socket) as { connectionState?: () => string };
  return connectionState?.call(socket) === "closing";
}

/** Creates options whose messages wait in `queue`. */
export function batchedBy(queue: MessageQueue): BatchedOptions {
  return {
    vsn: BATCH_VSN,
    decode(data, callback) {
      const isOne = typeof data !== "string" || !data.includes(BATCH_SEPARATOR);
      if (isOne && !queue.isBusy) return callback(decodePhoenixMessage(data));
      const parts = typeof data === "string" ? data.split(BATCH_SEPARATOR) : [data];
      // A handler of one message may have disconnected: browsers drop what comes after that, and so does phoenix.js 1.8.
      const deliver = (part: string | ArrayBuffer) => {
        if (!isClosing(this)) callback(decodePhoenixMessage(part));
      };
      queue.put(parts.map((part) => () => deliver(part)));
    },
  };
}

/**
 * Options that let phoenix.js 1.6 and later take several messages in one WebSocket message, which saves the server a
 * system call for each of them. A busy room costs it a tenth.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { batched } from "@urvogel/realtime/client";
 *
 * const socket = new Socket("/socket", { ...batched, params: { user: "ann" } });
 * ```
 *
 * Text that the server sends within one turn of its event loop then comes together. Each message is still handled on its
 * own, in order; in browsers, promises that one message resolves are settled before the next one. The delay is that of
 * the turn. Servers that do not know batches, such as Phoenix, send messages one by one as always, and so does
 * long polling.
 *
 * @example What is called for a batch of two
 * ```ts
 * import { batched } from "@urvogel/realtime/client";
 * import { assertEquals } from "@std/assert";
 *
 * const events: string[] = [];
 * batched.decode('[null,null,"a","one",{}]\n[null,null,"a","two",{}]', ({ event }) => events.push(event));
 * assertEquals(events, ["one", "two"]);
 * ```
 */
export const batched: BatchedOptions = batchedBy(new MessageQueue({ isApart: hasTasks() }));
