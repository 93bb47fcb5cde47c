import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { stub } from "@std/testing/mock";
import {
  type AcceptedSocket,
  type ConnectInfo,
  Endpoint,
  type Frame,
  type LogRecord,
  ok,
  type Params,
  refuse,
  type SocketDriver,
  type WebSocketOptions,
} from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { RestartNotice } from "../../../lib/transport/restart_notice.ts";
import { WebSocketTransport } from "../../../lib/transport/websocket/websocket.ts";
import { settle } from "../../support/fake_client.ts";
import { type FakeUpgrade, upgradedBy, upgradeRequest } from "../../support/fake_upgrade.ts";
import { RawClient, type RawClientOptions } from "../../support/raw_client.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { readHead, writeHead } from "../../support/raw_http.ts";
import { serve, type TestServer } from "../../support/serve.ts";
import { Failures } from "../../support/telemetry.ts";
import { decodeFrame, encodeFrame, Opcode } from "../../support/ws_frame.ts";

const ECHO: AcceptedSocket = {
  open: (connection) => ({ handleIn: (frame) => connection.send(frame), close() {} }),
};
const echo: SocketDriver = { connect: () => ok(ECHO) };

function serveDriver(driver: SocketDriver, websocket: WebSocketOptions = {}): TestServer {
  return serve(new Endpoint({ sockets: { "/raw": [driver, { websocket: { checkOrigin: false, ...websocket } }] } }));
}

function connect({ port }: TestServer, options: Partial<RawClientOptions> = {}): Promise<RawClient> {
  return RawClient.connect({ port, path: "/raw/websocket", ...options });
}

Deno.test("WebSocketTransport carries a socket without channels: an echo of text and bytes", async () => {
  await using server = serveDriver(echo);
  await using client = await connect(server);
  assertEquals(client.handshake.accepted, true);
  const large = "é".repeat(100_000);
  await client.sendText("hello");
  await client.sendBinary(Uint8Array.of(0, 255));
  await client.sendText(large);
  await client.sendText("");
  assertEquals(await client.recv(), { kind: "text", text: "hello" });
  assertEquals(await client.recv(), { kind: "binary", data: Uint8Array.of(0, 255) });
  assertEquals(await client.recv(), { kind: "text", text: large });
  assertEquals(await client.recv(), { kind: "text", text: "" });
});

Deno.test("WebSocketTransport delivers frames that came with the handshake, once the socket is open", async () => {
  const door = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using server = serveDriver({
    async connect() {
      arrived.resolve();
      await door.promise;
      return ok(ECHO);
    },
  });
  await using connection = await RawConnection.connect(server);
  await writeHead(connection, "GET /raw/websocket", {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
  });
  await connection.write(encodeFrame({ opcode: Opcode.text, payload: new TextEncoder().encode("early") }));
  await arrived.promise;
  door.resolve();
  assertEquals((await readHead(connection, 3000)).status, 101);
  while (!decodeFrame(connection.buffered)) assertEquals(await connection.receive(3000), "more");
  assertEquals(new TextDecoder().decode(decodeFrame(connection.buffered)!.frame.payload), "early");
});

Deno.test("WebSocketTransport tells connect everything before the upgrade, and it stays readable after it", async () => {
  const seen: { params: Params; info: ConnectInfo }[] = [];
  await using server = serveDriver({
    async connect(params, info) {
      await Promise.resolve();
      seen.push({ params, info });
      return ok(ECHO);
    },
  });
  await using client = await connect(server, {
    path: "/raw/websocket?a[b]=c&vsn=2.0.0",
    headers: { "User-Agent": "raw", "X-Trace": "7", "Cookie": "secret" },
  });
  await client.sendText("upgraded");
  await client.recv();
  const [{ params, info }] = seen as [{ params: Params; info: ConnectInfo }];
  assertEquals(JSON.parse(JSON.stringify(params)), { a: { b: "c" }, vsn: "2.0.0" });
  assertEquals(info.uri.search, "?a[b]=c&vsn=2.0.0");
  assertEquals(info.peerData?.hostname, "127.0.0.1");
  assertEquals(info.userAgent, "raw");
  assertEquals([...info.xHeaders], [["x-trace", "7"]]);
  assertEquals(info.secWebSocketHeaders.get("sec-websocket-version"), "13");
});

