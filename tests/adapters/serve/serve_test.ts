/**
 * What `serve` does besides carrying an endpoint, which the suites of `tests/e2e` test.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { Hono } from "hono";
import {
  type Connection,
  Endpoint,
  type LimitHitEvent,
  ok,
  type ServeInfo,
  type SocketDriver,
  type WebSocketOptions,
} from "@urvogel/realtime";
import { type App, type FramesServer, serve, type ServeOptions } from "@urvogel/realtime/serve";
import { RawClient } from "../../support/raw_client.ts";
import { concatenate, RawConnection } from "../../support/raw_connection.ts";
import { rawRequest, readBody, readHead } from "../../support/raw_http.ts";
import { Collected, Failures } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";
import { encodeFrame, Opcode } from "../../support/ws_frame.ts";

const LOOPBACK = { port: 0, hostname: "127.0.0.1" } as const;

/** A driver that echoes, and remembers. */
class Echo implements SocketDriver {
  readonly connections: Connection[] = [];
  readonly ends: unknown[] = [];
  readonly #hold: Promise<void> | undefined;

  /** Its clients connect when `hold` is over. */
  constructor(hold?: Promise<void>) {
    this.#hold = hold;
  }

  async connect() {
    await this.#hold;
    return ok({
      open: (connection: Connection) => {
        this.connections.push(connection);
        return {
          handleIn: (frame: string | Uint8Array<ArrayBuffer>) => connection.send(frame),
          close: (reason: unknown) => void this.ends.push(reason),
        };
      },
    });
  }
}

function endpointOf(echo: Echo, websocket: WebSocketOptions = {}): Endpoint {
  return new Endpoint({ checkOrigin: false, sockets: { "/echo": [echo, { websocket }] } });
}

async function start(app: App, options: ServeOptions = {}): Promise<FramesServer> {
  return await serve(app, { ...LOOPBACK, ...options });
}

