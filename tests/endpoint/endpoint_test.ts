import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Hono } from "hono";
import {
  Broadcast,
  Channel,
  type ChannelSocket,
  type CheckOrigin,
  Endpoint,
  type EndpointOptions,
  type ExitReason,
  ok,
  type Params,
  PubSub,
  refuse,
  reply,
  Socket,
  type SocketDriver,
  type SocketTarget,
  spawn,
} from "@urvogel/realtime";
import { settle } from "../support/fake_client.ts";
import { upgradedBy } from "../support/fake_upgrade.ts";
import { Inbox } from "../support/phoenix_client.ts";
import { RawClient } from "../support/raw_client.ts";
import { serve, type TestServer } from "../support/serve.ts";
import { Failures } from "../support/telemetry.ts";

interface User {
  user: string;
  game?: string;
}

/** What channels do last, and when they may. */
class RoomChannel extends Channel<User> {
  static readonly ended: ExitReason[] = [];
  static door: PromiseWithResolvers<void> | undefined;

  override join(_topic: string, _params: unknown, socket: { assigns: User }) {
    return ok(socket.assigns);
  }

  override handleIn = this.handlers({ echo: (payload) => reply(payload) });

  override async terminate(reason: ExitReason, _socket: ChannelSocket<User>) {
    await RoomChannel.door?.promise;
    RoomChannel.ended.push(reason);
  }
}

class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };
  override connect({ user, game }: Params) {
    if (user === "crash") throw new Error("asked to");
    if (typeof user !== "string") return refuse({ why: "who are you?" });
    return ok({ user, ...(typeof game === "string" && { game }) });
  }
  override id({ user }: User) {
    return `user:${user}`;
  }
}

const echo: SocketDriver = {
  connect: (params) =>
    ok({
      open(connection) {
        connection.send(JSON.stringify(params));
        return { handleIn: (frame) => connection.send(frame), close() {} };
      },
    }),
};

function endpointOf(options: Partial<EndpointOptions> = {}): Endpoint {
  RoomChannel.ended.length = 0;
  RoomChannel.door = undefined;
  return new Endpoint({ sockets: { "/socket": UserSocket }, ...options });
}

/** Connects as `user`. */
function connect({ port }: TestServer, user: string, path = "/socket/websocket"): Promise<RawClient> {
  return RawClient.connect({ port, path: `${path}?vsn=2.0.0&user=${user}` });
}

async function join(client: RawClient, topic: string): Promise<void> {
  await client.sendText(JSON.stringify(["1", "1", topic, "phx_join", {}]));
  assertEquals((await next(client))[3], "phx_reply");
}

/** The next message of the server. */
async function next(client: RawClient): Promise<unknown[]> {
  const message = await client.recv();
  assertEquals(message?.kind, "text", JSON.stringify(message));
  return JSON.parse((message as { text: string }).text);
}

/** Asks for the socket's heartbeat, so that whatever was sent before has come: nothing but the answer may. */
async function assertNothingCame(client: RawClient): Promise<void> {
  await client.sendText(JSON.stringify([null, "hb", "phoenix", "heartbeat", {}]));
  assertEquals((await next(client))[1], "hb");
}

Deno.test("Endpoint serves several sockets, each at its path, and 404 elsewhere", async () => {
  const endpoint = endpointOf({
    sockets: {
      "/socket": UserSocket,
      "/echo": echo,
      "/other": [UserSocket, { websocket: { path: "/ws" } }],
      "/off": [UserSocket, { websocket: false }],
      "/on": [UserSocket, { websocket: true }],
      "/slash/": echo,
      "/": echo,
    },
  });
  await using server = serve(endpoint);
  for (
    const path of [
      "/socket/websocket",
      "/other/ws",
      "/echo/websocket",
      "/websocket",
      "/slash/websocket",
      "/on/websocket",
    ]
  ) {
    await using client = await connect(server, "ann", path);
    assertEquals(client.handshake.status, 101, path);
  }
  for (
    const path of ["/", "/socket", "/other/websocket", "/off/websocket", "/socket/websocket/x", "/SOCKET/websocket"]
  ) {
    await using client = await connect(server, "ann", path);
    assertEquals([client.handshake.status, client.handshake.body], [404, ""], path);
  }
});