for (const query of ["a=%", "a=%FF", `a${"[b]".repeat(33)}=1`]) {
  Deno.test(`WebSocketTransport answers 400 and reports nothing when the query is ${query.slice(0, 10)}`, async () => {
    using failures = new Failures();
    await using server = serveDriver(echo);
    await using client = await connect(server, { path: `/raw/websocket?${query}` });
    assertEquals([client.handshake.status, failures.messages], [400, []]);
  });
}

const refusals: [what: string, options: WebSocketOptions, status: number, body: string][] = [
  ["by default", {}, 403, ""],
  ["by errorHandler", { errorHandler: (reason) => Response.json({ reason }, { status: 401 }) }, 401, '{"reason":"no"}'],
  [
    "by an async errorHandler, which sees the request",
    {
      errorHandler: async (_reason, { url, headers }) => {
        await Promise.resolve();
        return new Response(`${new URL(url).search} ${headers.get("x-a")}`, { status: 429 });
      },
    },
    429,
    "?q=1 b",
  ],
];
Deno.test.each(refusals)("WebSocketTransport answers a refused client %s", async (_what, options, status, body) => {
  await using server = serveDriver({ connect: () => refuse("no") }, options);
  await using client = await connect(server, { path: "/raw/websocket?q=1", headers: { "X-A": "b" } });
  assertEquals([client.handshake.status, client.handshake.body], [status, body]);
});

const faults: [what: string, driver: SocketDriver, options: WebSocketOptions, message: RegExp][] = [
  [
    "connect throws",
    {
      connect: () => {
        throw new Error("db");
      },
    },
    {},
    /^db$/,
  ],
  ["connect rejects", { connect: () => Promise.reject(new Error("db")) }, {}, /^db$/],
  ["connect rejects with what is no Error", { connect: () => Promise.reject("db") }, {}, /db/],
  ["connect returns nothing", { connect: () => undefined as never }, {}, /undefined/],
  [
    "errorHandler throws",
    { connect: () => refuse() },
    {
      errorHandler: () => {
        throw new Error("page");
      },
    },
    /^page$/,
  ],
  ["checkOrigin throws", echo, {
    checkOrigin: () => {
      throw new Error("list");
    },
  }, /^list$/],
];
Deno.test.each(faults)(
  "WebSocketTransport answers 500 when %s, and tells telemetry why",
  async (_what, driver, options, message) => {
    using failures = new Failures();
    await using server = serveDriver(driver, options);
    await using client = await connect(server, { headers: { "Origin": "http://localhost" } });
    assertEquals(client.handshake.status, 500);
    assertEquals(client.handshake.body, '{"errors":{"detail":"Internal Server Error"}}');
    assertEquals(failures.messages.length, 1);
    assertMatch(failures.messages[0]!, message);
  },
);

const bad: [what: string, headers: Record<string, string | null>, body: string][] = [
  ["no upgrade", { "Upgrade": null }, `'upgrade' header must contain 'websocket', got []`],
  ["an old version", { "Sec-WebSocket-Version": "8" }, `'sec-websocket-version' header must equal '13', got ["8"]`],
];
Deno.test.each(bad)("WebSocketTransport answers 400 to a handshake with %s", async (_what, headers, body) => {
  await using server = serveDriver(echo);
  await using client = await connect(server, { headers });
  assertEquals([client.handshake.status, client.handshake.body], [400, body]);
});

Deno.test.each(["POST", "HEAD", "OPTIONS", "PUT"])("WebSocketTransport answers 400 to %s", async (method) => {
  await using server = serveDriver(echo);
  const response = await fetch(`${server.url}/raw/websocket`, { method });
  assertEquals([response.status, await response.text()], [400, ""]);
});

