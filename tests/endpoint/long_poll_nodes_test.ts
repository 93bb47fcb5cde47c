/**
 * Long polling when the requests of a session reach several nodes.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { setImmediate } from "node:timers";
import { FakeTime } from "@std/testing/time";
import {
  type Connection,
  Endpoint,
  type LimitHitEvent,
  type LongPollOptions,
  type LongPollUnrelayedEvent,
  ok,
  PubSub,
  type SocketDriver,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";
import { until } from "../support/until.ts";

const SECRET = "the same text on all nodes";
const FAST: LongPollOptions = { windowMs: 1_000, resumeTimeoutMs: 0 };

/** Says back what it gets, closes at `[fail]`, and notes who connected. */
class EchoDriver implements SocketDriver {
  readonly addresses: (string | undefined)[] = [];
  readonly connections: Connection[] = [];

  connect: SocketDriver["connect"] = (_params, { peerData }) => {
    this.addresses.push(peerData?.hostname);
    return ok({
      open: (connection) => {
        this.connections.push(connection);
        return {
          handleIn: (frame) => frame === "[fail]" ? connection.close(1007) : connection.send(frame),
          close() {},
        };
      },
    });
  };
}

/** A node with a long-poll mount. */
class PollNode implements AsyncDisposable {
  readonly driver = new EchoDriver();
  readonly pubsub: PubSub;
  readonly endpoint: Endpoint;

  constructor(hub: Hub, name: string, longpoll: LongPollOptions = FAST) {
    this.pubsub = new PubSub({ adapter: hub.adapter(name), heartbeatMs: 100, downMs: 300 });
    this.endpoint = new Endpoint({
      pubsub: this.pubsub,
      secret: SECRET,
      host: "example.com",
      logLevel: false,
      sockets: { "/echo": [this.driver, { longpoll }], "/other": [this.driver, { longpoll }] },
    });
  }

  /** Sends a request, from an address of its own. */
  async send(init: RequestInit & { token?: string | undefined; path?: string; from?: string } = {}) {
    const { token, path = "echo", from = "10.0.0.1", ...rest } = init;
    const url = `http://example.com/${path}/longpoll${token === undefined ? "" : `?token=${token}`}`;
    const remoteAddr = { hostname: from, port: 1 };
    return await this.endpoint.fetch(new Request(url, rest), { remoteAddr });
  }

  /** Sends a request, and reads the response. */
  async ask(init: Parameters<PollNode["send"]>[0] = {}) {
    const response = await this.send(init);
    const text = await response.text();
    const json: { status?: number; token?: string; messages?: string[] } = text === "" ? {} : JSON.parse(text);
    return { http: response.status, type: response.headers.get("content-type"), ...json };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint.shutdown();
    await this.pubsub.stop();
  }
}

