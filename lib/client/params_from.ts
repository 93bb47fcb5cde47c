/**
 * Connection parameters that are loaded before each connection, which phoenix.js cannot do.
 *
 * @module
 */

import { assertInside, loadFirst } from "./_load_first.ts";
import type { PhoenixSocket } from "./phoenix_client.ts";

/** What is used of a socket, beyond what is documented. The same in all releases from 1.4 to 1.8. */
interface SocketInside {
  params: () => object;
  connect(): void;
  disconnect(...args: unknown[]): void;
  onConnError(error: unknown): void;
  readonly reconnectTimer: { scheduleTimeout(): void };
}

/**
 * Makes a socket of phoenix.js 1.6 to 1.8 load its parameters before it connects, and before each time it connects
 * again. So an access token may come from a request, and is replaced when it has expired.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { paramsFrom } from "@urvogel/realtime/client";
 *
 * const socket = paramsFrom(new Socket("/socket"), async () => {
 *   const response = await fetch("/token", { method: "POST" });
 *   return { token: await response.text() };
 * });
 * socket.connect();
 * ```
 *
 * They take the place of the option `params`. If `load` fails, `socket.onError` is notified, and `load` is called again
 * after the delay of `reconnectAfterMs`.
 *
 * Parameters are part of the URL, which proxies log. With phoenix.js 1.8.16, `load` can put a token into the variable
 * that the option `authToken: () => token` returns, and return `{}`.
 *
 * @param socket A socket that is not connected yet.
 * @param load Returns the parameters, or a promise of them.
 * @returns The socket.
 * @throws {TypeError} If `socket` is not of phoenix.js 1.6 to 1.8.
 */
export function paramsFrom<S extends PhoenixSocket>(socket: S, load: () => object | Promise<object>): S {
  const inside = socket as unknown as SocketInside;
  const { connect, disconnect, reconnectTimer } = inside;
  assertInside(inside.onConnError, reconnectTimer);
  let start: (() => void) | undefined; // another one after each `disconnect`: what was loaded before is dropped
  const createStart = () => {
    const own: () => void = loadFirst(
      load,
      () => start === own && !socket.isConnected(),
      (params) => {
        inside.params = () => params;
        connect.call(socket);
      },
      (error) => {
        reconnectTimer.scheduleTimeout(); // first: a listener of the error may disconnect
        inside.onConnError(error);
      },
    );
    return own;
  };
  inside.connect = () => (start ??= createStart())();
  inside.disconnect = (...args) => {
    start = undefined;
    disconnect.apply(socket, args);
  };
  return socket;
}
