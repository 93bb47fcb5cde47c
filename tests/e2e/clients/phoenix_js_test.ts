/**
 * The real clients over real sockets: one suite for each release of phoenix.js that people run, and for its forks.
 */

import { assertEquals } from "@std/assert";
import {
  Channel,
  type ChannelSocket,
  type ConnectInfo,
  Endpoint,
  listProcesses,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  replyError,
  replyStatus,
  Socket,
} from "@urvogel/realtime";
import { batched } from "@urvogel/realtime/client";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { Crashes } from "../../support/crashes.ts";
import {
  answerOf,
  BATCHED_CLIENTS,
  CLIENT_FORKS,
  CLIENT_VERSIONS,
  type ClientVersion,
  Inbox,
  loadSocketClass,
  type PhoenixSocket,
  spareFragile,
} from "../../support/phoenix_client.ts";
import { onTransports, type TransportUnderTest } from "../../support/transports.ts";

interface User {
  user: string;
  authToken: string | undefined;
}

class RoomChannel extends Channel<User> {
  #count = 0;

  override join(topic: string, params: unknown, { assigns }: { assigns: User }) {
    return topic === "room:closed" ? refuse({ reason: "closed" }) : ok({ params, ...assigns });
  }

  override handleIn = this.handlers({
    echo: (payload) => reply(payload),
    fail: (payload) => replyError(payload),
    weird: (payload) => replyStatus("weird", payload),
    silent: () => noreply(),
    count: () => reply({ count: ++this.#count }),
    push_me: (payload, socket) => {
      socket.push("pushed", payload as object);
      return noreply();
    },
    shout: (payload, socket) => {
      socket.broadcast("shout", payload as object);
      return reply();
    },
    whisper: (payload, socket) => {
      socket.broadcastFrom("whisper", payload as object);
      return reply();
    },
    follow: (payload, socket: ChannelSocket<User>) => {
      socket.subscribeClient((payload as { topic: string }).topic);
      return reply();
    },
    crash: () => {
      throw new Error("asked to");
    },
  });
}

class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };
  override connect(params: Params, info: ConnectInfo) {
    const user = (params.who as Params | undefined)?.name;
    return typeof user === "string" ? ok({ user, authToken: info.authToken }) : refuse();
  }
  override id({ user }: User) {
    return `user:${user}`;
  }
}

function createEndpoint(): Endpoint {
  return new Endpoint({ sockets: { "/socket": [UserSocket, { websocket: { authToken: true } }] } });
}

/** A server, and clients of one release that are gone when the test is over. */
async function setUp(client: ClientVersion, transport: TransportUnderTest) {
  const PhoenixSocketClass = await loadSocketClass(client);
  const before = { timers: timers.size, processes: listProcesses().length };
  const endpoint = createEndpoint();
  const server = await transport.serve(endpoint);
  const sockets: PhoenixSocket[] = [];

  function open(options: object = {}): PhoenixSocket {
    const socket = new PhoenixSocketClass(`${server.wsUrl}/socket`, {
      params: client.isNode ? { "who[name]": "ann" } : { who: { name: "ann" } },
      transport: client.isNode ? undefined : WebSocket,
      heartbeatIntervalMs: 30_000,
      reconnectAfterMs: () => 10,
      rejoinAfterMs: () => 10,
      ...(client.batched && batched),
      ...options,
    });
    spareFragile(client, socket);
    sockets.push(socket);
    socket.connect();
    return socket;
  }

  return {
    endpoint,
    server,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.disconnect();
      await server[Symbol.asyncDispose]();
      assertEquals({ timers: timers.size, processes: listProcesses().length }, before);
    },
  };
}

