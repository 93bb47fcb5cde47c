/**
 * Reconnecting when a server that shuts down asks for it.
 *
 * @module
 */

import { RETRY_AFTER } from "../protocol/close_texts.ts";
import type { PhoenixSocket } from "./phoenix_client.ts";

/** What is used of a socket, beyond what is documented. The same in all releases from 1.4 to 1.8. */
interface SocketInside {
  onConnClose(this: unknown, event?: { readonly reason?: string }): void;
  readonly reconnectTimer: { timerCalc: (attempt: number) => number };
}

const known = new WeakSet<object>();

/**
 * Makes a socket of phoenix.js 1.4 to 1.8 reconnect at the time that a server names when it shuts down: a random one
 * within `reconnectJitterMs` of its drainer. By itself, phoenix.js reconnects 10 ms after the close, so the clients of
 * a server that is replaced reach the next one at once. {@linkcode recover} does this for the socket of its channel.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { spreadReconnects } from "@urvogel/realtime/client";
 *
 * const socket = spreadReconnects(new Socket("/socket"));
 * socket.connect();
 * ```
 *
 * Only the first attempt waits for that time; the next ones wait as `reconnectAfterMs` says, and so does a client that
 * was cut off in any other way. It may be called again for the same socket.
 *
 * @param socket A socket, connected or not.
 * @returns The socket.
 * @throws {TypeError} If `socket` is not of phoenix.js 1.4 to 1.8.
 */
export function spreadReconnects<S extends Pick<PhoenixSocket, "connect">>(socket: S): S {
  const inside = socket as unknown as SocketInside;
  const { onConnClose, reconnectTimer } = inside;
  if (!onConnClose || !reconnectTimer) {
    throw new TypeError("Cannot spread reconnects: the socket must be of phoenix.js 1.4 to 1.8");
  }
  if (known.has(socket)) return socket;
  known.add(socket);
  const named = new RegExp(`^${RETRY_AFTER}(\\d+)$`);
  inside.onConnClose = (event) => {
    const { timerCalc } = reconnectTimer;
    const delayMs = named.exec(event?.reason ?? "")?.[1];
    if (delayMs) reconnectTimer.timerCalc = () => +delayMs;
    try {
      onConnClose.call(socket, event); // starts the timer, if the socket is to reconnect
    } finally {
      reconnectTimer.timerCalc = timerCalc;
    }
  };
  return socket;
}
