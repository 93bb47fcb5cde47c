/**
 * phoenix.js with the options for batches: what it takes from a server that sends them, and from one that does not.
 */

import { assertEquals } from "@std/assert";
import { Channel, Endpoint, noreply, ok, reply, Socket, type SocketOptions } from "@urvogel/realtime";
import { batched } from "@urvogel/realtime/client";
import {
  answerOf,
  BATCHED_CLIENTS,
  type ClientVersion,
  Inbox,
  loadLongPoll,
  loadSocketClass,
  type PhoenixSocket,
} from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";
import { until } from "../../support/until.ts";
import { withXMLHttpRequest } from "../../support/xml_http_request.ts";

/** A WebSocket that counts what it receives. */
class CountingWebSocket extends WebSocket {
  static received = 0;

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    this.addEventListener("message", () => CountingWebSocket.received++);
  }
}

/** A server, and a client of one release. */
async function setUp(client: ClientVersion, mount: SocketOptions = {}, options: object = {}) {
  class RoomChannel extends Channel {
    override join(_topic: string, _params: unknown, { transport }: { transport: string }) {
      return ok({ transport });
    }
    override handleIn = this.handlers({
      count_to: (payload, socket) => {
        const { most } = payload as { most: number };
        for (let n = 0; n < most; n++) socket.push("count", n % 5 === 4 ? Uint8Array.of(n) : { n });
        return reply({});
      },
      throw_out: (_payload, socket) => {
        for (const n of [1, 2, 3]) socket.push("count", { n });
        endpoint.disconnect("user:ann");
        return noreply();
      },
    });
  }
  class UserSocket extends Socket {
    override channels = { "room:*": RoomChannel };
    override connect() {
      return ok();
    }
    override id() {
      return "user:ann";
    }
  }
  const endpoint = new Endpoint({ sockets: { "/socket": [UserSocket, mount] } });
  const server = serve(endpoint);
  const PhoenixSocketClass = await loadSocketClass(client);
  CountingWebSocket.received = 0;
  const socket: PhoenixSocket = new PhoenixSocketClass(`${server.wsUrl}/socket`, {
    transport: CountingWebSocket,
    reconnectAfterMs: () => 10,
    rejoinAfterMs: () => 10,
    ...batched,
    ...options,
  });
  socket.connect();
  return {
    endpoint,
    socket,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.disconnect(resolve));
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What `count` brought, as numbers. */
function numberOf(payload: unknown): number {
  return payload instanceof ArrayBuffer ? new Uint8Array(payload)[0]! : (payload as { n: number }).n;
}

const upTo = (most: number) => Array.from({ length: most }, (_, n) => n);

// The client leaves timers and requests of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

for (const client of BATCHED_CLIENTS) {
  const phoenix = `phoenix ${client.version}`;

  Deno.test(`${phoenix} with batches takes many messages in few, text and bytes, in order`, sanitize, async () => {
    await using setup = await setUp(client);
    const room = setup.socket.channel("room:1");
    await answerOf(room.join());
    const counted: number[] = [];
    room.on("count", (payload) => counted.push(numberOf(payload)));
    const before = CountingWebSocket.received;
    await answerOf(room.push("count_to", { most: 100 }));
    assertEquals(counted, upTo(100));
    assertEquals(CountingWebSocket.received - before, 41); // 20 times four texts and one of bytes, then the reply
  });

  Deno.test(`${phoenix} with batches takes what a server sends one by one`, sanitize, async () => {
    await using setup = await setUp(client, { websocket: { maxBatchBytes: 1 } });
    const room = setup.socket.channel("room:1");
    await answerOf(room.join());
    const counted: number[] = [];
    room.on("count", (payload) => counted.push(numberOf(payload)));
    const before = CountingWebSocket.received;
    await answerOf(room.push("count_to", { most: 20 }));
    assertEquals([counted, CountingWebSocket.received - before], [upTo(20), 21]);
  });

  Deno.test(`${phoenix} with batches gets what it was sent right before it is thrown out`, sanitize, async () => {
    await using setup = await setUp(client);
    const room = setup.socket.channel("room:1");
    const joined = new Inbox();
    const counted: number[] = [];
    room.on("count", (payload) => counted.push(numberOf(payload)));
    room.join().receive("ok", joined.put);
    await joined.next();
    room.push("throw_out", {});
    await joined.next(); // it is back
    assertEquals(counted, [1, 2, 3]);
  });

  Deno.test(`${phoenix} with batches handles nothing after a handler has disconnected`, sanitize, async () => {
    await using setup = await setUp(client);
    const room = setup.socket.channel("room:1");
    const closed = Promise.withResolvers<void>();
    setup.socket.onClose(() => closed.resolve());
    await answerOf(room.join());
    const counted: number[] = [];
    room.on("count", (payload) => {
      counted.push(numberOf(payload));
      setup.socket.disconnect();
    });
    room.push("count_to", { most: 3 });
    await until(() => setup.endpoint.connectionCount === 0, "the client has gone");
    assertEquals(counted, [0]);
  });

  Deno.test(`${phoenix} with batches falls back to long polling`, sanitize, async () => {
    using _browser = withXMLHttpRequest();
    const LongPoll = await loadLongPoll(client);
    await using setup = await setUp(client, { longpoll: { windowMs: 2000 } }, { transport: LongPoll });
    const room = setup.socket.channel("room:1");
    const { response } = await answerOf(room.join());
    assertEquals(response, { transport: "longpoll" });
    const counted: number[] = [];
    room.on("count", (payload) => counted.push(numberOf(payload)));
    await answerOf(room.push("count_to", { most: 4 }));
    assertEquals(counted, upTo(4));
  });
}