Deno.test("Endpoint hands parameters of the path over with those of the query, and they win", async () => {
  const endpoint = endpointOf({
    sockets: {
      "/game/:game": [echo, { websocket: { path: "/ws/:seat" } }],
      "/play/:game": UserSocket,
    },
  });
  await using server = serve(endpoint);
  await using raw = await RawClient.connect({ port: server.port, path: "/game/chess%20960/ws/2?game=no&x=1" });
  assertEquals<unknown>(await next(raw), { game: "chess 960", seat: "2", x: "1" });
  await using client = await connect(server, "ann", "/play/go/websocket");
  await client.sendText('["1","1","room:a","phx_join",{}]');
  assertEquals((await next(client))[4], { status: "ok", response: { user: "ann", game: "go" } });
});

class PlainSocket extends Socket {
  override channels = {};
  override connect() {
    return ok();
  }
}
const notSockets: [what: string, target: unknown, found: string][] = [
  ["an instance of a socket", new PlainSocket(), "an instance of one"],
  ["another class", class {}, "function"],
  ["nothing", undefined, "undefined"],
  ["null", null, "null"],
];
interface ErrorParts {
  readonly name: string;
  readonly message?: string | RegExp;
}
const mounts: [what: string, options: EndpointOptions, error: ErrorParts][] = [
  ["a path without a slash", { sockets: { socket: echo } }, { name: "TypeError", message: /must begin with "\/"/ }],
  [
    "two sockets at one path",
    { sockets: { "/a": [echo, { websocket: { path: "/b" } }], "/a/b": [echo, { websocket: { path: "" } }] } },
    { name: "TypeError", message: /is taken/ },
  ],
  [
    "a mount at the transport's own path",
    { sockets: { "/a/websocket": echo } },
    {
      name: "TypeError",
      message: 'Cannot mount socket: "/a/websocket" would be served at "/a/websocket/websocket"; ' +
        'mount it at "/a", or set the option "path" of websocket',
    },
  ],
  [
    "a mount at the path of long polling",
    { sockets: { "/longpoll/": [echo, { websocket: false, longpoll: true }] } },
    { name: "TypeError", message: /mount it at "\/", or set the option "path" of longpoll/ },
  ],
  [
    "a path after the mount's without a slash",
    { sockets: { "/a": [echo, { websocket: { path: "ws" } }] } },
    { name: "TypeError", message: 'Cannot mount socket: "ws" must begin with "/"' },
  ],
  ...notSockets.map(([what, target, found]): [string, EndpointOptions, ErrorParts] => [
    `${what} instead of a socket`,
    { sockets: { "/a": target as SocketTarget } },
    {
      name: "TypeError",
      message: `Cannot mount socket at "/a": must be a class that extends Socket, or a SocketDriver, received ${found}`,
    },
  ]),
  ["an origin that is none", { sockets: { "/a": echo }, checkOrigin: ["example.com"] }, { name: "TypeError" }],
  ["a secret that is none", { sockets: {}, secret: undefined as unknown as string }, {
    name: "TypeError",
    message: "Cannot create endpoint: a secret must be text, received undefined",
  }],
  ["a secret that is too short", { sockets: {}, secret: ["a long and random text", "short"] }, {
    name: "RangeError",
    message: "Cannot create endpoint: a secret must have >= 20 bytes, received 5",
  }],
  ["a limit that is none", { sockets: { "/a": [echo, { websocket: { timeoutMs: 0 } }] } }, { name: "RangeError" }],
];
Deno.test.each(mounts)("Endpoint() refuses %s", (_what, options, error) => {
  const { name, message } = assertThrows(() => new Endpoint(options), Error);
  assertEquals(name, error.name);
  assertMatch(
    message,
    error.message instanceof RegExp ? error.message : new RegExp(RegExp.escape(error.message ?? "")),
  );
});

Deno.test("Endpoint() mounts at a transport's own path where that is said to be meant", async () => {
  const websocket = { path: "" };
  await using server = serve(endpointOf({ sockets: { "/a/websocket": [echo, { websocket }] } }));
  await using client = await RawClient.connect({ port: server.port, path: "/a/websocket" });
  assertEquals(client.handshake.status, 101);
});