/** A certificate for `localhost`, and that of who vouches for it. */
async function certificate() {
  const read = (name: string) => Deno.readTextFile(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
  const [key, cert, ca] = await Promise.all(["key", "cert", "ca"].map(read)) as [string, string, string];
  return { tls: { key, cert }, ca };
}

function connect({ port }: FramesServer): Promise<RawClient> {
  return RawClient.connect({ port, path: "/echo/websocket" });
}

Deno.test("serve() answers other requests with 404, or by its handler", async () => {
  await using bare = await start(endpointOf(new Echo()));
  const none = await fetch(`http://127.0.0.1:${bare.port}/page`);
  assertEquals([none.status, await none.text()], [404, ""]);
  const infos: ServeInfo[] = [];
  const handler = (request: Request, info: ServeInfo) => {
    infos.push(info);
    return new Response(`page of ${new URL(request.url).pathname}`, { headers: { "x-own": "1" } });
  };
  await using server = await start(endpointOf(new Echo()), { handler });
  const page = await fetch(`http://127.0.0.1:${server.port}/page`);
  assertEquals([page.status, page.headers.get("x-own"), await page.text()], [200, "1", "page of /page"]);
  assertEquals((infos[0]?.remoteAddr as Deno.NetAddr).hostname, "127.0.0.1");
  await using client = await connect(server);
  await client.sendText("hello");
  assertEquals(await client.recv(), { kind: "text", text: "hello" });
});

Deno.test("serve() has Hono beside an endpoint, or before it", async () => {
  const endpoint = endpointOf(new Echo());
  const app = new Hono<{ Bindings: ServeInfo }>();
  app.use(async (c, next) => {
    await next();
    c.res.headers.set("x-by", "hono");
  });
  app.get("/", (c) => c.text("hello"));
  app.all("/echo/*", (c) => endpoint.fetch(c.req.raw, c.env));
  await using before = await start({ fetch: (request, info) => app.fetch(request, info) });
  await using beside = await start(endpoint, { handler: (request, info) => app.fetch(request, info) });
  for (const server of [before, beside]) {
    assertEquals(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "hello");
    await using client = await connect(server);
    assertStrictEquals(client.handshake.headers.get("x-by"), server === before ? "hono" : null);
    await client.sendText("hello");
    assertEquals(await client.recv(), { kind: "text", text: "hello" });
  }
});

Deno.test("serve() refuses a handler beside an app that does not say what is its own", async () => {
  const app: App = { fetch: () => new Response() };
  await assertRejects(() => serve(app, { ...LOOPBACK, handler: () => new Response() }), TypeError);
});

Deno.test("serve() rejects if the port is taken", async () => {
  await using server = await start(endpointOf(new Echo()));
  await assertRejects(() => start(endpointOf(new Echo()), { port: server.port }), Error, "EADDRINUSE");
});

Deno.test("serve() answers an app that throws with 500, and an upgrade by it as well", async () => {
  using failures = new Failures();
  const app: App = {
    fetch() {
      throw new Error("broken app");
    },
  };
  await using server = await start(app);
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  assertEquals([response.status, await response.text()], [500, ""]);
  await using client = await connect(server);
  assertEquals(client.handshake.status, 500);
  assertEquals(failures.messages, ["broken app", "broken app"]);
});

Deno.test("serve() leaves nothing of a socket whose response is another in the end", async () => {
  const echo = new Echo();
  const endpoint = endpointOf(echo);
  const app: App = {
    async fetch(request, info) {
      await endpoint.fetch(request, info);
      return new Response("no", { status: 418 });
    },
  };
  await using server = await start(app);
  await using client = await connect(server);
  assertEquals([client.handshake.status, client.handshake.body], [418, "no"]);
  assertEquals([endpoint.connectionCount, echo.connections.length], [0, 0]);
  await endpoint.shutdown(); // waits for nobody
});

Deno.test("serve() speaks TLS", async () => {
  const { tls: options, ca } = await certificate();
  await using server = await start(endpointOf(new Echo()), { tls: options });
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const response = await fetch(`https://localhost:${server.port}/none`, { client });
  assertEquals([response.status, await response.text()], [404, ""]);
  await using tls = await Deno.connectTls({ hostname: "localhost", port: server.port, caCerts: [ca] });
  const lines = [
    "GET /echo/websocket HTTP/1.1",
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "",
    "",
  ];
  const frame = encodeFrame({ opcode: Opcode.text, payload: new TextEncoder().encode("secret") });
  await tls.write(concatenate(new TextEncoder().encode(lines.join("\r\n")), frame));
  let received = "";
  const buffer = new Uint8Array(1000);
  while (!received.includes("secret")) {
    const count = await tls.read(buffer);
    if (count === null) break;
    received += new TextDecoder().decode(buffer.subarray(0, count));
  }
  assertMatch(received, /^HTTP\/1\.1 101 [^]*secret$/);
});

Deno.test("FramesServer.shutdown() sends clients away, and ends", async () => {
  const echo = new Echo();
  const server = await start(endpointOf(echo));
  await using client = await connect(server);
  const down = server.shutdown();
  const { reason = "", ...close } = await client.recv() as { kind: string; code: number; reason?: string };
  assertEquals(close, { kind: "close", code: 1012 });
  assertMatch(reason, /^retry-after-ms=\d{1,3}$/);
  await client.sendClose(1012);
  assertEquals((await client.recv())?.kind, "eof");
  await down;
  await server.shutdown(); // again
  await assertRejects(() => RawConnection.connect({ port: server.port }));
  assertEquals(echo.ends, [{ shutdown: "restart" }]);
});

const stuck: [what: string, begin: (server: FramesServer) => Promise<RawConnection>][] = [
  ["sends half a request", (server) => beginRequest(server, "GET / HTTP/1.1\r\nHost:")],
  ["sends nothing", (server) => beginRequest(server, "")],
  ["waits for a response that never comes", (server) => beginRequest(server, "GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")],
  [
    "posts, and stalls",
    (server) => beginRequest(server, "POST /stuck HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"),
  ],
  ["waits for its handshake", (server) =>
    beginRequest(
      server,
      "GET /slow/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )],
];
for (const [what, begin] of stuck) {
  Deno.test(`FramesServer.shutdown() ends although a client ${what}`, async () => {
    const held = Promise.withResolvers<void>();
    const slow = new Echo(held.promise);
    const endpoint = new Endpoint({ sockets: { "/slow": slow }, drainer: { shutdownMs: 50 } });
    const handler = () => new Promise<Response>(() => {});
    const server = await start(endpoint, { handler, shutdownMs: 50 });
    await using connection = await begin(server);
    await server.shutdown();
    assertNotEquals(await connection.receive(1000), "timeout");
    held.resolve();
    await until(() => endpoint.connectionCount === 0, "nobody is connected");
    assertEquals(slow.connections.length, 0);
  });
}

async function beginRequest({ port }: FramesServer, text: string): Promise<RawConnection> {
  const connection = await RawConnection.connect({ port });
  await connection.write(new TextEncoder().encode(text));
  await new Promise((resolve) => setTimeout(resolve, 20)); // so that it has come
  return connection;
}

Deno.test("FramesServer.shutdown() ends the server although its app fails to shut down, and reports that", async () => {
  const app = { fetch: () => new Response("here"), shutdown: () => Promise.reject(new Error("asked to")) };
  const server = await start(app);
  await using idle = await beginRequest(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await readHead(idle, 1000);
  await assertRejects(() => server.shutdown(), Error, "asked to");
  await assertRejects(() => RawConnection.connect({ port: server.port }));
});

for (const scheme of ["http", "https"]) {
  Deno.test(`FramesServer.shutdown() lets requests that are under way finish (${scheme})`, async () => {
    const { tls, ca } = await certificate();
    using client = Deno.createHttpClient({ caCerts: [ca] });
    const arrived = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<Response>();
    const handler = () => {
      arrived.resolve();
      return finish.promise;
    };
    const server = await start(endpointOf(new Echo()), { handler, ...(scheme === "https" && { tls }) });
    const response = fetch(`${scheme}://localhost:${server.port}/`, { client });
    await arrived.promise;
    const down = server.shutdown();
    finish.resolve(new Response("done"));
    assertEquals(await (await response).text(), "done");
    await down;
  });
}

const late: [what: string, text: string, status: number, limit: string][] = [
  ["the head of its request", "GET / HTTP/1.1\r\nHost: x\r\nX-Sl", 408, "headersTimeoutMs"],
  ["anything", "", 408, "headersTimeoutMs"],
  ["its body", "POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", 408, "requestTimeoutMs"],
  [
    "a head of a reasonable size",
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
    431,
    "maxHeaderBytes",
  ],
];
for (const [what, text, status, limit] of late) {
  Deno.test(`serve() refuses a client that does not send ${what} with ${status}`, async () => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    const options = { headersTimeoutMs: 100, requestTimeoutMs: 200, handler: () => new Promise<Response>(() => {}) };
    await using server = await start(endpointOf(new Echo()), { ...options, shutdownMs: 0 });
    await using connection = await RawConnection.connect({ port: server.port });
    await connection.write(new TextEncoder().encode(text));
    assertStrictEquals((await readHead(connection, 3000)).status, status);
    assertEquals(limits.events.map(({ limit, address }) => [limit, address]), [[limit, "127.0.0.1"]]);
  });
}

for (const [what, text] of [["says nothing", ""], ["begins a handshake", "\x16\x03\x01\x02\x00\x01"]] as const) {
  Deno.test(`serve() hangs up on a client that ${what} where TLS is spoken`, async () => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    const { tls } = await certificate();
    await using server = await start(endpointOf(new Echo()), { tls, headersTimeoutMs: 100 });
    await using connection = await RawConnection.connect({ port: server.port });
    await connection.write(new TextEncoder().encode(text));
    assertNotEquals(await connection.receive(2000), "timeout");
    assertEquals(limits.events.map(({ limit, max, address }) => [limit, max, address]), [
      ["headersTimeoutMs", 100, "127.0.0.1"],
    ]);
  });
}

const odd: ServeOptions[] = [
  { headersTimeoutMs: 1_001, requestTimeoutMs: 1_002.5, keepAliveTimeoutMs: 0.5 },
  { headersTimeoutMs: Infinity, requestTimeoutMs: Infinity, keepAliveTimeoutMs: Infinity, sendTimeoutMs: Infinity },
  { requestTimeoutMs: 500 }, // less than headersTimeoutMs
];
for (const options of odd) {
  Deno.test(`serve() takes the time limits ${Deno.inspect(options)}`, async () => {
    await using server = await start(endpointOf(new Echo()), options);
    const response = await fetch(`http://127.0.0.1:${server.port}/page`);
    await response.body?.cancel();
    assertEquals(response.status, 404);
  });
}

Deno.test("serve() reports requestTimeoutMs for a head if that is the shorter limit", async () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using server = await start(endpointOf(new Echo()), { requestTimeoutMs: 100 });
  await using connection = await beginRequest(server, "GET / HTTP/1.1\r\nX-Sl");
  assertEquals((await readHead(connection, 3000)).status, 408);
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["requestTimeoutMs", 100]]);
});

