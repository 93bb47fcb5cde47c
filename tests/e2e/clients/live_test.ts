/**
 * The layer over phoenix.js with the releases of phoenix.js that it is for, on a real server.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import {
  Channel,
  type ChannelSocket,
  Endpoint,
  type JoiningSocket,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  replyError,
  RequestExitError,
  RequestRefusedError,
  Socket,
  stop,
} from "@urvogel/realtime";
import {
  ChannelClosedError,
  live,
  type LiveOptions,
  paramsFrom,
  type PhoenixChannel,
  type PhoenixSocket,
  QueueFullError,
  refresh,
  ReplyError,
  ReplyTimeoutError,
} from "@urvogel/realtime/client";
import { CLIENT_VERSIONS, type ClientVersion, loadLongPoll, loadSocketClass } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";
import { until } from "../../support/until.ts";
import { withXMLHttpRequest } from "../../support/xml_http_request.ts";

const CLIENTS = CLIENT_VERSIONS.filter(({ version }) => ["1.8.16", "1.7.23", "1.6.16"].includes(version));

/** The socket of phoenix.js, with what the tests use of it. */
interface TestSocket extends PhoenixSocket {
  channel(topic: string, params?: object): PhoenixChannel;
  connectionState(): string;
  onClose(callback: () => void): void;
  onError(callback: (error: unknown) => void): void;
}

/** What the server has seen, and how often the client has planned to join or connect again. */
interface Seen {
  readonly sockets: ChannelSocket[];
  readonly joins: unknown[];
  readonly connects: unknown[];
  readonly handled: unknown[];
  retries: number;
}

/** A server, and a client of one release. */
async function setUp(client: ClientVersion, options: object = {}) {
  const seen: Seen = { sockets: [], joins: [], connects: [], handled: [], retries: 0 };
  class RoomChannel extends Channel {
    override join(topic: string, params: unknown, _socket: JoiningSocket) {
      seen.joins.push(params);
      return topic === "room:secret" ? refuse({ reason: "unauthorized" }) : ok({ topic });
    }
    override afterJoin(socket: ChannelSocket) {
      seen.sockets.push(socket);
    }
    override handleIn = this.handlers({
      echo: (payload) => reply(payload),
      fail: () => replyError({ reason: "no" }),
      note: (payload) => {
        seen.handled.push(payload);
        return reply();
      },
      silent: () => noreply(),
      crash: () => {
        throw new Error("asked to");
      },
      end: () => stop("normal"),
      count_to: (payload, socket) => {
        const { most } = payload as { most: number };
        for (let n = 1; n <= most; n++) socket.push("count", { n });
        return reply();
      },
    });
  }
  class UserSocket extends Socket<{ token: string }> {
    override channels = { "room:*": RoomChannel };
    override connect({ token = "" }: Params) {
      seen.connects.push(token);
      return token === "bad" ? refuse() : ok({ token: String(token) });
    }
    override id() {
      return "user";
    }
    override refresh(payload: unknown) {
      const { token } = payload as { token: string };
      return token === "bad" ? refuse({ reason: "bad token" }) : ok({ token });
    }
  }
  const endpoint = new Endpoint({
    sockets: { "/socket": [UserSocket, { longpoll: { windowMs: 2000 } }] },
    logLevel: false,
  });
  const server = serve(endpoint);
  const SocketClass = await loadSocketClass(client);
  const retry = () => {
    seen.retries++;
    return 10;
  };
  const socket = new SocketClass(`${server.wsUrl}/socket`, {
    reconnectAfterMs: retry,
    rejoinAfterMs: retry,
    ...options,
  }) as unknown as TestSocket;
  const connected = () => until(() => socket.isConnected(), "connected");
  return {
    endpoint,
    socket,
    seen,
    connected,
    room: (options?: LiveOptions, topic = "room:1") => live(socket.channel(topic, { from: "page" }), options),
    /** Throws the client out, and waits until it has noticed. It connects again. */
    async cut() {
      const closed = new Promise<void>((resolve) => socket.onClose(resolve));
      endpoint.disconnect("user");
      await closed;
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.disconnect(resolve));
      await server[Symbol.asyncDispose]();
    },
  };
}

type Setup = Awaited<ReturnType<typeof setUp>>;