const slashed: [mount: string, asked: string][] = [
  ["/socket", "/socket/"],
  ["/socket", "/socket//"],
  ["/socket", "//socket/"],
  ["/socket/", "/socket"],
  ["/game/:id", "/game//7//"],
];
Deno.test.each(slashed)("Endpoint mounted at %s answers at %s", async (mount, asked) => {
  const endpoint = endpointOf({ sockets: { [mount]: [echo, { longpoll: true }] } });
  await using server = serve(endpoint);
  for (const end of ["", "/"]) {
    await using client = await RawClient.connect({ port: server.port, path: `${asked}/websocket${end}` });
    assertEquals(client.handshake.status, 101);
    const polled = await fetch(`${server.url}${asked}/longpoll${end}`);
    assertEquals((await polled.json()).status, 410);
  }
  assert(endpoint.driver(mount));
});

Deno.test("Endpoint turns clients away that connect refuses: 403, or what the mount's errorHandler says", async () => {
  const errorHandler = (reason: unknown) => Response.json(reason, { status: 401 });
  const endpoint = endpointOf({
    sockets: { "/socket": UserSocket, "/asked": [UserSocket, { websocket: { errorHandler } }] },
  });
  await using server = serve(endpoint);
  const answer = async (path: string) => {
    await using client = await RawClient.connect({ port: server.port, path });
    return [client.handshake.status, client.handshake.body];
  };
  assertEquals(await answer("/socket/websocket?vsn=2.0.0"), [403, ""]);
  assertEquals(await answer("/asked/websocket?vsn=2.0.0"), [401, '{"why":"who are you?"}']);
  assertEquals(await answer("/asked/websocket?vsn=3.0.0&user=ann"), [401, '"unsupported vsn"']);
});

Deno.test("Endpoint answers a connect that throws by renderError, by default 500 without a word of the error", async () => {
  using failures = new Failures();
  await using server = serve(endpointOf());
  await using client = await connect(server, "crash");
  assertEquals([client.handshake.status, client.handshake.body], [
    500,
    '{"errors":{"detail":"Internal Server Error"}}',
  ]);
  const renderError = ({ message }: Error) => new Response(`sorry: ${message}`, { status: 503 });
  await using second = serve(endpointOf({ renderError }));
  await using other = await connect(second, "crash");
  assertEquals([other.handshake.status, other.handshake.body], [503, "sorry: asked to"]);
  assertEquals(failures.messages, ["asked to", "asked to"]);
});

const EVIL = "https://evil.example";
type OriginCase = [
  mode: string,
  options: Partial<EndpointOptions>,
  own: CheckOrigin | undefined,
  allowed: string[],
  refused: string[],
];
const origins: OriginCase[] = [
  ["the default", {}, undefined, ["http://127.0.0.1:9", "https://127.0.0.1"], [EVIL, "http://localhost", "null"]],
  ["true with a host", { host: "chat.example" }, undefined, ["https://chat.example"], ["http://127.0.0.1", EVIL]],
  ["false", { checkOrigin: false }, undefined, [EVIL, "null"], []],
  ['"conn"', { checkOrigin: "conn" }, undefined, ["SELF"], ["http://127.0.0.1:9", EVIL]],
  ["a list", { checkOrigin: ["//*.example"] }, undefined, [EVIL], ["http://127.0.0.1:9"]],
  ["a function", { checkOrigin: (origin) => origin?.port === "81" }, undefined, ["http://a:81"], ["http://a:82"]],
  [
    "an asynchronous function, which is asked about pages without a host too",
    { checkOrigin: (origin) => Promise.resolve(origin === null || origin.protocol === "file:") },
    undefined,
    ["null", "file://"],
    [EVIL],
  ],
  ["a mount's own list", { checkOrigin: false }, ["//good.example"], ["https://good.example"], [EVIL]],
  ["a mount's own false", { checkOrigin: ["//good.example"] }, false, [EVIL], []],
];
Deno.test.each(origins)("Endpoint checks origins by %s", async (_mode, options, own, allowed, refused) => {
  const websocket = own === undefined ? {} : { checkOrigin: own };
  await using server = serve(endpointOf({ ...options, sockets: { "/echo": [echo, { websocket }] } }));
  const statusOf = async (headers: Record<string, string>) => {
    await using client = await RawClient.connect({ port: server.port, path: "/echo/websocket", headers });
    return client.handshake.status;
  };
  for (const origin of allowed) {
    assertEquals(await statusOf({ "Origin": origin.replace("SELF", server.url) }), 101, origin);
  }
  for (const origin of refused) assertEquals(await statusOf({ "Origin": origin }), 403, origin);
  assertEquals(await statusOf({}), 101); // no browser
});

