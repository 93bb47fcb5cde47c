import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  BusDownError,
  Endpoint,
  type LimitHitEvent,
  publishHandler,
  type PublishHandlerOptions,
  PubSub,
  TooLargeError,
} from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";
import { EndpointNode } from "../support/endpoint_cluster.ts";
import { KeptSocket } from "../support/kept_socket.ts";
import { Leaks } from "../support/leaks.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

const TOKEN = "a-secret-of-the-programs";

/** Remembers what was broadcast. */
class NotingPublisher {
  readonly published: [topic: string, event: string, payload: unknown][] = [];
  /** What broadcasting throws. */
  error: Error | undefined;

  broadcast(topic: string, event: string, payload: unknown): void {
    if (this.error) throw this.error;
    this.published.push([topic, event, payload]);
  }
}

interface Post {
  readonly path?: string;
  readonly method?: string;
  readonly authorization?: string | null;
  readonly type?: string | null;
  readonly body?: BodyInit | null;
}

function post(
  {
    path = "/topics/room%3A1/said",
    method = "POST",
    authorization = `Bearer ${TOKEN}`,
    type = "application/json",
    body,
  }: Post,
): Request {
  const headers = new Headers();
  if (authorization !== null) headers.set("authorization", authorization);
  if (type !== null) headers.set("content-type", type);
  const own = body === undefined ? '{"text":"é"}' : body;
  return new Request(`http://localhost${path}`, { method, headers, ...(method === "POST" && { body: own }) });
}

function setUp(options: Partial<PublishHandlerOptions> = {}) {
  const publisher = new NotingPublisher();
  return { publisher, handler: publishHandler(publisher, { token: TOKEN, ...options }) };
}

Deno.test("publishHandler() broadcasts to the members of a topic on all nodes", async () => {
  using _ = new Leaks();
  const hub = new Hub();
  await using a = new EndpointNode(hub, "a");
  await using b = new EndpointNode(hub, "b");
  await using ann = await connect(b.endpoint, { user: "ann" });
  const room = await ann.join("room:1");
  const response = await publishHandler(a.endpoint, { token: TOKEN })(post({}));
  assertEquals([response.status, await response.text()], [204, ""]);
  await room.assertPush("said", { text: "é" });
});

Deno.test.each(
  [
    ["JSON", {}, ["room:1", "said", { text: "é" }]],
    ["JSON with a charset", { type: "Application/JSON; charset=utf-8" }, ["room:1", "said", { text: "é" }]],
    ["bytes", { type: "application/octet-stream", body: Uint8Array.of(0, 255) }, [
      "room:1",
      "said",
      Uint8Array.of(0, 255),
    ]],
    ["no bytes", { type: "application/octet-stream", body: null }, ["room:1", "said", new Uint8Array()]],
    ["a topic with a slash", { path: "/topics/a%2Fb/c%20d" }, ["a/b", "c d", { text: "é" }]],
    ["a lower-case scheme", { authorization: `bearer  ${TOKEN}` }, ["room:1", "said", { text: "é" }]],
  ] satisfies [string, Post, unknown[]][],
)("publishHandler() takes %s", async (_case, request, expected) => {
  const { publisher, handler } = setUp();
  assertEquals((await handler(post(request))).status, 204);
  assertEquals(publisher.published as unknown[], [expected]);
});

const refusals: [what: string, request: Post, status: number, error: string][] = [
  ["no token", { authorization: null }, 401, "the token is missing or wrong"],
  ["another token", { authorization: `Bearer ${TOKEN}x` }, 401, "the token is missing or wrong"],
  ["a part of the token", { authorization: `Bearer ${TOKEN.slice(1)}` }, 401, "the token is missing or wrong"],
  ["another scheme", { authorization: `Basic ${TOKEN}` }, 401, "the token is missing or wrong"],
  ["another path", { path: "/topic/a/b" }, 404, "the path must be /topics/:topic/:event"],
  ["no event", { path: "/topics/a" }, 404, "the path must be /topics/:topic/:event"],
  ["an empty event", { path: "/topics/a/" }, 404, "the path must be /topics/:topic/:event"],
  ["too many parts", { path: "/topics/a/b/c" }, 404, "the path must be /topics/:topic/:event"],
  ["another method", { method: "GET" }, 405, "the method must be POST"],
  ["a stray percent sign", { path: "/topics/%/b" }, 400, "the path must be percent-encoded UTF-8"],
  ["bytes that are no UTF-8 in the path", { path: "/topics/%ff/b" }, 400, "the path must be percent-encoded UTF-8"],
  ["an event of the protocol", { path: "/topics/a/phx_close" }, 403, 'events that begin with "phx_"'],
  ["a topic of the library", { path: "/topics/urvogel%3Anodes/bye" }, 403, "are the library's own"],
  ["an event of the library", { path: "/topics/a/urvogel:x" }, 403, "are the library's own"],
  ["another content type", { type: "text/plain" }, 415, "the content type must be application/json or"],
  ["no content type", { type: null, body: Uint8Array.of(1) }, 415, "the content type must be application/json or"],
  ["no JSON", { body: "{" }, 400, "the body must be a JSON object"],
  ["an empty body", { body: null }, 400, "the body must be a JSON object"],
  ["an array", { body: "[]" }, 400, "the body must be a JSON object"],
  ["null", { body: "null" }, 400, "the body must be a JSON object"],
  ["bytes that are no UTF-8", { body: Uint8Array.of(0x22, 0xff, 0x22) }, 400, "the body must be a JSON object"],
  [
    "JSON that is nested too deep",
    { body: `{"a":${"[".repeat(200)}${"]".repeat(200)}}` },
    400,
    "must be a JSON object",
  ],
];
Deno.test.each(refusals)("publishHandler() refuses %s", async (_what, request, status, error) => {
  const { publisher, handler } = setUp();
  const response = await handler(post(request));
  assertEquals(response.status, status);
  assertStringIncludes((await response.json()).error, error);
  assertEquals(response.headers.get("www-authenticate"), status === 401 ? "Bearer" : null);
  assertEquals(response.headers.get("allow"), status === 405 ? "POST" : null);
  assertEquals(publisher.published, []);
});

