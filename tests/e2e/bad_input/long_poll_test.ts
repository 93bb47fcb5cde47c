/**
 * Clients that poll, and go, stall, or ask for too much.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { Endpoint, type LimitHitEvent, type LongPollOptions, type LongPollRepeatedEvent } from "@urvogel/realtime";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";
import { onTransports, type ServedApp, type TransportUnderTest } from "../../support/transports.ts";

interface Answer {
  readonly status: number;
  readonly token?: string;
  readonly messages?: readonly string[];
}

/** A server for clients that poll. */
class PollServer implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #server: ServedApp;

  private constructor(endpoint: Endpoint, server: ServedApp) {
    this.endpoint = endpoint;
    this.#server = server;
  }

  static async start(transport: TransportUnderTest, longpoll: LongPollOptions = {}): Promise<PollServer> {
    const sockets = { "/poll": [SiegeSocket, { websocket: false, longpoll }] } as const;
    const endpoint = new Endpoint({ sockets });
    return new PollServer(endpoint, await transport.serve(endpoint));
  }

  get port(): number {
    return this.#server.port;
  }

  /** A session with room:a joined. */
  async join(): Promise<Session> {
    const url = `http://127.0.0.1:${this.port}/poll/longpoll?vsn=2.0.0`;
    const { token } = await (await fetch(url)).json() as Answer;
    const session = new Session(this.port, token!);
    await session.post('["1","1","room:a","phx_join",{}]');
    assertEquals((await session.poll()).messages?.length, 1);
    return session;
  }

  say(n: number): void {
    this.endpoint.broadcast("room:a", "said", { n });
  }

  /** Ends in order: does not return before all requests are answered. */
  async shutdown(): Promise<void> {
    await this.#server.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

class Session {
  #token: string;

  constructor(readonly port: number, token: string) {
    this.#token = token;
  }

  get path(): string {
    return `/poll/longpoll?vsn=2.0.0&token=${this.#token}`;
  }

  /** Polls. The next request has the token of the answer. */
  async poll(signal?: AbortSignal): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${this.path}`, signal ? { signal } : {});
    const answer: Answer = await response.json();
    this.#token = answer.token ?? this.#token;
    return answer;
  }

  async post(body: string): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${this.path}`, { method: "POST", body });
    return await response.json();
  }

  /** Sends the head of a request and part of its body. */
  async begin(method: string, headers = "", body = ""): Promise<RawConnection> {
    const connection = await RawConnection.connect({ port: this.port });
    const text = `${method} ${this.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n${body}`;
    await connection.write(new TextEncoder().encode(text));
    return connection;
  }
}

/** The `n` of the broadcasts that an answer carries. */
function saidIn({ messages = [] }: Answer): unknown[] {
  return messages.map((text) => JSON.parse(text)[4].n);
}

const waits = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const departures: readonly [how: string, depart: (session: Session) => Promise<void>][] = [
  ["gives up its request", async (session) => {
    const patience = new AbortController();
    const poll = session.poll(patience.signal).catch(() => {});
    await waits(10);
    patience.abort();
    await poll;
  }],
  ["closes its connection", async (session) => {
    await using connection = await session.begin("GET");
    await waits(10);
    connection.drop();
  }],
];
for (const [how, depart] of departures) {
  onTransports(`what is sent to a poll whose client ${how} comes with the next one, once`, async (transport) => {
    await using server = await PollServer.start(transport);
    const sessions = await Promise.all(Array.from({ length: 10 }, () => server.join()));
    for (let n = 0; n < 10; n += 2) {
      await Promise.all(sessions.map(depart));
      await waits(100); // a busy machine closes connections late
      server.say(n); // given to the polls that are dead
      await waits(n); // at once, or when that is known
      server.say(n + 1);
      for (const session of sessions) {
        const said = saidIn(await session.poll());
        if (said.length === 1) said.push(...saidIn(await session.poll()));
        assertEquals(said, [n, n + 1]);
      }
    }
  });
}

onTransports(
  "a response that the network loses comes again, as often as it is lost, and once to the client",
  async (transport) => {
    using repeated = new Collected<LongPollRepeatedEvent>("urvogel:longpoll:repeated");
    await using server = await PollServer.start(transport);
    const session = await server.join();
    for (let n = 0; n < 3; n++) {
      server.say(n);
      await using connection = await session.begin("GET"); // a proxy, which gets all of it, and passes nothing on
      const isOver = () => new TextDecoder().decode(connection.buffered).endsWith("\r\n0\r\n\r\n");
      while (!isOver()) assertEquals(await connection.receive(5000), "more");
    }
    assertEquals(saidIn(await session.poll()), [0, 1, 2]);
    server.say(3);
    assertEquals(saidIn(await session.poll()), [3]);
    assertEquals(repeated.events.map(({ frames }) => frames), [1, 2, 3]);
  },
);