// The client leaves timers and requests of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

/** A test with each release, over a WebSocket. */
function withClients(name: string, fn: (setup: Setup) => Promise<void>): void {
  for (const client of CLIENTS) {
    Deno.test(`${name} (phoenix ${client.version})`, sanitize, async () => {
      await using setup = await setUp(client);
      await fn(setup);
    });
  }
}

withClients("live() joins, calls, and leaves", async ({ socket, room: live, seen }) => {
  socket.connect();
  const room = live();
  assertEquals(await room.join(), { topic: "room:1" });
  assertEquals(seen.joins, [{ from: "page" }]);
  assertEquals(await room.call("echo", { text: "hello" }), { text: "hello" });
  const bytes = await room.call("echo", Uint8Array.of(1, 2).buffer);
  assertEquals(new Uint8Array(bytes as ArrayBuffer), Uint8Array.of(1, 2));
  await room.leave();
  await assertRejects(() => room.call("echo"), ChannelClosedError, "Cannot call echo: the channel is closed");
});

withClients("live() rejects with the server's error reply", async ({ socket, room }) => {
  socket.connect();
  const secret = room({}, "room:secret");
  const refused = await assertRejects(() => secret.join(), ReplyError, "Cannot join room:secret: the server replied");
  assertEquals(refused.response, { reason: "unauthorized" });
  await secret.leave();
  const open = room();
  await open.join();
  const error = await assertRejects(() => open.call("fail"), ReplyError, "Cannot call fail");
  assertEquals([error.name, error.response], ["ReplyError", { reason: "no" }]);
});

withClients("live() rejects when no reply comes in time, and sends nothing afterwards", async (test) => {
  const { socket, room: live, seen } = test;
  const room = live();
  await assertRejects(() => room.call("echo"), Error, "before joining");
  const joined = room.join();
  const late = await assertRejects(() => room.call("note", { n: 1 }, { timeoutMs: 1 }), ReplyTimeoutError);
  assertEquals([late.name, late.timeoutMs], ["ReplyTimeoutError", 1]);
  const abort = new AbortController();
  const aborted = assertRejects(() => room.call("note", { n: 2 }, { signal: abort.signal }), Error, "enough");
  abort.abort(new Error("enough"));
  await aborted;
  socket.connect();
  await joined;
  await assertRejects(() => room.call("silent", {}, { timeoutMs: 1 }), ReplyTimeoutError, "no reply within 1 ms");
  await assertRejects(() => room.call("echo", {}, { timeoutMs: -1 }), RangeError, '"timeoutMs" must be >= 0');
  await room.call("note", { n: 3 }, { timeoutMs: Infinity });
  assertEquals(seen.handled, [{ n: 3 }]);
});

withClients("live() fails calls when their channel fails or closes", async ({ socket, room: live, cut }) => {
  socket.connect();
  const room = live();
  await room.join();
  const crashed = await assertRejects(() => room.call("crash"), ChannelClosedError, "the channel was lost");
  assertEquals([crashed.name, crashed.isFinal], ["ChannelClosedError", false]);
  assertEquals(await room.call("echo", { n: 1 }), { n: 1 }); // waits until it is joined again
  const silent = assertRejects(() => room.call("silent"), ChannelClosedError, "the channel was lost");
  await cut();
  await silent;
  assertEquals(await room.call("echo", { n: 2 }), { n: 2 });
  const ended = await assertRejects(() => room.call("end"), ChannelClosedError, "the channel is closed");
  assert(ended.isFinal);
});

withClients("live().events() yields events, over a new connection too, until the channel is left", async (test) => {
  test.socket.connect();
  const room = test.room();
  const events = room.events("count");
  await room.join();
  await room.call("count_to", { most: 2 });
  await test.cut();
  await room.call("count_to", { most: 1 });
  await room.leave();
  assertEquals(await Array.fromAsync(events), [{ n: 1 }, { n: 2 }, { n: 1 }]);
  assertEquals(await Array.fromAsync(room.events("count")), []); // it is over
});

withClients("live().events() fails when too many events wait", async ({ socket, room: live }) => {
  socket.connect();
  const room = live();
  await room.join();
  const events = room.events("count", { capacity: 2 });
  await room.call("count_to", { most: 3 });
  assertEquals([(await events.next()).value, (await events.next()).value], [{ n: 1 }, { n: 2 }]);
  await assertRejects(() => events.next(), QueueFullError);
});