Deno.test("publishHandler() accepts each of several tokens", async () => {
  const { handler } = setUp({ token: ["the-newest-secret-of-all", TOKEN] });
  for (const token of ["the-newest-secret-of-all", TOKEN]) {
    assertEquals((await handler(post({ authorization: `Bearer ${token}` }))).status, 204);
  }
  assertEquals((await handler(post({ authorization: "Bearer another-secret-of-theirs" }))).status, 401);
});

Deno.test.each(
  [["1 MiB by default", {}, 1_048_576], ["maxPostBytes", { maxPostBytes: 10 }, 10]] as const,
)("publishHandler() takes bodies of %s", async (_case, options, max) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { publisher, handler } = setUp(options);
  const type = "application/octet-stream";
  assertEquals((await handler(post({ type, body: new Uint8Array(max) }))).status, 204);
  assertEquals((await handler(post({ type, body: new Uint8Array(max + 1) }))).status, 413);
  assertEquals(publisher.published.length, 1);
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["maxPostBytes", max]]);
});

Deno.test.each(
  [["30 seconds by default", {}, 30_000], ["bodyTimeoutMs", { bodyTimeoutMs: 50 }, 50]] as const,
)("publishHandler() waits %s for a body", async (_case, options, ms) => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { handler } = setUp(options);
  let stalled!: ReadableStreamDefaultController;
  const body = new ReadableStream({ start: (controller) => void (stalled = controller) });
  const response = handler(post({ body }));
  await time.tickAsync(ms);
  assertEquals((await response).status, 408);
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["bodyTimeoutMs", ms]]);
  stalled.close();
  await settle();
});

Deno.test("publishHandler() refuses a body that breaks off", async () => {
  const { handler } = setUp();
  const body = new ReadableStream({ start: (controller) => controller.error(new Error("gone")) });
  const response = await handler(post({ body }));
  assertEquals([response.status, await response.json()], [400, { error: "the body broke off" }]);
});

Deno.test("publishHandler() says that the bus is down, or that it cannot carry so much", async () => {
  const { publisher, handler } = setUp();
  publisher.error = new BusDownError("broadcast");
  const down = await handler(post({}));
  assertEquals([down.status, down.headers.get("retry-after"), await down.json()], [503, "1", {
    error: "the bus is down",
  }]);
  publisher.error = new TooLargeError("room:1", 11, 10);
  const large = await handler(post({}));
  assertEquals([large.status, await large.json()], [413, { error: "the bus carries at most 10 bytes" }]);
  publisher.error = new Error("a fault of the program");
  await assertRejects(() => handler(post({})), Error, "a fault of the program");
});

const invalid: [what: string, options: object, type: typeof Error, message: string][] = [
  ["no token", { token: undefined }, TypeError, "Cannot create publish handler: a secret must be text"],
  ["an empty token", { token: "" }, RangeError, "a secret must have >= 20 bytes, received 0"],
  ["a token with spaces", { token: "a token with some spaces" }, TypeError, '"token" must not contain spaces'],
  ["a path without slash", { path: "topics" }, TypeError, '"path" must begin with "/", received "topics"'],
  ["no bytes", { maxPostBytes: 0 }, RangeError, '"maxPostBytes" must be > 0, received 0'],
  ["no time", { bodyTimeoutMs: NaN }, RangeError, '"bodyTimeoutMs" must be > 0, received NaN'],
];
Deno.test.each(invalid)("publishHandler() cannot be created with %s", (_what, options, type, message) => {
  assertThrows(() => setUp(options), type, message);
});

Deno.test("publishHandler() serves another path, for a PubSub without an endpoint as well", async () => {
  const pubsub = new PubSub();
  const endpoint = new Endpoint({ pubsub, sockets: {} });
  const handler = publishHandler(pubsub, { token: TOKEN, path: "/internal/publish/" });
  assertEquals((await handler(post({ path: "/internal/publish/a/b" }))).status, 204);
  assertEquals((await handler(post({}))).status, 404);
  await endpoint.shutdown();
});

Deno.test("publishHandler() numbers what is posted to a topic with history", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": KeptSocket } });
  const handler = publishHandler(endpoint, { token: TOKEN });
  assertEquals((await handler(post({}))).status, 204);
  const kept = await endpoint.history("room:1").list();
  assertEquals(kept.map(({ event, payload }) => [event, payload]), [["said", { text: "é" }]]);
  assertEquals(kept[0]?.position, await endpoint.position("room:1"));
  await endpoint.shutdown();
});