const TOKEN = "base64url.bearer.phx.dG9rZW4"; // "token"
const protocols: [offer: string | null, options: WebSocketOptions, status: number, chosen: string | null][] = [
  [null, {}, 101, null],
  ["chat", {}, 101, null],
  ["chat, v2", { subprotocols: ["v2", "chat"] }, 101, "v2"],
  ["other", { subprotocols: ["chat"] }, 403, null],
  [null, { subprotocols: ["chat"] }, 101, null],
  [`phoenix, ${TOKEN}`, { authToken: true }, 101, "phoenix"],
  [`phoenix, ${TOKEN}`, { authToken: true, subprotocols: ["chat"] }, 101, "phoenix"],
  [`chat, ${TOKEN}`, { authToken: true }, 403, null],
];
Deno.test.each(protocols)(
  "WebSocketTransport answers the subprotocols %s with %j by %i %s",
  async (offer, options, status, chosen) => {
    const tokens: unknown[] = [];
    const driver: SocketDriver = {
      connect(_params, { authToken }) {
        tokens.push(authToken);
        return ok(ECHO);
      },
    };
    await using server = serveDriver(driver, options);
    await using client = await connect(server, { headers: { "Sec-WebSocket-Protocol": offer } });
    assertStrictEquals(client.handshake.status, status);
    assertStrictEquals(client.handshake.headers.get("sec-websocket-protocol") ?? null, chosen);
    assertEquals(tokens, status === 403 ? [] : [options.authToken ? "token" : undefined]);
  },
);

Deno.test("WebSocketTransport closes with 1009 a message in fragments that is too large as a whole", async () => {
  const frames: Frame[] = [];
  const driver: SocketDriver = {
    connect: () => ok({ open: () => ({ handleIn: (frame) => void frames.push(frame), close() {} }) }),
  };
  await using server = serveDriver(driver, { maxFrameBytes: 1000 });
  await using client = await connect(server);
  const payload = new Uint8Array(600).fill(97);
  await client.sendFrame({ opcode: 1, fin: false, payload });
  await client.sendFrame({ opcode: 0, fin: true, payload });
  const answer = await client.recv();
  assertEquals(answer, { kind: "close", code: 1009, reason: "" });
  assertEquals(frames, []);
});

Deno.test("WebSocketTransport serves the next client after a driver that throws", async () => {
  using failures = new Failures();
  const driver: SocketDriver = {
    connect: () =>
      ok({
        open: (connection) => ({
          handleIn(frame) {
            if (frame === "throw") throw new Error("asked to");
            connection.send(frame);
          },
          close() {},
        }),
      }),
  };
  await using server = serveDriver(driver);
  await using first = await connect(server);
  await using second = await connect(server);
  await first.sendText("throw");
  assertEquals(await first.recv(), { kind: "close", code: 1011, reason: "" });
  await second.sendText("still here");
  assertEquals(await second.recv(), { kind: "text", text: "still here" });
  assertEquals(failures.messages, ["asked to"]);
});

const wrong: [options: WebSocketOptions, message: RegExp][] = [
  [{ timeoutMs: 0 }, /"timeoutMs" must be > 0, received 0/],
  [{ timeoutMs: NaN }, /"timeoutMs" must be > 0, received NaN/],
  [{ maxFrameBytes: -1 }, /"maxFrameBytes" must be > 0, received -1/],
  [{ connectTimeoutMs: 0 }, /"connectTimeoutMs" must be > 0, received 0/],
  [{ closeTimeoutMs: NaN }, /"closeTimeoutMs" must be > 0, received NaN/],
];
Deno.test.each(wrong)("WebSocketTransport() refuses %j", (options, message) => {
  assertMatch(assertThrows(() => transport(options), RangeError).message, message);
});

// From here on without a network: the defaults, in fake time.