Deno.test("serve() hands a body over, and reads a response that streams only as fast as its client", async () => {
  let pulled = 0;
  const cancelled = Promise.withResolvers<void>();
  const handler = async (request: Request) => {
    if (request.method === "POST") return new Response(`${(await request.bytes()).length} bytes`);
    const body = new ReadableStream({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(65_536));
      },
      cancel: () => cancelled.resolve(),
    });
    return new Response(body);
  };
  await using server = await start(endpointOf(new Echo()), { handler });
  const url = `http://127.0.0.1:${server.port}/`;
  const posted = await fetch(url, { method: "POST", body: new Uint8Array(300_000) });
  assertEquals(await posted.text(), "300000 bytes");
  const connection = await RawConnection.connect({ port: server.port });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await readHead(connection, 3000);
  await until(() => pulled > 3, "the response has begun");
  let before = -1;
  while (before !== pulled) { // until the kernel's buffers are full
    before = pulled;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(pulled < 1000, `${pulled} pieces`);
  await connection[Symbol.asyncDispose]();
  await cancelled.promise;
});

Deno.test("serve() aborts the signal of a request whose client goes", async () => {
  const aborted = Promise.withResolvers<void>();
  const handler = ({ signal }: Request) => {
    signal.addEventListener("abort", () => aborted.resolve());
    return new Promise<Response>(() => {});
  };
  await using server = await start(endpointOf(new Echo()), { handler, shutdownMs: 0 });
  const connection = await beginRequest(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await connection[Symbol.asyncDispose]();
  await aborted.promise;
});

Deno.test("serve() sends status, headers and cookies as they are, and no body to HEAD", async () => {
  const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-note", "ok"]]);
  const handler = ({ method }: Request) => new Response(method === "GET" ? null : "body", { status: 201, headers });
  await using server = await start(endpointOf(new Echo()), { handler });
  for (const method of ["GET", "HEAD"]) {
    const response = await rawRequest({ method, path: "/", port: server.port, headers: { connection: "close" } });
    assertEquals([response.status, response.headers.getSetCookie(), response.headers.get("x-note")], [
      201,
      ["a=1", "b=2"],
      "ok",
    ]);
    assertEquals(response.body.length, 0);
  }
});

Deno.test("serve() takes a request that names the whole URL by its path, and refuses one without sense", async () => {
  const handler = (request: Request) => new Response(new URL(request.url).pathname);
  await using server = await start(endpointOf(new Echo()), { handler });
  const answer = async (path: string) => {
    const { status, body } = await rawRequest({
      method: "GET",
      path,
      port: server.port,
      headers: { connection: "close" },
    });
    return [status, new TextDecoder().decode(body)];
  };
  assertEquals(await answer("http://elsewhere.example/page?a"), [200, "/page"]);
  assertEquals(await answer("nonsense"), [400, ""]);
});

Deno.test("serve() takes no part of the path for the host of a request whose Host is empty", async () => {
  const handler = ({ url }: Request) => new Response(new URL(url).pathname);
  await using server = await start(endpointOf(new Echo()), { handler });
  const request = { method: "GET", path: "/public/echo/websocket", port: server.port };
  const { status, body } = await rawRequest({ ...request, headers: { host: "", connection: "close" } });
  assertEquals([status, new TextDecoder().decode(body)], [200, "/public/echo/websocket"]);
});

Deno.test("serve() upgrades no request in which node:http sees no handshake", async () => {
  const echo = new Echo();
  await using server = await start(endpointOf(echo));
  const headers = {
    upgrade: "websocket",
    connection: "\tUpgrade\t", // legal white space, of which the parser takes the second tab for a part of the word
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
  };
  const { status } = await rawRequest({ method: "GET", path: "/echo/websocket", port: server.port, headers });
  assertEquals([status, echo.connections.length], [400, 0]);
});

Deno.test("serve() passes on a request that asks for another protocol than WebSockets, as RFC 9110 permits", async () => {
  const handler = async (request: Request) => new Response(`${request.method} ${await request.text()}`);
  await using server = await start(endpointOf(new Echo()), { handler });
  const headers = {
    upgrade: "h2c",
    connection: "Upgrade, HTTP2-Settings",
    "http2-settings": "AAMAAABkAAQBAAAAAAIAAAAA",
  };
  const body = new TextEncoder().encode("as Java's client sends it");
  const response = await rawRequest({ method: "POST", path: "/page", port: server.port, headers, body });
  assertEquals([response.status, new TextDecoder().decode(response.body)], [200, "POST as Java's client sends it"]);
});

for (const isUpgrade of [false, true]) {
  const what = isUpgrade ? "a refused upgrade" : "its request";
  Deno.test(`serve() cuts off a client that reads nothing of the response to ${what}`, async () => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    const cancelled = Promise.withResolvers<void>();
    const handler = () => {
      if (isUpgrade) return new Response(new Uint8Array(20_000_000));
      const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(1_000_000));
      return new Response(new ReadableStream({ pull, cancel: () => cancelled.resolve() }));
    };
    await using server = await start(endpointOf(new Echo()), { handler, sendTimeoutMs: 100 });
    const upgrade = isUpgrade ? "Upgrade: websocket\r\nConnection: Upgrade\r\n" : "";
    await using _connection = await beginRequest(server, `GET /page HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
    await until(() => limits.events.length > 0, "it is cut off", 3000);
    if (!isUpgrade) await cancelled.promise;
    assertEquals(limits.events.map(({ limit, max, address }) => [limit, max, address]), [
      ["sendTimeoutMs", 100, "127.0.0.1"],
    ]);
  });
}

Deno.test("serve() handles the requests of a connection one after the other", async () => {
  const [begun, answers]: [string[], PromiseWithResolvers<void>[]] = [[], []];
  const handler = async ({ url }: Request) => {
    begun.push(new URL(url).pathname);
    const answer = Promise.withResolvers<void>();
    answers.push(answer);
    await answer.promise;
    return new Response(url.slice(-2));
  };
  await using server = await start(endpointOf(new Echo()), { handler });
  const requests = ["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await using connection = await beginRequest(server, requests.join(""));
  for (const paths of [["/1"], ["/1", "/2"], ["/1", "/2", "/3"]]) {
    await until(() => begun.length >= paths.length, "the next one has begun");
    assertEquals(begun, paths);
    answers.at(-1)!.resolve();
    const head = await readHead(connection, 1000);
    assertEquals(new TextDecoder().decode(await readBody(connection, head, 1000)), paths.at(-1));
  }
});

Deno.test("serve() cuts off a client that sends request after request without reading a response", async () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  let begun = 0;
  const handler = () => {
    begun++;
    return new Promise<Response>(() => {});
  };
  await using server = await start(endpointOf(new Echo()), { handler, shutdownMs: 0 });
  await using connection = await beginRequest(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000));
  assertNotEquals(await connection.receive(2000), "timeout");
  assertEquals(begun, 1);
  assertEquals(limits.events.map(({ limit, max, found, address }) => [limit, max, found, address]), [
    ["maxPipelinedRequests", 16, 17, "127.0.0.1"],
  ]);
});

Deno.test("serve() writes no refusal into a response that is under way", async () => {
  const pull = (controller: ReadableStreamDefaultController) => {
    controller.enqueue(new TextEncoder().encode("a part"));
    return new Promise<void>(() => {});
  };
  await using server = await start(endpointOf(new Echo()), {
    handler: () => new Response(new ReadableStream({ pull })),
  });
  await using connection = await beginRequest(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assertEquals((await readHead(connection, 1000)).status, 200);
  const part = "6\r\na part\r\n";
  while (connection.buffered.length < part.length) await connection.receive(1000);
  await connection.write(new TextEncoder().encode("no request\r\n\r\n"));
  while (await connection.receive(1000) === "more");
  assertEquals(new TextDecoder().decode(connection.buffered), part);
});

Deno.test("serve() upgrades a connection after a response, and none on which one is under way", async () => {
  const echo = new Echo();
  const answers = [Promise.resolve(new Response("first")), new Promise<Response>(() => {})];
  await using server = await start(endpointOf(echo), { handler: () => answers.shift()!, shutdownMs: 0 });
  const page = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const handshake = "GET /echo/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  await using patient = await beginRequest(server, page);
  const head = await readHead(patient, 1000);
  assertEquals(new TextDecoder().decode(await readBody(patient, head, 1000)), "first");
  await patient.write(new TextEncoder().encode(handshake));
  assertEquals([(await readHead(patient, 1000)).status, echo.connections.length], [101, 1]);
  await using hasty = await beginRequest(server, page + handshake);
  assertNotEquals(await hasty.receive(1000), "timeout");
  assertEquals([hasty.buffered.length, echo.connections.length], [0, 1]);
});

Deno.test("serve() reads a response to a refused upgrade only as fast as its client, and not when it has gone", async () => {
  let pulled = 0;
  const cancelled = Promise.withResolvers<void>();
  const pull = (controller: ReadableStreamDefaultController) => {
    pulled++;
    controller.enqueue(new Uint8Array(65_536));
    return new Promise<void>((resolve) => setImmediate(resolve));
  };
  const handler = () => new Response(new ReadableStream({ pull, cancel: () => cancelled.resolve() }));
  await using server = await start(endpointOf(new Echo()), { handler, shutdownMs: 0 });
  const upgrade = "GET /events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  const connection = await beginRequest(server, upgrade);
  assertEquals((await readHead(connection, 1000)).status, 200);
  let before = -1;
  await until(async () => {
    const isStill = before === pulled;
    before = pulled;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return isStill;
  }, "nothing more is read for a client that reads nothing");
  await connection[Symbol.asyncDispose]();
  await cancelled.promise;
});

Deno.test("serve() goes on with a connection whose last body nobody has read", async () => {
  await using server = await start(endpointOf(new Echo()));
  await using connection = await beginRequest(
    server,
    "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
  );
  const sent = connection.write(new Uint8Array(1_000_000)); // more than is read in advance
  const head = await readHead(connection, 1000);
  await readBody(connection, head, 1000);
  await sent;
  await connection.write(new TextEncoder().encode("GET /none HTTP/1.1\r\nHost: x\r\n\r\n"));
  assertEquals([head.status, (await readHead(connection, 1000)).status], [404, 404]);
});

const leaving: [what: string, read: (request: Request) => unknown][] = [
  ["nobody reads it", () => {}],
  ["its reader has given up", (request) => request.body!.getReader().read()],
];
for (const [what, read] of leaving) {
  Deno.test(`serve() cuts off a client whose body does not end, although ${what}`, async () => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    const handler = async (request: Request) => {
      await read(request);
      return new Response("enough");
    };
    await using server = await start(endpointOf(new Echo()), { handler, requestTimeoutMs: 100 });
    const begin = "POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    await using connection = await beginRequest(server, begin + "x".repeat(200_000));
    assertEquals((await readHead(connection, 1000)).status, 200);
    while (await connection.receive(2000) === "more");
    assertEquals(limits.events.map(({ limit }) => limit), ["requestTimeoutMs"]);
  });
}

Deno.test("serve() cuts TCP connections above maxTcpConnections, until others have gone", async () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using server = await start(endpointOf(new Echo()), { maxTcpConnections: 2 });
  const served = async () => {
    await using client = await connect(server);
    return client.handshake.accepted;
  };
  {
    await using _first = await connect(server);
    await using _second = await connect(server);
    await assertRejects(served);
    assertEquals(limits.events.map(({ limit, max, found, address }) => [limit, max, found, address]), [
      ["maxTcpConnections", 2, 3, "127.0.0.1"],
    ]);
  }
  while (!await served().catch(() => false)); // they have gone soon
});

Deno.test("serve() ends the TCP connection of a refused upgrade, whatever its client does then", async () => {
  await using server = await start(endpointOf(new Echo()), { maxTcpConnections: 1 });
  const refused = "GET /elsewhere HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  await using idle = await beginRequest(server, refused);
  assertEquals((await readHead(idle, 1000)).status, 404);
  const served = async () => {
    await using client = await connect(server);
    return client.handshake.accepted;
  };
  await until(() => served().catch(() => false), "there is room for another client", 2000);
});

Deno.test("serve() frames the response to a refused upgrade once, whatever its headers say", async () => {
  const body = "x".repeat(3_000_000);
  const own = { "content-length": `${body.length}`, connection: "keep-alive", "keep-alive": "timeout=5" };
  const handler = () => new Response(body, { status: 403, headers: own });
  await using server = await start(endpointOf(new Echo()), { handler });
  const headers = { upgrade: "websocket", connection: "Upgrade" };
  const { status, headers: sent, body: received } = await rawRequest({
    method: "GET",
    path: "/elsewhere",
    port: server.port,
    headers,
  });
  assertEquals([status, sent.get("content-length"), sent.get("connection")], [403, `${body.length}`, "close"]);
  assertEquals(received.length, body.length);
});

for (const method of ["TRACE", "TRACK", "CONNECT", "OPTIONS", "PROPFIND", "M-SEARCH"]) {
  Deno.test(`serve() survives ${method}, and goes on`, async () => {
    await using server = await start(endpointOf(new Echo()), { handler: ({ method }) => new Response(method) });
    const request = { method, path: "/", port: server.port, headers: { connection: "close" }, timeoutMs: 1000 };
    const status = await rawRequest(request).then(({ status }) => status, () => undefined); // it may hang up
    assert(status === undefined || status === 200 || status === 400, `status ${status}`);
    assertEquals(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "GET");
  });
}

Deno.test("serve() hangs up on a client whose response breaks off, and goes on", async () => {
  const broken = () => new ReadableStream({ pull: () => Promise.reject(new Error("broken")) });
  const unwilling = () => new ReadableStream({ cancel: () => Promise.reject(new Error("unwilling")) });
  const handler = ({ url }: Request) => new Response(url.endsWith("broken") ? broken() : unwilling());
  await using server = await start(endpointOf(new Echo()), { handler, shutdownMs: 0 });
  await assertRejects(() => fetch(`http://127.0.0.1:${server.port}/broken`).then((response) => response.text()));
  const connection = await beginRequest(server, "GET /unwilling HTTP/1.1\r\nHost: x\r\n\r\n");
  await connection[Symbol.asyncDispose]();
  await using head = await beginRequest(server, "HEAD /unwilling HTTP/1.1\r\nHost: x\r\n\r\n");
  await readHead(head, 1000).catch(() => {});
  await using client = await connect(server);
  await client.sendText("still here");
  assertEquals(await client.recv(), { kind: "text", text: "still here" });
});

Deno.test("serve() writes what a connection is sent within one turn at once, and in order", async () => {
  const echo = new Echo();
  await using server = await start(endpointOf(echo));
  await using client = await connect(server);
  await until(() => echo.connections.length === 1, "the client is connected");
  const sent = Array.from({ length: 100 }, (_, n) => `message ${n}`);
  for (const text of sent) echo.connections[0]!.send(text);
  for (const text of sent) assertEquals(await client.recv(), { kind: "text", text });
});

Deno.test("serve() lets what was sent go before a close in the same turn, and nothing behind it", async () => {
  const echo = new Echo();
  await using server = await start(endpointOf(echo));
  await using client = await connect(server);
  await until(() => echo.connections.length === 1, "the client is connected");
  const [connection] = echo.connections;
  connection!.send("last words");
  connection!.close(4000, { text: "bye" });
  connection!.send("too late");
  assertEquals(await client.recv(), { kind: "text", text: "last words" });
  assertEquals(await client.recv(), { kind: "close", code: 4000, reason: "bye" });
  await client.sendClose(4000);
  assertEquals((await client.recv())?.kind, "eof");
});

Deno.test("serve() answers a message before the close that came with it", async () => {
  await using server = await start(endpointOf(new Echo()));
  await using client = await connect(server);
  const text = encodeFrame({ opcode: Opcode.text, payload: new TextEncoder().encode("x") });
  const close = encodeFrame({ opcode: Opcode.close, payload: Uint8Array.of(3, 232) });
  await client.sendBytes(concatenate(text, close));
  assertEquals(await client.recv(), { kind: "text", text: "x" });
  assertEquals(await client.recv(), { kind: "close", code: 1000, reason: "" });
});

Deno.test("serve() ends a connection that breaks the RFC, whatever its client does then", async () => {
  const echo = new Echo();
  const endpoint = endpointOf(echo);
  await using server = await start(endpoint);
  await using client = await connect(server);
  await client.sendFrame({ opcode: Opcode.text, payload: new Uint8Array(1), masked: false });
  assertEquals(await client.recv(), { kind: "close", code: 1002, reason: "" });
  assertEquals((await client.recv())?.kind, "eof");
  assertEquals([endpoint.connectionCount, echo.ends], [0, [{ shutdown: "protocol_error" }]]);
  for (let n = 0; n < 100; n++) await client.sendText("ignored").catch(() => {});
});

Deno.test("serve() keeps a client that only pings, and closes one that is silent within timeoutMs and a quarter", async () => {
  const echo = new Echo();
  await using server = await start(endpointOf(echo, { timeoutMs: 200 }));
  await using pinging = await connect(server);
  await using silent = await connect(server);
  const end = performance.now() + 400;
  while (performance.now() < end) {
    await pinging.sendFrame({ opcode: Opcode.ping, payload: Uint8Array.of(1) });
    assertEquals(await pinging.recv(), { kind: "pong", data: Uint8Array.of(1) });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(await silent.recv(), { kind: "close", code: 1001, reason: "" });
  await pinging.sendText("still here");
  assertEquals(await pinging.recv(), { kind: "text", text: "still here" });
});

Deno.test("serve() pings clients that are silent for pingMs, and keeps those that answer", async () => {
  await using server = await start(endpointOf(new Echo(), { timeoutMs: 300 }), { pingMs: 50 });
  await using client = await connect(server);
  for (let n = 0; n < 10; n++) {
    assertEquals((await client.recv())?.kind, "ping");
    await client.sendFrame({ opcode: Opcode.pong, payload: new Uint8Array(0) });
  }
  await client.sendClose();
});

Deno.test("serve() keeps no pongs for a client that pings and does not read", async () => {
  const echo = new Echo();
  await using server = await start(endpointOf(echo));
  await using client = await connect(server);
  await until(() => echo.connections.length === 1, "the client is connected");
  echo.connections[0]!.send(new Uint8Array(8_000_000)); // more than the kernel takes
  const pings = Array.from({ length: 1000 }, () => encodeFrame({ opcode: Opcode.ping, payload: new Uint8Array(125) }));
  const burst = new Uint8Array(await new Blob(pings).arrayBuffer());
  for (let n = 0; n < 10; n++) await client.sendBytes(burst);
  await client.sendText("all pings are read");
  await until(() => echo.connections[0]!.bufferedBytes > 0, "it is read");
  assert(echo.connections[0]!.bufferedBytes < 8_100_000, `${echo.connections[0]!.bufferedBytes} bytes wait`);
});

Deno.test("serve() sends a client all that waits as it reads, without being asked", async () => {
  const echo = new Echo();
  await using server = await start(endpointOf(echo, { maxBufferedBytes: 64_000_000 }));
  await using client = await connect(server);
  await until(() => echo.connections.length === 1, "the client is connected");
  const [connection] = echo.connections;
  const count = 300;
  for (let n = 0; n < count; n++) connection!.send(new Uint8Array(100_000).fill(n));
  assert(connection!.bufferedBytes > 20_000_000);
  for (let n = 0; n < count; n++) {
    const incoming = await client.recv(10_000);
    assertStrictEquals(incoming?.kind === "binary" && incoming.data[99_999], n & 255);
  }
  await until(() => connection!.bufferedBytes === 0, "nothing waits");
});

Deno.test("serve() hands over the messages of one read apart, so that each can be handled before the next", async () => {
  const handled: string[] = [];
  const driver: SocketDriver = {
    connect: () =>
      ok({
        open: (connection) => ({
          async handleIn(frame) {
            handled.push(`begin ${frame}`);
            await null;
            handled.push(`end ${frame}`);
            if (frame === "c") connection.close(1000);
          },
          close() {},
        }),
      }),
  };
  await using server = await start(new Endpoint({ sockets: { "/echo": driver } }));
  await using client = await connect(server);
  const frames = ["a", "b", "c"].map((text) =>
    encodeFrame({ opcode: Opcode.text, payload: new TextEncoder().encode(text) })
  );
  await client.sendBytes(frames.reduce(concatenate));
  await client.recv();
  assertEquals(handled, ["begin a", "end a", "begin b", "end b", "begin c", "end c"]);
});

Deno.test("serve() leaves nothing of clients that vanish while they connect", async () => {
  const held = Promise.withResolvers<void>();
  const echo = new Echo(held.promise);
  const endpoint = endpointOf(echo);
  await using server = await start(endpoint);
  const request = "GET /echo/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  const before = descriptors();
  const connections = await Promise.all(Array.from({ length: 50 }, () => beginRequest(server, request)));
  for (const connection of connections) await connection[Symbol.asyncDispose]();
  held.resolve();
  await until(() => descriptors() === before, () => `${descriptors()} descriptors are ${before} again`);
  assertEquals(endpoint.connectionCount, 0);
});

/** How many files and sockets this program has open, where the system says so. */
function descriptors(): number {
  return Deno.build.os === "linux" ? [...Deno.readDirSync("/proc/self/fd")].length : 0;
}