async function setUp(longpoll?: LongPollOptions) {
  const hub = new Hub();
  const resources = new AsyncDisposableStack();
  const [a, b] = ["a", "b"].map((name) => resources.use(new PollNode(hub, name, longpoll)));
  await settle();
  const { status, token } = await a!.ask();
  assertEquals(status, 410);
  return { hub, a: a!, b: b!, token: token!, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const post = (body: BodyInit) => ({ method: "POST", body, headers: { "content-type": "application/x-ndjson" } });

/** How many times a kind of message between nodes was sent. */
function count(hub: Hub, event: string): number {
  return hub.sent.filter((message) => message.event === event).length;
}

/** Waits until a request has left. Its way there leads through WebCrypto's threads, whatever the clock says. */
async function relayed(hub: Hub): Promise<void> {
  while (count(hub, "request") === 0) await new Promise<void>((resolve) => setImmediate(resolve));
}

Deno.test("Long polls reach the session of another node, with what is posted and what waits", async () => {
  await using world = await setUp();
  const { a, b, token } = world;
  assertEquals((await b.ask({ token, ...post("[1]\n[2]") })).status, 200);
  assertEquals((await a.ask({ token, ...post("[3]") })).status, 200);
  const polled = await b.ask({ token });
  assertEquals(polled, {
    http: 200,
    type: "application/json; charset=utf-8",
    status: 200,
    token: `${token}~3`,
    messages: ["[1]", "[2]", "[3]"],
  });
  assertEquals([a.endpoint.connectionCount, b.endpoint.connectionCount], [1, 0]);
});

Deno.test("Long polls get a lost response again, whichever nodes they reach", async () => {
  await using world = await setUp();
  const { a, b } = world;
  await a.ask({ token: world.token, ...post("[1]") });
  const { token } = await b.ask({ token: world.token });
  await a.ask({ token, ...post("[2]") });
  for (const node of [b, a, b]) { // the network loses the responses
    assertEquals((await node.ask({ token })).messages, ["[2]"]);
  }
});

Deno.test("Long polls that wait at another node get what the session is sent", async () => {
  await using world = await setUp();
  const { a, b, token } = world;
  const poll = b.ask({ token });
  await relayed(world.hub);
  a.driver.connections[0]!.send("[1]");
  assertEquals((await poll).messages, ["[1]"]);
});

Deno.test("Long polls at another node end with the window", async () => {
  await using world = await setUp({ ...FAST, windowMs: 20 });
  const { status, messages } = await world.b.ask({ token: world.token });
  assertEquals([status, messages], [204, []]);
});

Deno.test("Long polls carry binary messages and large bodies, piece by piece", async () => {
  await using world = await setUp();
  const { hub, a, b, token } = world;
  const large = `["${"x".repeat(200_000)}"]`;
  assertEquals((await b.ask({ token, ...post(`aGVsbG8=\n${large}`) })).status, 200);
  const response = await b.send({ token });
  assertEquals((await response.json()).messages, ["hello", large]);
  for (const { bytes } of hub.sent) assert(bytes < 70_000, `${bytes} bytes in one message`);
  assertEquals(a.endpoint.connectionCount, 1);
});

Deno.test("Long polls are limited by the node of the session", async () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using world = await setUp({ ...FAST, maxFrameBytes: 10, maxPostBytes: 100_000 });
  const { b, token } = world;
  assertEquals((await b.ask({ token, ...post(`["${"x".repeat(10)}"]`) })).http, 413);
  assertEquals((await b.ask({ token, ...post(`${"\n".repeat(100_001)}[1]`) })).http, 413);
  assertEquals((await b.ask({ token, ...post("[1]\n{}") })).http, 400);
  assertEquals((await b.ask({ token })).messages, ["[1]"]);
  assertEquals(limits.events.map(({ limit }) => limit), ["maxFrameBytes", "maxPostBytes"]);
});

Deno.test("A long-poll client has the address that the node of the session saw", async () => {
  await using world = await setUp();
  await world.b.ask({ token: world.token, from: "10.0.0.2", ...post("[1]") });
  assertEquals([world.a.driver.addresses, world.b.driver.addresses], [["10.0.0.1"], []]);
});

Deno.test("A poll whose client has gone leaves its messages for the next one, wherever that goes", async () => {
  await using world = await setUp();
  const { a, b, token } = world;
  await a.ask({ token, ...post("[1]") });
  await (await b.send({ token })).body!.cancel();
  await until(() => a.driver.connections[0]!.bufferedBytes > 0, "the message waits again");
  await a.ask({ token, ...post("[2]") });
  assertEquals((await b.ask({ token })).messages, ["[1]", "[2]"]);
});

Deno.test("A poll that nobody reads gives way to the next one, and delivers nothing itself", async () => {
  await using world = await setUp();
  const { a, b, token } = world;
  await a.ask({ token, ...post("[1]") });
  const unread = await b.send({ token });
  assertEquals((await a.ask({ token })).messages, ["[1]"]);
  assertMatch(await unread.text(), /^\{"status":200,.*"\]$/); // without its last byte
});

Deno.test("A poll whose node dies leaves its messages for the next one", async () => {
  await using world = await setUp();
  const { hub, a, b, token } = world;
  await a.ask({ token, ...post("[1]") });
  const unread = b.send({ token });
  hub.decide = () => "lose"; // from now on, as if it had been killed
  void unread.then((response) => response.body?.cancel());
  assertEquals((await a.ask({ token })).messages, ["[1]"]);
  hub.decide = () => "deliver";
});

Deno.test("A post whose client has gone is not handled", async () => {
  await using world = await setUp();
  const { b, token } = world;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("[1]\n"));
    },
    pull(controller) {
      controller.error(new Error("gone"));
    },
  });
  assertEquals((await b.ask({ token, ...post(body) })).http, 400);
  assertEquals((await b.ask({ token, ...post("[2]") })).status, 200);
  assertEquals((await b.ask({ token })).messages, ["[2]"]);
});

Deno.test("A session that has ended is gone for other nodes, too", async () => {
  await using world = await setUp({ ...FAST, windowMs: 20 });
  const { a, b, token } = world;
  assertEquals((await b.ask({ token, ...post("[fail]") })).status, 408);
  assertEquals((await b.ask({ token, ...post("[1]") })).status, 410);
  const again = await b.ask({ token });
  assertEquals([again.status, again.token === token], [410, false]);
  assertEquals([a.endpoint.connectionCount, b.endpoint.connectionCount], [0, 1]);
});