Deno.test("Endpoint works inside Hono, beside its routes", async () => {
  const endpoint = endpointOf();
  const hono = new Hono<{ Bindings: Deno.ServeHandlerInfo }>();
  hono.get("/", (context) => context.text("home"));
  hono.get("/socket/*", (context) => endpoint.fetch(context.req.raw, context.env));
  await using server = serve({ fetch: hono.fetch, shutdown: () => endpoint.shutdown() });
  assertEquals(await (await fetch(server.url)).text(), "home");
  await using client = await connect(server, "ann");
  await join(client, "room:a");
  await client.sendText('["1","2","room:a","echo",{"n":1}]');
  assertEquals(await next(client), ["1", "2", "room:a", "phx_reply", { status: "ok", response: { n: 1 } }]);
});

Deno.test("Endpoint.fetch is bound: it works as Deno.serve's handler and as a default export", async () => {
  const { fetch } = endpointOf();
  assertEquals((await fetch(new Request("http://localhost/nothing"))).status, 404);
  const endpoint = endpointOf();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, endpoint.fetch);
  await using client = await RawClient.connect({
    port: server.addr.port,
    path: "/socket/websocket?vsn=2.0.0&user=ann",
  });
  assertEquals(client.handshake.status, 101);
  client.drop();
  await endpoint.shutdown();
  await server.shutdown();
});

Deno.test("Endpoint.broadcast() and its kin reach the members of a topic, and processes that subscribed", async () => {
  const endpoint = endpointOf();
  await using server = serve(endpoint);
  await using ann = await connect(server, "ann");
  await using bob = await connect(server, "bob");
  await join(ann, "room:a");
  await join(bob, "room:b");
  const heard = new Inbox<Broadcast>();
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const broadcast of mailbox) heard.put(broadcast);
  });
  const unsubscribe = endpoint.subscribe("room:a", listener);
  endpoint.broadcast("room:a", "said", { n: 1 });
  endpoint.localBroadcast("room:a", "said", { n: 2 });
  endpoint.broadcastFrom(listener, "room:a", "said", { n: 3 });
  endpoint.localBroadcastFrom(listener, "room:a", "said", { n: 4 });
  endpoint.broadcast("room:nobody", "said", { n: 5 });
  for (const n of [1, 2, 3, 4]) assertEquals(await next(ann), [null, null, "room:a", "said", { n }]);
  await assertNothingCame(bob);
  for (const n of [1, 2]) assertEquals(await heard.next(), new Broadcast("room:a", "said", { n }));
  unsubscribe();
  endpoint.broadcast("room:a", "said", { n: 6 });
  endpoint.subscribe("room:a", listener);
  endpoint.unsubscribe("room:a", listener);
  endpoint.broadcast("room:a", "said", { n: 7 });
  await settle();
  assertEquals(heard.length, 0);
  assertEquals(endpoint.pubsub.subscriberCount("room:a"), 1);
  assertThrows(() => endpoint.broadcast("room:a", "said", "text" as unknown as object), TypeError);
  listener.exit("kill");
});

Deno.test("Endpoint.broadcast() and its kin refuse what no client could get, also where nobody listens", () => {
  const endpoint = endpointOf();
  const payload = Promise.resolve({}) as object; // somebody forgot to await it
  const self = spawn(() => {});
  const wrong = "payload of broadcast: must be a JSON value, received Promise";
  assertThrows(() => endpoint.broadcast("room:nobody", "said", payload), TypeError, wrong);
  assertThrows(() => endpoint.localBroadcast("room:nobody", "said", payload), TypeError, wrong);
  assertThrows(() => endpoint.broadcastFrom(self, "room:nobody", "said", payload), TypeError, wrong);
  assertThrows(() => endpoint.localBroadcastFrom(self, "room:nobody", "said", payload), TypeError, wrong);
});

Deno.test("Endpoint.disconnect() closes all connections of an id with 1001, and no others", async () => {
  const endpoint = endpointOf();
  await using server = serve(endpoint);
  await using first = await connect(server, "ann");
  await using second = await connect(server, "ann");
  await using bob = await connect(server, "bob");
  assertEquals(endpoint.connectionCount, 3);
  endpoint.disconnect("user:ann");
  endpoint.disconnect("user:nobody");
  const close = { kind: "close", code: 1001, reason: "" };
  assertEquals([await first.recv(), await second.recv()], [close, close]);
  await assertNothingCame(bob);
});