function transport(options: WebSocketOptions = {}, driver: SocketDriver = echo): WebSocketTransport {
  return new WebSocketTransport(driver, options, {
    host: undefined,
    renderError: renderMessage,
    notice: new RestartNotice(),
  });
}

function renderMessage({ message }: Error): Response {
  return new Response(message, { status: 500 });
}

/** What Deno hands over. */
const REQUEST = upgradeRequest("/raw/websocket");

/** Opens a connection whose socket is in the test's hands. */
function upgraded(mount: WebSocketTransport): Promise<FakeUpgrade> {
  return upgradedBy({ fetch: (request) => mount.handle(request, undefined, {}) }, "/raw/websocket");
}

Deno.test("WebSocketTransport lets Deno ping nobody", async () => {
  using time = new FakeTime();
  const { socket, options } = await upgraded(transport());
  assertEquals(options, { idleTimeout: 0 });
  socket.end(0, false);
  time.tick(0);
});

Deno.test("WebSocketTransport counts connections while they are open", async () => {
  using _time = new FakeTime();
  const mount = transport();
  const { socket } = await upgraded(mount);
  assertEquals(mount.connections.size, 0);
  socket.open();
  assertEquals(mount.connections.size, 1);
  socket.end(1000, true);
  assertEquals(mount.connections.size, 0);
});

const connectTimes: [options: WebSocketOptions, ms: number][] = [[{}, 10_000], [{ connectTimeoutMs: 50 }, 50]];
Deno.test.each(connectTimes)("WebSocketTransport gives connect %j of time: %i ms", async (options, ms) => {
  using time = new FakeTime();
  using failures = new Failures();
  const before = timers.size;
  let late!: (reason: Error) => void;
  const never = new Promise<never>((_, reject) => late = reject);
  let response: Response | undefined;
  void transport(options, { connect: () => never }).handle(REQUEST, undefined, {}).then((made) => response = made);
  await settle();
  time.tick(ms - 1);
  await settle();
  assertEquals(response, undefined);
  time.tick(1);
  await settle();
  assertEquals(
    await response!.text(),
    `Cannot connect socket: "connect" took longer than ${ms} ms, which is "connectTimeoutMs"`,
  );
  assertEquals(failures.messages.length, 1);
  assertEquals(timers.size, before);
  late(new Error("too late to matter")); // nor is it unhandled
  await settle();
});

Deno.test("WebSocketTransport gives a checkOrigin that waits as much time as connect", async () => {
  using time = new FakeTime();
  using failures = new Failures();
  let response: Response | undefined;
  const request = { ...REQUEST, headers: new Headers([...REQUEST.headers, ["origin", "https://example.com"]]) };
  const mount = transport({ checkOrigin: () => new Promise(() => {}), connectTimeoutMs: 50 });
  void mount.handle(request as Request, undefined, {}).then((made) => response = made);
  await settle();
  time.tick(50);
  await settle();
  assertEquals(
    await response!.text(),
    'Cannot connect socket: "checkOrigin" took longer than 50 ms, which is "connectTimeoutMs"',
  );
  assertEquals(failures.messages.length, 1);
});

Deno.test.each(connectTimes)("WebSocketTransport gives a client %j of time to arrive: %i ms", async (options, ms) => {
  using time = new FakeTime();
  const before = timers.size;
  await upgraded(transport(options));
  time.tick(ms - 1);
  assertEquals(timers.size, before + 1);
  time.tick(1);
  assertEquals(timers.size, before);
});

const closeTimes: [options: WebSocketOptions, ms: number][] = [[{}, 5000], [{ closeTimeoutMs: 70 }, 70]];
Deno.test.each(closeTimes)(
  "WebSocketTransport gives clients %j of time to answer a close: %i ms",
  async (options, ms) => {
    using time = new FakeTime();
    const mount = transport(options);
    const { socket } = await upgraded(mount);
    socket.open();
    let drained = false;
    for (const connection of mount.connections) connection.close(1012);
    void mount.connections.emptied(Infinity).then(() => drained = true);
    assertEquals(await socket.closings(), [{ code: 1012, text: "" }]);
    time.tick(ms - 1);
    await settle();
    assertEquals(drained, false);
    time.tick(1);
    await settle();
    assertEquals(drained, true);
  },
);