Deno.test("A session whose node has died is gone: the client gets another one", async () => {
  using unrelayed = new Collected<LongPollUnrelayedEvent>("urvogel:longpoll:unrelayed");
  const hub = new Hub();
  await using b = new PollNode(hub, "b");
  const a = new PollNode(hub, "a");
  await settle();
  const { token } = await a.ask();
  const waiting = b.ask({ token });
  await relayed(hub);
  await a.pubsub.stop(); // which the others notice
  const { status, token: another } = await waiting;
  assertEquals([status, another === token], [410, false]);
  assertEquals((await b.ask({ token, ...post("[1]") })).status, 410);
  assertEquals((await b.ask({ token: another, ...post("[1]") })).status, 200);
  assertEquals(unrelayed.events.map(({ node, error }) => [node, error.name]), [
    ["a", "NodeDownError"],
    ["a", "NodeDownError"],
  ]);
  await a.endpoint.shutdown();
});

Deno.test("A session whose node does not reply is gone after the window and five seconds", async () => {
  using time = new FakeTime();
  using unrelayed = new Collected<LongPollUnrelayedEvent>("urvogel:longpoll:unrelayed");
  await using world = await setUp();
  const { hub, b, token } = world;
  hub.decide = (_from, _to, { event }) => event === "reply" ? "lose" : "deliver";
  let status: number | undefined;
  const polled = b.ask({ token }).then((result) => status = result.status);
  await relayed(hub);
  for (let passed = 0; passed < 5_900; passed += 100) await time.tickAsync(100);
  assertEquals(status, undefined);
  for (let passed = 0; passed < 300; passed += 100) await time.tickAsync(100);
  await polled;
  assertEquals([status, unrelayed.events[0]?.error.name], [410, "NodeTimeoutError"]);
  hub.decide = () => "deliver";
});

Deno.test("A session cannot be reached while the bus is down", async () => {
  using _status = new Collected("urvogel:bus:status");
  await using world = await setUp();
  const { hub, a, b, token } = world;
  hub.break();
  assertEquals((await b.ask({ token, ...post("[1]") })).status, 410);
  assertEquals((await a.ask({ token, ...post("[2]") })).status, 200); // its own node needs no bus
  hub.mend();
  assertEquals((await b.ask({ token })).messages, ["[2]"]);
});

Deno.test("A token of another mount, or of another secret, is invalid on all nodes", async () => {
  await using world = await setUp();
  const { hub, a, b, token } = world;
  for (const node of [a, b]) {
    assertEquals((await node.ask({ token, path: "other", ...post("[1]") })).status, 410);
    assertEquals((await node.ask({ token: `${token}x`, ...post("[1]") })).status, 410);
  }
  assertEquals(count(hub, "request"), 0);
});

Deno.test("Endpoint.shutdown() ends polls that wait for another node, and the session goes on elsewhere", async () => {
  await using world = await setUp();
  const { a, b, token } = world;
  const poll = b.ask({ token });
  await relayed(world.hub);
  await b.endpoint.shutdown();
  await b.pubsub.stop(); // the response does not depend on it any more
  const { status, messages, token: same } = await poll;
  assertEquals([status, messages, same], [204, [], token]);
  await a.ask({ token, ...post("[1]") });
  assertEquals((await a.ask({ token })).messages, ["[1]"]);
});

Deno.test("Endpoint.shutdown() of the session's node delivers what waits to a poll at another node", async () => {
  await using world = await setUp();
  const { a, b, token } = world;
  const poll = b.ask({ token });
  await relayed(world.hub);
  a.driver.connections[0]!.send("[1]");
  await a.endpoint.shutdown();
  assertEquals((await poll).messages, ["[1]"]);
  const next = await b.ask({ token });
  assertEquals([next.status, b.endpoint.connectionCount], [410, 1]);
});

Deno.test("Endpoint() refuses long polling on several nodes without a secret", async () => {
  const pubsub = new PubSub({ adapter: new Hub().adapter("a") });
  const create = (options: { secret?: string; longpoll: boolean }) => {
    const { longpoll, ...rest } = options;
    return new Endpoint({ pubsub, sockets: { "/echo": [new EchoDriver(), { longpoll }] }, ...rest });
  };
  assertThrows(
    () => create({ longpoll: true }),
    TypeError,
    'Cannot mount socket: "longpoll" at "/echo" needs the option "secret", the same on all nodes, since the PubSub has an adapter',
  );
  await create({ longpoll: false }).shutdown();
  await create({ longpoll: true, secret: SECRET }).shutdown();
  await new Endpoint({ sockets: { "/echo": [new EchoDriver(), { longpoll: true }] } }).shutdown();
  await pubsub.stop();
});