for (const client of [...CLIENT_VERSIONS, ...CLIENT_FORKS, ...BATCHED_CLIENTS]) {
  const phoenix = `${client.package ?? "phoenix"} ${client.version}${client.batched ? " with batches" : ""}`;
  // The clients leave timers of their own behind when they disconnect. What is ours is counted in `setUp`.
  const sanitize = { sanitizeOps: false, sanitizeResources: false };

  onTransports(`${phoenix} joins with params and gets the response`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const channel = setup.open().channel("room:lobby", { x: [1, { y: null }] });
    assertEquals(await answerOf(channel.join()), {
      status: "ok",
      response: { params: { x: [1, { y: null }] }, user: "ann" },
    });
  });

  onTransports(`${phoenix} is told when it may not connect`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const socket = setup.open({ params: {} });
    await new Promise<void>((resolve) => socket.onError(() => resolve()));
    assertEquals(socket.isConnected(), false);
  });

  onTransports(`${phoenix} is told when it may not join, or there is no such topic`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const socket = setup.open();
    const refused = await answerOf(socket.channel("room:closed", {}).join());
    assertEquals(refused, { status: "error", response: { reason: "closed" } });
    const unmatched = await answerOf(socket.channel("nothing:here", {}).join());
    assertEquals(unmatched, { status: "error", response: { reason: "unmatched topic" } });
  });

  onTransports(`${phoenix} gets replies of every status, and a timeout without one`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const channel = setup.open().channel("room:lobby", {});
    channel.join();
    const payload = { n: 1, text: "é😀" };
    assertEquals(await answerOf(channel.push("echo", payload)), { status: "ok", response: payload });
    assertEquals(await answerOf(channel.push("fail", payload)), { status: "error", response: payload });
    assertEquals(await answerOf(channel.push("weird", payload)), { status: "weird", response: payload });
    assertEquals((await answerOf(channel.push("silent", {}, 20))).status, "timeout");
  });

  onTransports(`${phoenix} hears pushes and broadcasts, and not its own broadcastFrom`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const inboxes = await Promise.all([setup.open(), setup.open()].map(async (socket) => {
      const channel = socket.channel("room:lobby", {});
      const inbox = new Inbox<unknown>();
      for (const event of ["pushed", "shout", "whisper"]) channel.on(event, (payload) => inbox.put({ event, payload }));
      await answerOf(channel.join());
      return { inbox, channel };
    }));
    const [ann, bob] = inboxes as [typeof inboxes[0], typeof inboxes[0]];
    ann.channel.push("push_me", { n: 1 });
    ann.channel.push("shout", { n: 2 });
    await answerOf(ann.channel.push("whisper", { n: 3 }));
    await answerOf(bob.channel.push("echo", {}));
    assertEquals(await ann.inbox.next(), { event: "pushed", payload: { n: 1 } });
    assertEquals(await ann.inbox.next(), { event: "shout", payload: { n: 2 } });
    assertEquals(ann.inbox.length, 0);
    assertEquals(await bob.inbox.next(), { event: "shout", payload: { n: 2 } });
    assertEquals(await bob.inbox.next(), { event: "whisper", payload: { n: 3 } });
    setup.endpoint.broadcast("room:lobby", "shout", { n: 4 });
    assertEquals(await bob.inbox.next(), { event: "shout", payload: { n: 4 } });
  });

  onTransports(
    `${phoenix} sends and gets bytes`,
    { ...sanitize, ignore: !client.binary }, // V2's binary frames are younger than this release
    async (transport) => {
      await using setup = await setUp(client, transport);
      const channel = setup.open().channel(client.utf8 ? "room:é" : "room:e", {});
      const inbox = new Inbox<unknown>();
      for (const event of ["pushed", "shout"]) channel.on(event, inbox.put);
      await answerOf(channel.join());
      const bytes = new Uint8Array([0, 1, 255]).buffer;
      const echoed = await answerOf(channel.push("echo", bytes));
      assertEquals(new Uint8Array(echoed.response as ArrayBuffer), new Uint8Array(bytes));
      channel.push("push_me", bytes);
      channel.push("shout", bytes);
      for (let i = 0; i < 2; i++) {
        assertEquals(new Uint8Array(await inbox.next() as ArrayBuffer), new Uint8Array(bytes));
      }
    },
  );

  onTransports(`${phoenix} leaves, and may join again`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const socket = setup.open();
    const channel = socket.channel("room:lobby", {});
    const closed = new Promise<void>((resolve) => channel.onClose(() => resolve()));
    const told = new Inbox<unknown>();
    socket.onMessage((message) => {
      if ((message as { event: string }).event === "phx_close") told.put(message);
    });
    await answerOf(channel.join());
    await answerOf(channel.leave());
    await closed;
    await told.next(); // phoenix 1.2.1 would take it for the end of the channel that comes next
    assertEquals((await answerOf(socket.channel("room:lobby", {}).join())).status, "ok");
  });

  onTransports(`${phoenix} joins again by itself after a crash, with fresh state`, sanitize, async (transport) => {
    using crashes = new Crashes();
    await using setup = await setUp(client, transport);
    const channel = setup.open().channel("room:lobby", {});
    const joined = new Inbox<unknown>();
    channel.join().receive("ok", joined.put);
    await joined.next();
    assertEquals((await answerOf(channel.push("count", {}))).response, { count: 1 });
    const failed = new Promise<void>((resolve) => channel.onError(() => resolve()));
    channel.push("crash", {});
    await failed;
    await joined.next();
    assertEquals((await answerOf(channel.push("count", {}))).response, { count: 1 });
    assertEquals(crashes.messages, ["asked to"]);
  });

  onTransports(`${phoenix} comes back when it was disconnected by its id`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const channel = setup.open().channel("room:lobby", {});
    const joined = new Inbox<unknown>();
    channel.join().receive("ok", joined.put);
    await joined.next();
    setup.endpoint.disconnect("user:ann");
    await joined.next();
    assertEquals((await answerOf(channel.push("echo", {}))).status, "ok");
  });

  onTransports(`${phoenix} finds the next server after a shutdown, with its channels`, sanitize, async (transport) => {
    const setup = await setUp(client, transport);
    const socket = setup.open();
    const channel = socket.channel("room:lobby", {});
    const joined = new Inbox<unknown>();
    channel.join().receive("ok", joined.put);
    await joined.next();
    await setup.server[Symbol.asyncDispose]();
    await using _next = await transport.serve(createEndpoint(), { port: setup.server.port });
    await joined.next();
    assertEquals((await answerOf(channel.push("echo", {}))).status, "ok");
    socket.disconnect();
  });

  onTransports(`${phoenix} keeps its connection by heartbeats`, sanitize, async (transport) => {
    await using setup = await setUp(client, transport);
    const socket = setup.open({ heartbeatIntervalMs: 100 });
    const beats = new Inbox<unknown>();
    socket.onMessage((message) => {
      if ((message as { topic: string }).topic === "phoenix") beats.put(message);
    });
    for (let i = 0; i < 3; i++) await beats.next();
    assertEquals(socket.isConnected(), true);
  });

  onTransports(
    `${phoenix} hears a topic that it never joined when a channel subscribes it`,
    sanitize,
    async (transport) => {
      await using setup = await setUp(client, transport);
      const socket = setup.open();
      const heard = new Inbox<{ topic: string; event: string; payload: unknown }>();
      const channel = socket.channel("room:lobby", {});
      await answerOf(channel.join());
      await answerOf(channel.push("follow", { topic: "doc:1" }));
      socket.onMessage((message) => heard.put(message as { topic: string; event: string; payload: unknown }));
      setup.endpoint.broadcast("doc:1", "subscription:data", { n: 1 });
      const { topic, event, payload } = await heard.next();
      assertEquals({ topic, event, payload }, { topic: "doc:1", event: "subscription:data", payload: { n: 1 } });
    },
  );

  onTransports(
    `${phoenix} sends its token apart from the URL`,
    { ...sanitize, ignore: !client.authToken }, // this release has no authToken
    async (transport) => {
      await using setup = await setUp(client, transport);
      const channel = setup.open({ authToken: "s3cr+t/==é" }).channel("room:lobby", {});
      const { response } = await answerOf(channel.join());
      assertEquals((response as User).authToken, "s3cr+t/==é");
    },
  );
}