const silences: [options: WebSocketOptions, ms: number][] = [[{}, 120_000], [{ timeoutMs: 100 }, 200]];
Deno.test.each(silences)("WebSocketTransport takes silence with %j for %i ms", async (options, ms) => {
  using time = new FakeTime();
  const { socket } = await upgraded(transport(options));
  socket.open();
  time.tick(ms - 1);
  assertEquals(await socket.closings(), []);
  time.tick(1);
  assertEquals(await socket.closings(), [{ code: 1001, text: "" }]);
  socket.end(1001, true);
});

const sizes: [options: WebSocketOptions, bytes: number][] = [[{}, 1_048_576], [{ maxFrameBytes: 500 }, 500]];
Deno.test.each(sizes)("WebSocketTransport takes messages with %j of %i bytes on the wire", async (options, bytes) => {
  using _time = new FakeTime();
  const { socket } = await upgraded(transport(options));
  socket.open();
  const header = bytes > 65_536 ? 14 : 8;
  socket.receive("x".repeat(bytes - header));
  assertEquals([socket.sent.length, await socket.closings()], [1, []]);
  socket.receive("x".repeat(bytes - header + 1));
  assertEquals([socket.sent.length, await socket.closings()], [1, [{ code: 1009, text: "" }]]);
  socket.end(1009, true);
});

const copies: [what: string, copy: (request: Request) => Request, lines: number][] = [
  ["the request that Deno gave", (request) => request, 0],
  ["its clone", (request) => request.clone(), 1],
  ["a new Request of it", (request) => new Request(request), 1],
  ["another with the same headers", ({ url, headers }) => new Request(url, { headers }), 1],
];
Deno.test.each(copies)("WebSocketTransport that is handed %s logs, once, if that cannot work", async (
  _what,
  copy,
  lines,
) => {
  const logged: string[] = [];
  const logger = ({ level, message }: LogRecord) => void logged.push(`${level} ${message}`);
  const endpoint = new Endpoint({ sockets: { "/raw": [echo, { websocket: { connectTimeoutMs: 20 } }] }, logger });
  await using server = serve({ fetch: (request) => endpoint.fetch(copy(request)) });
  for (let n = 0; n < 2; n++) await (await connect(server))[Symbol.asyncDispose]();
  assertEquals(logged.length, lines);
  for (const line of logged) assertMatch(line, /^error .* is a copy .*: pass on the request that Deno.serve gave/);
  await endpoint.shutdown();
});

Deno.test("WebSocketTransport finds out about copies within 64 requests, though the first were none", async () => {
  const logged: string[] = [];
  const logger = ({ message }: LogRecord) => void logged.push(message);
  const endpoint = new Endpoint({ sockets: { "/raw": [echo, { websocket: { connectTimeoutMs: 20 } }] }, logger });
  let requests = 0;
  await using server = serve({ fetch: (request) => endpoint.fetch(requests++ === 0 ? request : request.clone()) });
  for (let n = 0; n < 65; n++) await (await connect(server))[Symbol.asyncDispose]();
  assertEquals(logged.length, 1);
  await endpoint.shutdown();
});

Deno.test("WebSocketTransport leaves nothing behind when Deno cannot upgrade", async () => {
  using _time = new FakeTime();
  using failures = new Failures();
  using _upgrade = stub(Deno, "upgradeWebSocket", () => {
    throw new TypeError("the client is gone");
  });
  const before = timers.size;
  const mount = transport();
  const response = await mount.handle(REQUEST, undefined, {});
  assertEquals([response.status, failures.messages], [500, ["the client is gone"]]);
  assertEquals([timers.size, mount.connections.size], [before, 0]);
});