Deno.test("Endpoint with a PubSub of others hears them, and leaves it running", async () => {
  const pubsub = new PubSub();
  const first = endpointOf({ pubsub });
  const second = endpointOf({ pubsub });
  await using firstServer = serve(first);
  await using ann = await connect(firstServer, "ann");
  await join(ann, "room:a");
  second.broadcast("room:a", "said", {});
  assertEquals(await next(ann), [null, null, "room:a", "said", {}]);
  await second.shutdown();
  first.broadcast("room:a", "said", {});
  assertEquals(await next(ann), [null, null, "room:a", "said", {}]);
  assertStrictEquals(first.pubsub, pubsub);
});

Deno.test("Endpoint.shutdown() turns new clients away, closes the others with 1012, and waits for their channels", async () => {
  const endpoint = endpointOf();
  await using server = serve(endpoint);
  await using ann = await connect(server, "ann");
  await join(ann, "room:a");
  const door = RoomChannel.door = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = endpoint.shutdown().then(() => order.push("first"));
  const second = endpoint.shutdown().then(() => order.push("second"));

  await using late = await connect(server, "bob");
  assertEquals([late.handshake.status, late.handshake.headers.get("retry-after")], [503, "1"]);
  assertEquals((await endpoint.fetch(new Request(`${server.url}/elsewhere`))).status, 404);

  const close = await ann.recv();
  assertEquals([close?.kind, (close as { code?: number }).code], ["close", 1012]);
  await ann.sendClose(1012);
  assertEquals((await ann.recv())?.kind, "eof");
  await settle();
  assertEquals([order, RoomChannel.ended], [[], []]);
  door.resolve();
  await Promise.all([first, second]);
  assertEquals(RoomChannel.ended, [{ shutdown: "restart" }]);
  assertEquals(order.toSorted(), ["first", "second"]);
  await endpoint.shutdown(); // a third, when all is over
});

Deno.test("Endpoint.shutdown() sends a client away whose connect was under way", async () => {
  const door = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const slow: SocketDriver = {
    async connect(params, info) {
      arrived.resolve();
      await door.promise;
      return await echo.connect(params, info);
    },
  };
  const endpoint = endpointOf({ sockets: { "/slow": slow } });
  await using server = serve(endpoint);
  const connecting = RawClient.connect({ port: server.port, path: "/slow/websocket" });
  await arrived.promise;
  await endpoint.shutdown();
  door.resolve();
  await using client = await connecting;
  assertEquals(client.handshake.status, 503);
});

Deno.test("Endpoint.shutdown() ends by force what has not terminated after five seconds", async () => {
  using time = new FakeTime();
  const endpoint = endpointOf();
  const { socket } = await upgradedBy(endpoint, "/socket/websocket?vsn=2.0.0&user=ann");
  socket.open();
  socket.receive('["1","1","room:a","phx_join",{}]');
  await settle();
  RoomChannel.door = Promise.withResolvers<void>(); // nobody opens it
  let down = false;
  void endpoint.shutdown().then(() => down = true);
  await settle();
  assertEquals((await socket.closings()).map(({ code }) => code), [1012]);
  socket.end(1012, true);
  await settle();
  time.tick(4999);
  await settle();
  assertEquals(down, false);
  time.tick(1);
  await settle();
  assertEquals([down, RoomChannel.ended], [true, []]);
  assertEquals([endpoint.connectionCount, endpoint.pubsub.topicCount], [0, 0]);
});

Deno.test("Endpoint.shutdown() does not wait for clients that do not answer longer than their time", async () => {
  using time = new FakeTime();
  const endpoint = endpointOf();
  const { socket } = await upgradedBy(endpoint, "/socket/websocket?vsn=2.0.0&user=ann");
  socket.open();
  let down = false;
  void endpoint.shutdown().then(() => down = true);
  time.tick(4999);
  await settle();
  assertEquals(down, false);
  time.tick(1);
  await settle();
  assertEquals(down, true);
});

Deno.test("Endpoint shuts down where `await using` ends, also one that nobody connected to", async () => {
  let endpoint: Endpoint | undefined;
  {
    await using scoped = endpointOf();
    endpoint = scoped;
  }
  const response = await endpoint.fetch(new Request("http://localhost/socket/websocket"));
  assertEquals(response.status, 503);
});