withClients("live().onRequest() answers requests of the server", async ({ socket, room: live, seen }) => {
  socket.connect();
  const room = live();
  const asked: unknown[] = [];
  const stop = room.onRequest("confirm", async (payload) => {
    asked.push(payload);
    await delay(1);
    return { yes: true };
  });
  room.onRequest("nothing", () => {});
  room.onRequest("refuse", () => Promise.reject(new TypeError("busy")));
  room.onRequest("cycle", () => {
    const cycle: Record<string, unknown> = {};
    return cycle.self = cycle;
  });
  await room.join();
  await until(() => seen.sockets.length === 1, "joined");
  const [server] = seen.sockets;
  assertEquals(await server!.request("confirm", { n: 1 }), { yes: true });
  assertEquals(await server!.request("nothing", {}), null);
  const error = await assertRejects(() => server!.request("refuse", {}), RequestRefusedError);
  assertEquals(error.response, { reason: "busy" });
  const cycle = await assertRejects(() => server!.request("cycle", {}), RequestRefusedError);
  assert((cycle.response as { reason: string }).reason.includes("circular"));
  server!.push("confirm", { n: 2 }); // no request
  stop();
  const gone = assertRejects(() => server!.request("confirm", { n: 3 }), RequestExitError);
  await room.call("echo");
  await room.leave();
  await gone;
  assertEquals(asked, [{ n: 1 }]);
});

withClients("an unmodified phoenix.js answers requests too", async ({ socket, endpoint }) => {
  socket.connect();
  const channel = socket.channel("room:1");
  channel.on("confirm", (payload, ref) => {
    const isError = (payload as { fail?: true }).fail;
    channel.push("phx_answer", isError ? { ref, error: "no" } : { ref, response: payload });
  });
  await live(channel).join();
  const { replies, missing } = await endpoint.requestAll("room:1", "confirm", { n: 1 });
  assertEquals(replies.map(({ socketId, response }) => [socketId, response]), [["user", { n: 1 }]]);
  assertEquals(missing, []);
  const refused = await endpoint.requestAll("room:1", "confirm", { fail: true });
  assertEquals(refused.replies.map(({ status, response }) => [status, response]), [["error", "no"]]);
});

withClients("live() loads the parameters of each join, and tries again when that fails", async (test) => {
  const { socket, room: live, seen, cut } = test;
  let loads = 0;
  const room = live({
    params: async () => {
      await delay(1);
      if (++loads === 2) throw new Error("no token");
      return { token: loads };
    },
  });
  const events = room.events("count");
  const joined = room.join();
  await delay(0); // all that a join does by itself is done
  assertEquals([loads, seen.retries], [0, 0]); // it would be old when there is a connection
  socket.connect();
  assertEquals(await joined, { topic: "room:1" });
  await cut(); // the second load fails, the third does not
  await room.call("count_to", { most: 1 });
  assertEquals((await events.next()).value, { n: 1 });
  assertEquals(seen.joins, [{ token: 1 }, { token: 3 }]);
});

withClients(
  "live() rejects the join with what params throws, and joins later",
  async ({ socket, room: live, seen }) => {
    let loads = 0;
    const room = live({
      params: () => {
        if (++loads === 1) throw new Error("no token");
        return { token: loads };
      },
    });
    socket.connect();
    await assertRejects(() => room.join(), Error, "no token");
    assertEquals(await room.call("echo", { n: 1 }), { n: 1 });
    assertEquals(seen.joins, [{ token: 2 }]);
  },
);

withClients(
  "live() that is left while its parameters load does not join",
  async ({ socket, room: live, seen, connected }) => {
    const door = Promise.withResolvers<object>();
    const room = live({ params: () => door.promise });
    socket.connect();
    await connected();
    const joined = assertRejects(() => room.join(), ChannelClosedError, "Cannot join room:1");
    await room.leave();
    await joined;
    door.resolve({});
    const other = live({}, "room:2");
    await other.join();
    assertEquals(seen.joins, [{ from: "page" }]);
  },
);

