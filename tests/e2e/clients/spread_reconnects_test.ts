/**
 * `spreadReconnects` with real phoenix.js, whose server shuts down.
 *
 * @module
 */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Channel, Endpoint, ok, Socket } from "@urvogel/realtime";
import { type PhoenixChannel, recover, spreadReconnects } from "@urvogel/realtime/client";
import { answerOf, CLIENT_VERSIONS, loadSocketClass, type PhoenixSocket } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";

class RoomChannel extends Channel {
  override join() {
    return ok();
  }
}

class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

const CLIENTS = CLIENT_VERSIONS.filter(({ version }) => ["1.8.16", "1.7.23", "1.6.16", "1.4.17"].includes(version));
const RECONNECT_MS = 77_777; // longer than the test: only the delay is read

/** The timer with which phoenix.js reconnects. */
interface Inside {
  readonly reconnectTimer: { readonly timerCalc: (attempt: number) => number };
}

/** A client in a room, and the delays of its reconnects. */
async function setUp(client: typeof CLIENTS[0], url: string) {
  const SocketClass = await loadSocketClass(client);
  const socket: PhoenixSocket = new SocketClass(url, { transport: WebSocket, reconnectAfterMs: () => RECONNECT_MS });
  const room = recover(socket.channel("room:1") as unknown as PhoenixChannel);
  const delays: number[] = [];
  const { reconnectTimer } = socket as unknown as Inside;
  Object.assign(reconnectTimer, {
    scheduleTimeout: () => delays.push(reconnectTimer.timerCalc(1)), // and never reconnects
  });
  const closed = new Promise<string>((resolve) => {
    socket.onClose((event?: unknown) => resolve((event as CloseEvent).reason));
  });
  socket.connect();
  assertEquals((await answerOf(room.join() as never)).status, "ok");
  return { socket, closed, delays, disconnect: () => new Promise<void>((resolve) => socket.disconnect(resolve)) };
}

// What a cut leaves of a WebSocket of the client is the garbage collector's.
const UNSANITIZED = { sanitizeResources: false, sanitizeOps: false };

for (const client of CLIENTS) {
  Deno.test(`recover() spreads the reconnects of its socket (phoenix ${client.version})`, UNSANITIZED, async () => {
    const endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
    await using server = serve(endpoint);
    const { socket, closed, delays, disconnect } = await setUp(client, `${server.wsUrl}/socket`);
    assertEquals(spreadReconnects(socket), socket); // once is enough
    await endpoint.shutdown();
    const reason = await closed;
    assertMatch(reason, /^retry-after-ms=\d{1,3}$/);
    assertEquals(delays, [Number(reason.slice("retry-after-ms=".length))]);
    await disconnect();
  });

  Deno.test(`recover() leaves other reconnects to phoenix.js (phoenix ${client.version})`, UNSANITIZED, async () => {
    await using server = serve(new Endpoint({ sockets: { "/socket": UserSocket } }));
    await using proxy = await TcpProxy.start(server);
    const { closed, delays, disconnect } = await setUp(client, `ws://127.0.0.1:${proxy.port}/socket`);
    proxy.reset();
    await closed;
    assertEquals(delays, [RECONNECT_MS]);
    await disconnect();
  });

  Deno.test(
    `spreadReconnects() does not reconnect a socket that is disconnected (phoenix ${client.version})`,
    UNSANITIZED,
    async () => {
      const endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
      await using server = serve(endpoint);
      const { delays, disconnect } = await setUp(client, `${server.wsUrl}/socket`);
      const gone = disconnect();
      await endpoint.shutdown();
      await gone;
      assertEquals(delays, []);
    },
  );
}

Deno.test("spreadReconnects() refuses what is not of phoenix.js", () => {
  const error = assertThrows(() => spreadReconnects({ connect() {} }), TypeError);
  assertEquals(error.message, "Cannot spread reconnects: the socket must be of phoenix.js 1.4 to 1.8");
});
