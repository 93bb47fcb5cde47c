/**
 * phoenix.js over long polling, chosen or fallen back to, against a real server.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Channel, type ConnectInfo, Endpoint, listProcesses, noreply, ok, reply, Socket } from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import {
  answerOf,
  CLIENT_VERSIONS,
  type ClientVersion,
  Inbox,
  loadLongPoll,
  loadSocketClass,
  type PhoenixSocket,
} from "../../support/phoenix_client.ts";
import { onTransports, type TransportUnderTest } from "../../support/transports.ts";
import { withXMLHttpRequest } from "../../support/xml_http_request.ts";

type Assigns = { transport: string; authToken: string | undefined };

class RoomChannel extends Channel<Assigns> {
  override join(_topic: string, params: unknown, { assigns }: { assigns: Assigns }) {
    return ok({ params, ...assigns });
  }
  override handleIn = this.handlers({
    echo: (payload) => reply(payload),
    shout: (payload, socket) => {
      socket.broadcast("shout", payload as object);
      return reply();
    },
    size: (payload) => reply({ bytes: payload instanceof Uint8Array ? payload.length : null }),
    quiet: () => noreply(),
  });
}

class UserSocket extends Socket<Assigns> {
  override maxChannelsPerTransport = 1000;
  override channels = { "room:*": RoomChannel };
  override connect(_params: unknown, { transport, authToken }: ConnectInfo) {
    return ok({ transport, authToken });
  }
  override id() {
    return "user:ann";
  }
}

/** A server, and clients of one release that are gone when the test is over. */
async function setUp(
  transport: TransportUnderTest,
  { websocket = {}, longpoll = {}, client = CLIENT_VERSIONS[0]! }: {
    websocket?: false | object;
    longpoll?: object;
    client?: ClientVersion;
  } = {},
) {
  const PhoenixSocketClass = await loadSocketClass(client);
  const before = { timers: timers.size, processes: listProcesses().length };
  const options = { websocket, longpoll: { windowMs: 2000, resumeTimeoutMs: 20, authToken: true, ...longpoll } };
  const endpoint = new Endpoint({ sockets: { "/socket": [UserSocket, options] } });
  const server = await transport.serve(endpoint);
  const sockets: PhoenixSocket[] = [];
  const LongPoll = await loadLongPoll(client);

  function open(options: object = {}): PhoenixSocket {
    const retry = { reconnectAfterMs: () => 10, rejoinAfterMs: () => 10 };
    const socket = new PhoenixSocketClass(`${server.url}/socket`, { transport: LongPoll, ...retry, ...options });
    sockets.push(socket);
    socket.connect();
    return socket;
  }

  return {
    endpoint,
    open,
    async [Symbol.asyncDispose]() {
      const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.disconnect(resolve)));
      await Promise.all(closed);
      await server[Symbol.asyncDispose]();
      assertEquals({ timers: timers.size, processes: listProcesses().length }, before);
    },
  };
}

// The client's own polls are cut off by its disconnect, which leaves fetch's resources to the garbage collector.
const UNSANITIZED = { sanitizeResources: false, sanitizeOps: false };

onTransports("phoenix.js joins, pushes and hears broadcasts over long polling", UNSANITIZED, async (transport) => {
  await using world = await setUp(transport);
  const [ann, bob] = [world.open({ authToken: "s3cret" }), world.open()];
  const rooms = [ann, bob].map((socket) => socket.channel("room:1", { a: 1 }));
  const [joined] = await Promise.all(rooms.map((room) => answerOf(room.join())));
  assertEquals(joined, {
    status: "ok",
    response: { params: { a: 1 }, transport: "longpoll", authToken: "s3cret" },
  });
  assertEquals(world.endpoint.connectionCount, 2);
  const heard = new Inbox();
  rooms[1]!.on("shout", heard.put);
  const sent = Array.from({ length: 30 }, (_, n) => ({ n, text: "é 𝄞" }));
  await Promise.all(sent.map((payload) => answerOf(rooms[0]!.push("shout", payload))));
  for (const payload of sent) assertEquals(await heard.next(), payload);
  const bytes = new Uint8Array([0, 255, 254]).buffer;
  assertEquals(await answerOf(rooms[0]!.push("size", bytes)), { status: "ok", response: { bytes: 3 } });
});

onTransports(
  "phoenix.js falls back to long polling when there is no WebSocket to be had",
  UNSANITIZED,
  async (transport) => {
    await using world = await setUp(transport, { websocket: false });
    const stored = new Map<string, string>();
    const sessionStorage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    };
    const socket = world.open({ transport: WebSocket, longPollFallbackMs: 200, sessionStorage });
    const room = socket.channel("room:1");
    const { response } = await answerOf(room.join());
    assertEquals((response as Assigns).transport, "longpoll");
    assertEquals(await answerOf(room.push("echo", { x: 1 })), { status: "ok", response: { x: 1 } });
  },
);

onTransports(
  "phoenix.js opens a new session and joins again when its own is thrown out",
  UNSANITIZED,
  async (transport) => {
    await using world = await setUp(transport);
    const socket = world.open();
    const room = socket.channel("room:1");
    const joins = new Inbox();
    room.join().receive("ok", joins.put);
    await joins.next();
    world.endpoint.disconnect("user:ann");
    await joins.next();
    assertEquals(await answerOf(room.push("echo", { back: true })), { status: "ok", response: { back: true } });
  },
);

onTransports("phoenix.js joins again when its session has expired", UNSANITIZED, async (transport) => {
  await using world = await setUp(transport, { longpoll: { windowMs: 100 } });
  const socket = world.open();
  const room = socket.channel("room:1");
  const joins = new Inbox();
  room.join().receive("ok", joins.put);
  await joins.next();
  // Polls go on, so the session lives on through many windows.
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals(await answerOf(room.push("echo", { still: true })), { status: "ok", response: { still: true } });
  assertEquals(joins.length, 0);
});

/** They put all that waits into one request; newer ones no more than 100 messages, which Phoenix takes. */
const WHOLE_BATCHES = ["1.7.18", "1.8.3"];
for (const version of WHOLE_BATCHES) {
  onTransports(
    `phoenix.js ${version} joins hundreds of channels over long polling with one request`,
    UNSANITIZED,
    async (transport) => {
      using _browser = withXMLHttpRequest();
      await using world = await setUp(transport, { client: { ...CLIENT_VERSIONS[0]!, version } });
      const socket = world.open();
      const rooms = Array.from({ length: 300 }, (_, n) => socket.channel(`room:${n}`));
      const joined = await Promise.all(rooms.map((room) => answerOf(room.join())));
      assertEquals(new Set(joined.map(({ status }) => status)), new Set(["ok"]));
      const text = "x".repeat(20_000); // 6 MB together
      const answers = await Promise.all(rooms.map((room, n) => answerOf(room.push("echo", { n, text }))));
      assertEquals(answers.map(({ response }) => (response as { n: number }).n), rooms.map((_, n) => n));
    },
  );
}