withClients("paramsFrom() loads the parameters of each connection", async ({ socket, room: live, seen, cut }) => {
  let loads = 0;
  const failures: unknown[] = [];
  socket.onError((error) => failures.push(error));
  paramsFrom(socket, async () => {
    await delay(1);
    if (++loads === 2) throw new Error("no token");
    return { token: `t${loads}` };
  });
  socket.connect();
  socket.connect(); // once is enough
  const room = live();
  await room.join();
  await cut(); // the second load fails, the third does not
  await room.call("echo");
  assertEquals(seen.connects, ["t1", "t3"]);
  assertEquals(failures.map((error) => (error as Error).message), ["no token"]);
});

withClients(
  "paramsFrom() does not connect after disconnect(), and connects again",
  async ({ socket, seen, connected }) => {
    const doors = [Promise.withResolvers<object>(), Promise.withResolvers<object>()];
    let loads = 0;
    paramsFrom(socket, () => doors[loads++]!.promise);
    socket.connect();
    socket.disconnect();
    doors[0]!.resolve({ token: "a" });
    await delay(0); // what waits for the door has seen it
    assertEquals([socket.connectionState(), seen.retries, seen.connects], ["closed", 0, []]);
    socket.connect();
    doors[1]!.resolve({ token: "b" });
    await connected();
    assertEquals(seen.connects, ["b"]);
  },
);

withClients(
  "paramsFrom() does not connect with what was loaded before disconnect()",
  async ({ socket, seen, connected }) => {
    const doors = [Promise.withResolvers<object>(), Promise.withResolvers<object>()];
    let loads = 0;
    paramsFrom(socket, () => doors[loads++]!.promise);
    socket.connect();
    socket.disconnect(); // ann leaves, bob comes
    socket.connect();
    doors[0]!.resolve({ token: "ann" });
    await delay(0);
    doors[1]!.resolve({ token: "bob" });
    await connected();
    assertEquals(seen.connects, ["bob"]);
  },
);

withClients("refresh() gives the server a new token for the open connection", async ({ socket, room: live, seen }) => {
  socket.connect();
  const room = live();
  await room.join();
  await until(() => seen.sockets.length === 1, "joined");
  await refresh(socket, { token: "new" });
  await room.call("echo");
  assertEquals((seen.sockets[0]!.assigns as { token: string }).token, "new");
  const error = await assertRejects(() => refresh(socket, { token: "bad" }), ReplyError, "Cannot refresh");
  assertEquals(error.response, { reason: "bad token" });
});

withClients("refresh() waits for the connection, and sends nothing that is not waited for", async (test) => {
  const { socket, room: live, seen } = test;
  await assertRejects(() => refresh(socket, { token: "late" }, { timeoutMs: 0 }), ReplyTimeoutError);
  socket.connect();
  const room = live();
  await room.join();
  await room.call("echo");
  const tokenOf = () => (seen.sockets.at(-1)!.assigns as { token: string }).token;
  assertEquals(tokenOf(), "");
  await new Promise<void>((resolve) => socket.disconnect(resolve));
  const refreshed = refresh(socket, { token: "new" });
  socket.connect();
  await refreshed;
  await room.call("echo");
  assertEquals(tokenOf(), "new");
});

for (const client of CLIENTS) {
  Deno.test(`live() over long polling (phoenix ${client.version})`, sanitize, async () => {
    using _browser = withXMLHttpRequest();
    const LongPoll = await loadLongPoll(client);
    await using test = await setUp(client, { transport: LongPoll });
    paramsFrom(test.socket, () => Promise.resolve({ token: "t1" }));
    test.socket.connect();
    const room = test.room({ params: () => Promise.resolve({ n: 1 }) });
    room.onRequest("confirm", (payload) => payload);
    const events = room.events("count");
    await room.join();
    await room.call("count_to", { most: 2 });
    assertEquals([(await events.next()).value, (await events.next()).value], [{ n: 1 }, { n: 2 }]);
    await until(() => test.seen.sockets.length === 1, "joined");
    assertEquals(await test.seen.sockets[0]!.request("confirm", { n: 3 }), { n: 3 });
    assertEquals([test.seen.connects, test.seen.joins], [["t1"], [{ n: 1 }]]);
    await refresh(test.socket, { token: "new" });
    await room.leave();
    assertEquals(await Array.fromAsync(events), []);
  });
}
