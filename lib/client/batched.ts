/**
 * Options that let phoenix.js receive several messages in one WebSocket message.
 *
 * @module
 */

import { BATCH_SEPARATOR, BATCH_VSN } from "../protocol/batch.ts";
import { hasTasks, MessageQueue } from "./_message_queue.ts";
import { decodePhoenixMessage, type PhoenixMessage } from "./phoenix_message.ts";

/** Options for the `Socket` of phoenix.js. */
export interface BatchedOptions {
  /** The version of the protocol, which requests batches. */
  readonly vsn: string;
  /**
   * Decodes one WebSocket message, and calls `callback` for each protocol message in it.
   *
   * @param this The socket, on which phoenix.js calls it.
   * @param data The text, or the bytes.
   * @param callback Receives the messages in order. If it throws for one message, the next ones are still delivered.
   */
  readonly decode: (
    this: unknown,
    data: string | ArrayBuffer,
    callback: (message: PhoenixMessage) => void,
  ) => void;
}

/** Returns whether the socket of phoenix.js is closing because `disconnect` was called. */
function isClosing(socket: unknown): boolean {
  const { connectionState } = Object(socket) as { connectionState?: () => string };
  return connectionState?.call(socket) === "closing";
}

/** Creates options that deliver messages through `queue`. */
export function batchedBy(queue: MessageQueue): BatchedOptions {
  return {
    vsn: BATCH_VSN,
    decode(data, callback) {
      const isOne = typeof data !== "string" || !data.includes(BATCH_SEPARATOR);
      if (isOne && !queue.isBusy) return callback(decodePhoenixMessage(data));
      const parts = typeof data === "string" ? data.split(BATCH_SEPARATOR) : [data];
      // A handler of one message may have disconnected: browsers and phoenix.js 1.8 drop the messages after that.
      const deliver = (part: string | ArrayBuffer) => {
        if (!isClosing(this)) callback(decodePhoenixMessage(part));
      };
      queue.put(parts.map((part) => () => deliver(part)));
    },
  };
}

/**
 * Options that let phoenix.js 1.6 and later receive several messages in one WebSocket message, which saves the server a
 * system call for each of them. A busy room then costs the server a tenth.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { batched } from "@urvogel/realtime/client";
 *
 * const socket = new Socket("/socket", { ...batched, params: { user: "ann" } });
 * ```
 *
 * Text messages that the server sends within one turn of its event loop then arrive together. Each message is still
 * handled separately, in order; in browsers, promises that one message resolves are settled before the next one. The
 * delay is at most that turn. Servers that do not know batches, such as Phoenix, send messages one by one, and so does
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
export const batched: BatchedOptions = /* @__PURE__ */ batchedBy(
  /* @__PURE__ */ new MessageQueue({ isApart: /* @__PURE__ */ hasTasks() }), // so that bundlers drop what is not used
);
