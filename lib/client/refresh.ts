/**
 * A new token for a connection that stays open.
 *
 * @module
 */

import { PHOENIX_TOPIC, REFRESH } from "../protocol/events.ts";
import { awaitReply, type ReplyOptions } from "./reply.ts";
import type { PhoenixSocket } from "./phoenix_client.ts";

/**
 * Sends the server a new token for the open connection, which `Socket.refresh` of the server decides about. So the
 * connection outlives the token that it was opened with, and its channels stay joined.
 *
 * ```ts ignore
 * import { refresh } from "@urvogel/realtime/client";
 *
 * // Well before the token expires; here it is good for ten minutes.
 * setInterval(async () => {
 *   try {
 *     await refresh(socket, { token: await newToken() });
 *   } catch (error) {
 *     console.warn(error); // the next time, or when phoenix.js connects again
 *   }
 * }, 3 * 60_000);
 * ```
 *
 * @param socket A socket of phoenix.js. If it is not connected, the message waits for that, as long as `options` say.
 * @param payload What `Socket.refresh` gets, such as `{ token }`.
 * @param options How long to wait.
 * @throws {ReplyError} If the server refuses the token. The connection stays open until the old one expires.
 * @throws {ReplyTimeoutError} If the server does not reply in time.
 * @throws The reason of `signal`.
 */
export async function refresh(socket: PhoenixSocket, payload: object, options: ReplyOptions = {}): Promise<void> {
  await awaitReply("refresh", options, ({ ok, error }) => {
    const ref = socket.makeRef();
    const listener = socket.onMessage((message) => {
      const { ref: repliedTo, payload } = message as Reply;
      if (repliedTo === ref) (payload.status === "ok" ? ok : error)(payload.response);
    });
    const send = () => socket.push({ topic: PHOENIX_TOPIC, event: REFRESH, payload, ref });
    // phoenix.js would keep the message, and send an old token when nobody waits for it any more.
    const opened = socket.isConnected() ? send() : socket.onOpen(send);
    return () => socket.off([listener as string, opened as string]);
  });
}

/** The message that has the ref of another message: the reply to it. */
interface Reply {
  readonly ref: unknown;
  readonly payload: { readonly status: string; readonly response: unknown };
}
