/**
 * WebSocket upgrades without a network, so that a whole endpoint runs in fake time.
 *
 * @module
 */

import { stub } from "@std/testing/mock";
import { FakeWebSocket } from "./fake_web_socket.ts";

/** A socket that the server has taken over, and how it asked for it. */
export interface FakeUpgrade {
  /** The server's socket, in the test's hands. */
  readonly socket: FakeWebSocket;
  /** What `Deno.upgradeWebSocket` was told. */
  readonly options: Deno.UpgradeWebSocketOptions | undefined;
}

/** A handshake as Deno hands it over; `Request` itself may refuse to carry some of these headers. */
export function upgradeRequest(path: string): Request {
  const headers = new Headers({
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
  });
  return { method: "GET", url: `http://localhost${path}`, headers } as Request;
}

/** Lets `app` upgrade a request for `path`. */
export async function upgradedBy(
  app: { fetch(request: Request): Promise<Response> },
  path: string,
): Promise<FakeUpgrade> {
  const upgrades: FakeUpgrade[] = [];
  using _upgrade = stub(Deno, "upgradeWebSocket", (_request, options) => {
    const socket = new FakeWebSocket();
    upgrades.push({ socket, options });
    return { socket: socket.asWebSocket, response: new Response() };
  });
  const response = await app.fetch(upgradeRequest(path));
  const [upgrade] = upgrades;
  if (!upgrade) throw new Error(`Cannot upgrade ${path}: the answer was ${response.status}`);
  return upgrade;
}