onTransports("a join whose post is repeated is one join", async (transport) => {
  await using server = await PollServer.start(transport);
  const session = await server.join();
  const repliesTo = async (...posts: string[]) => {
    for (const post of posts) assertEquals((await session.post(post)).status, 200);
    const { messages = [] } = await session.poll();
    return messages.map((text) => JSON.parse(text)).map(([joinRef, ref, , event]) => [joinRef, ref, event]);
  };
  const [join, heartbeat] = ['["1","1","room:a","phx_join",{}]', '[null,"2","phoenix","heartbeat",{}]'];
  assertEquals(await repliesTo(join, heartbeat), [[null, "2", "phx_reply"]]);
  server.say(1);
  assertEquals(saidIn(await session.poll()), [1]);
  const again = await repliesTo('["3","3","room:a","phx_join",{}]');
  if (again.length === 1) again.push(...await repliesTo());
  assertEquals(again, [["3", "3", "phx_reply"], ["1", "1", "phx_close"]]);
});

onTransports("what a client does not read of a large response comes with the next one", async (transport) => {
  await using server = await PollServer.start(transport);
  const session = await server.join();
  await session.post('["1","2","room:a","pour",{"count":1,"size":20000000}]');
  {
    await using connection = await session.begin("GET");
    await connection.receive(1000);
  }
  const { messages } = await session.poll();
  assertEquals(messages?.map((text) => text.length > 20_000_000), [true]);
});

onTransports("a client that polls gets a burst of any size, and what comes behind it", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using server = await PollServer.start(transport);
  const session = await server.join();
  const waiting = session.poll();
  await session.post('["1","2","room:a","pourToAll",{"count":30,"size":1000000}]');
  const said = saidIn(await waiting);
  while (said.length < 31) said.push(...saidIn(await session.poll()));
  assertEquals(said, [...Array.from({ length: 30 }, (_, n) => n), undefined]); // the last is the reply
  assertEquals(limits.events, []);
});

onTransports("a client that does not poll loses its session when too much waits for it", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using server = await PollServer.start(transport, { maxBufferedBytes: 1_000_000 });
  const session = await server.join();
  await session.post('["1","2","room:a","pourToAll",{"count":30,"size":100000}]');
  await until(() => server.endpoint.connectionCount === 0, "the session is over");
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["maxBufferedBytes", 1_000_000]]);
});

onTransports("posts that stall hold no more than a session may post, and end with it", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using server = await PollServer.start(transport, { maxPostBytes: 1_000_000, maxRequests: 4 });
  const session = await server.join();
  const part = "x".repeat(400_000);
  const posts: RawConnection[] = [];
  for (let n = 0; n < 8; n++) posts.push(await session.begin("POST", "Content-Length: 900000\r\n", part));
  await until(() => limits.events.length >= 2, "posts are refused");
  for (const connection of posts) void connection.receive(5000);
  const stayed = () => posts.filter(({ buffered }) => buffered.length === 0).length;
  await until(() => stayed() === 2, () => `2 of them wait on, not ${stayed()}`);
  await server.shutdown(); // although their clients are still there
  await until(() => stayed() === 0, "the others are answered");
  assertEquals(new Set(limits.events.map(({ limit }) => limit)), new Set(["maxPostBytes"]));
  for (const connection of posts) await connection[Symbol.asyncDispose]();
});

onTransports(
  "a post that stalls is answered with 408 in its time, and does not keep the server from ending",
  async (transport) => {
    await using server = await PollServer.start(transport, { bodyTimeoutMs: 50 });
    const session = await server.join();
    await using stalled = await session.begin("POST", "Content-Length: 900\r\n", "abc");
    await stalled.receive(5000);
    assertMatch(new TextDecoder().decode(stalled.buffered), /^HTTP\/1.1 408 /);
    await using unwanted = await new Session(server.port, "none").begin(
      "POST",
      "Content-Length: 900\r\n",
      "abc",
    );
    await unwanted.receive(5000);
    assertMatch(new TextDecoder().decode(unwanted.buffered), /"status":410/);
    await server.shutdown();
  },
);

onTransports("a thousand polls of one session are answered but for the last few", async (transport) => {
  await using server = await PollServer.start(transport);
  const session = await server.join();
  const polls: RawConnection[] = [];
  for (let n = 0; n < 1000; n++) polls.push(await session.begin("GET"));
  for (const connection of polls) void connection.receive(20_000);
  const waiting = () => polls.filter(({ buffered }) => buffered.length === 0).length;
  await until(() => waiting() === 16, () => `16 of them wait, not ${waiting()}`);
  for (const connection of polls) await connection[Symbol.asyncDispose]();
});
