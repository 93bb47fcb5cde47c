import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { setImmediate } from "node:timers";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { deadline } from "@std/async/deadline";
import { FakeTime } from "@std/testing/time";
import {
  Endpoint,
  type LimitHitEvent,
  type Logger,
  type LongPollOptions,
  type LongPollRepeatedEvent,
  ok,
  type SocketDriver,
} from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { Collected, Failures } from "../../support/telemetry.ts";

/** Says back what it gets; `[bytes]` with bytes that are not UTF-8; closes at `[fail]`. */
const echo: SocketDriver = {
  connect: () =>
    ok({
      open: (connection) => ({
        handleIn: (frame) => {
          if (frame === "[fail]") return connection.close(1007);
          connection.send(frame === "[bytes]" ? new Uint8Array([255, 254]) : frame);
        },
        close() {},
      }),
    }),
};

const FAST: LongPollOptions = { windowMs: 20, resumeTimeoutMs: 0 };
/** Sessions that a busy machine does not end between two requests. */
const PATIENT: LongPollOptions = { windowMs: 20, resumeTimeoutMs: 60_000 };

function endpointWith(longpoll: LongPollOptions = FAST, secret?: string): Endpoint {
  return new Endpoint({
    sockets: { "/echo": [echo, { longpoll }] },
    host: "example.com",
    logLevel: false,
    ...(secret !== undefined && { secret }),
  });
}

interface Answer {
  readonly status: number;
  readonly token?: string;
  readonly messages?: readonly string[];
}

/** The newest token of each session, by its first. */
const newest = new Map<string, string>();

/** Sends a request, as phoenix.js does with the newest token of a session. */
async function send(endpoint: Endpoint, { token, ...init }: RequestInit & { token?: string | undefined } = {}) {
  const answer = await sendOnce(endpoint, { ...init, token: token && (newest.get(token) ?? token) });
  const { status, token: renewed } = answer.json ?? {};
  if (token !== undefined && renewed !== undefined && status !== 410) newest.set(token, renewed);
  return answer;
}

async function sendOnce(endpoint: Endpoint, { token, ...init }: RequestInit & { token?: string | undefined }) {
  const url = `http://example.com/echo/longpoll${token === undefined ? "" : `?token=${token}`}`;
  const response = await endpoint.fetch(new Request(url, init));
  const text = await response.text();
  return {
    http: response.status,
    headers: response.headers,
    json: text === "" ? undefined : JSON.parse(text) as Answer,
  };
}

async function open(endpoint: Endpoint): Promise<string> {
  const { json } = await send(endpoint);
  assertEquals(json?.status, 410);
  return json!.token!;
}

/** Waits until one more timer runs: that of a poll that waits. Its way there leads through WebCrypto's threads. */
async function pollWaits(timersBefore: number): Promise<void> {
  while (timers.size === timersBefore) await new Promise<void>((resolve) => setImmediate(resolve));
}

const post = (body: string) => ({ method: "POST", body, headers: { "content-type": "application/x-ndjson" } });

Deno.test("LongPollTransport carries sockets without channels", async () => {
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  assertEquals(endpoint.connectionCount, 1);
  assertEquals((await send(endpoint, { token, ...post("[1]\n[2]") })).json?.status, 200);
  const { json, headers } = await send(endpoint, { token });
  assertEquals(json, { status: 200, token: `${token}~2`, messages: ["[1]", "[2]"] });
  assertEquals(headers.get("cache-control"), "no-store");
});

Deno.test("LongPollTransport takes the token from a header too, before a parameter of the application", async () => {
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  const headers = { "x-phoenix-longpoll-token": token };
  assertEquals((await send(endpoint, { ...post("[1]"), headers })).json?.status, 200);
  assertEquals((await send(endpoint, { token: "the%20application's", ...post("[2]"), headers })).json?.status, 200);
  assertEquals((await send(endpoint, { token: "the%20application's", headers })).json?.messages, ["[1]", "[2]"]);
  assertEquals(endpoint.connectionCount, 1);
});

Deno.test("LongPollTransport finds its token behind an application's parameter of the same name, which connect gets", async () => {
  const seen: unknown[] = [];
  const noting: SocketDriver = {
    connect: (params, info) => (seen.push(params.token), echo.connect(params, info)),
  };
  await using endpoint = new Endpoint({ sockets: { "/echo": [noting, { longpoll: FAST }] }, host: "example.com" });
  const { json } = await sendOnce(endpoint, { token: "the%20application's" });
  const both = `the%20application's&token=${json!.token!}`;
  assertEquals((await send(endpoint, { token: both, ...post("[1]") })).json?.status, 200);
  assertEquals(endpoint.connectionCount, 1);
  await sendOnce(endpoint, { token: "the%20application's&token=stale" });
  assertEquals(seen, ["the application's", "the application's"]);
});

Deno.test("LongPollTransport opens nothing for a token that is not its own", async () => {
  await using endpoint = endpointWith();
  await using other = endpointWith();
  const foreign = await open(other);
  for (const token of ["x", "a.b", foreign]) {
    assertEquals((await send(endpoint, { token, ...post("[1]") })).json?.status, 410);
  }
  assertEquals(endpoint.connectionCount, 0);
});

Deno.test("LongPollTransport takes no token that is too old", async () => {
  await using endpoint = endpointWith({ ...FAST, tokenMaxAgeMs: 1 });
  const token = await open(endpoint);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals((await send(endpoint, { token, ...post("[1]") })).json?.status, 410);
});

Deno.test("LongPollTransport refuses pages of other origins in the words of the protocol", async () => {
  await using endpoint = endpointWith();
  const foreign = await send(endpoint, { headers: { origin: "https://evil.example" } });
  assertEquals([foreign.http, foreign.json], [200, { status: 403 }]);
  const own = await send(endpoint, { headers: { origin: "https://example.com" } });
  assertEquals(own.json?.status, 410);
});

Deno.test("LongPollTransport answers 413 and 400 to bodies that it does not take, and the session lives", async () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using endpoint = endpointWith({ ...FAST, maxFrameBytes: 10, maxPostBytes: 40 });
  const token = await open(endpoint);
  assertEquals((await send(endpoint, { token, ...post(`[${"x".repeat(10)}]`) })).http, 413);
  assertEquals((await send(endpoint, { token, ...post("[3456789]\n".repeat(5)) })).http, 413);
  assertEquals((await send(endpoint, { token, ...post("[1]\n{}\n[2]") })).http, 400);
  assertEquals((await send(endpoint, { token, ...post("[9]") })).json?.status, 200);
  assertEquals((await send(endpoint, { token })).json?.messages, ["[1]", "[9]"]);
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["maxFrameBytes", 10], ["maxPostBytes", 40]]);
});

Deno.test("LongPollTransport takes more than 100 messages in one request, and more than maxFrameBytes of them", async () => {
  await using endpoint = endpointWith({ ...FAST, maxFrameBytes: 10 });
  const token = await open(endpoint);
  const messages = Array.from({ length: 1000 }, (_, n) => `[${n}]`);
  assertEquals((await send(endpoint, { token, ...post(messages.join("\n")) })).json?.status, 200);
  assertEquals((await send(endpoint, { token })).json?.messages, messages);
});

Deno.test("LongPollTransport gives others their turn while it takes many messages", async () => {
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  const order: string[] = [];
  const taking = send(endpoint, { token, ...post("[1]\n".repeat(5000)) }).then(() => order.push("taken"));
  const { promise, resolve } = Promise.withResolvers<void>();
  const tick = () => order.push("turn") < 20 ? void setImmediate(tick) : resolve();
  tick();
  await Promise.all([promise, taking]);
  assertEquals(order.at(-1), "taken");
});

Deno.test("LongPollTransport handles millions of newlines in no time and no memory", async () => {
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  assertEquals((await send(endpoint, { token, ...post("\n".repeat(5_000_000)) })).json?.status, 200);
  assertEquals(endpoint.connectionCount, 1);
});

Deno.test("LongPollTransport answers 429 to one request of a session too many", async () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using endpoint = endpointWith({ windowMs: 60_000, maxRequests: 1 });
  const token = await open(endpoint);
  const [first, second] = [send(endpoint, { token }), send(endpoint, { token })];
  const { http, json } = await Promise.race([first, second]);
  assertEquals([http, json], [429, { status: 500 }]);
  const stalled = new TransformStream();
  const timersBefore = timers.size;
  const posting = send(endpoint, { token, ...post("x"), body: stalled.readable });
  await pollWaits(timersBefore); // its deadline
  assertEquals((await send(endpoint, { token, ...post("[1]") })).http, 429);
  await stalled.writable.close();
  await posting;
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["maxRequests", 1], ["maxRequests", 1]]);
});

Deno.test("LongPollTransport ends posts that are under way when their session ends", async () => {
  const endpoint = endpointWith({ windowMs: 60_000, resumeTimeoutMs: 60_000 });
  const token = await open(endpoint);
  const timersBefore = timers.size;
  const posting = send(endpoint, { token, ...post("x"), body: new TransformStream().readable });
  await pollWaits(timersBefore); // its deadline
  await endpoint.shutdown();
  assertEquals((await posting).json?.status, 410);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollTransport answers at once who waits for a session that is gone when the endpoint shuts down", async () => {
  const endpoint = endpointWith({ windowMs: 60_000, resumeTimeoutMs: 60_000 });
  const token = await open(endpoint);
  const malformed = send(endpoint, { token, ...post("[fail]") }); // waits as long as a window
  while (endpoint.connectionCount > 0) await new Promise<void>((resolve) => setImmediate(resolve));
  await endpoint.shutdown();
  assertEquals((await malformed).json?.status, 408);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollTransport gives the next poll what a response did not bring to its client, once", async () => {
  await using endpoint = endpointWith(PATIENT);
  const token = await open(endpoint);
  await send(endpoint, { token, ...post("[1]") });
  const url = `http://example.com/echo/longpoll?token=${token}`;
  const lost = await endpoint.fetch(new Request(url));
  await lost.body!.cancel();
  await send(endpoint, { token, ...post("[2]") });
  assertEquals((await send(endpoint, { token })).json?.messages, ["[1]", "[2]"]);
  const unread = await endpoint.fetch(new Request(url));
  assertEquals((await send(endpoint, { token })).json?.status, 204);
  await unread.body!.cancel();
});

Deno.test("LongPollTransport repeats a response to a client that polls with the token of an earlier one", async () => {
  using repeated = new Collected<LongPollRepeatedEvent>("urvogel:longpoll:repeated");
  await using endpoint = endpointWith(PATIENT);
  const first = await open(endpoint);
  const { json } = await sendOnce(endpoint, { token: first }); // nothing within the window
  assertEquals(json, { status: 204, token: `${first}~0`, messages: [] });
  const token = json?.token;
  for (const [n, text] of ["[1]\n[2]", "[3]"].entries()) {
    await sendOnce(endpoint, { token, ...post(text) });
    const answer = await sendOnce(endpoint, { token }); // the network loses it
    assertEquals(answer.json?.token, `${first}~${n + 2}`);
  }
  const next = await sendOnce(endpoint, { token });
  assertEquals(next.json, { status: 200, token: `${first}~3`, messages: ["[1]", "[2]", "[3]"] });
  await sendOnce(endpoint, { token, ...post("[4]") });
  assertEquals((await sendOnce(endpoint, { token: next.json?.token })).json?.messages, ["[4]"]);
  assertEquals(repeated.events.map(({ frames }) => frames), [2, 3]);
});

Deno.test("LongPollTransport repeats the first response too, if the client then uses a renewed token", async () => {
  await using endpoint = endpointWith(PATIENT);
  const first = await open(endpoint);
  await sendOnce(endpoint, { token: first, ...post("[1]") });
  await sendOnce(endpoint, { token: first }); // the network loses it
  const { json } = await sendOnce(endpoint, { token: first });
  assertEquals(json, { status: 204, token: `${first}~0`, messages: [] });
  assertEquals((await sendOnce(endpoint, { token: json?.token })).json?.messages, ["[1]"]);
});

Deno.test("LongPollTransport repeats nothing to a client that keeps its first token", async () => {
  using repeated = new Collected<LongPollRepeatedEvent>("urvogel:longpoll:repeated");
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  const came: (readonly string[] | undefined)[] = [];
  for (const text of ["[1]", "[2]", "[3]"]) {
    await sendOnce(endpoint, { token, ...post(text) });
    came.push((await sendOnce(endpoint, { token })).json?.messages);
  }
  came.push((await sendOnce(endpoint, { token })).json?.messages);
  assertEquals(came, [["[1]"], [], ["[2]", "[3]"], []]);
  assertEquals(repeated.events, []);
});

Deno.test("LongPollTransport ends a response before its end when its client polls again", async () => {
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  const text = `["${"x".repeat(100_000)}"]`;
  await send(endpoint, { token, ...post(text) });
  const half = await endpoint.fetch(new Request(`http://example.com/echo/longpoll?token=${token}`));
  const reader = half.body!.getReader();
  await reader.read();
  assertEquals((await send(endpoint, { token })).json?.messages, [text]);
  let rest = "";
  const decoder = new TextDecoder();
  for (let next = await reader.read(); !next.done; next = await reader.read()) rest += decoder.decode(next.value);
  assert(!rest.endsWith("}"));
});

Deno.test("LongPollTransport reports once that a client requests a session of another thread", async () => {
  const lines: string[] = [];
  const logger: Logger = ({ message }) => void lines.push(message);
  const make = (secret?: string) =>
    new Endpoint({
      sockets: { "/echo": [echo, { longpoll: FAST }] },
      host: "example.com",
      logger,
      ...(secret !== undefined && { secret }),
    });
  for (const secret of [undefined, "a secret that both threads have"]) {
    const [one, two] = [make(secret), make(secret)];
    const token = await open(one);
    for (let n = 0; n < 3; n++) await send(two, { token, ...post("[1]") });
    assertEquals(lines.length, 1);
    assertMatch(lines.pop()!, /^a long-poll client requests a session that another thread or program holds/);
    await one.shutdown();
    await send(two, { token: "not.one" });
    assertEquals(lines, []);
    await two.shutdown();
  }
});

Deno.test("LongPollTransport says nothing of a session that was here, or was before the program", async () => {
  const lines: string[] = [];
  const logger: Logger = ({ message }) => void lines.push(message);
  await using old = endpointWith();
  const token = await open(old);
  await new Promise((resolve) => setTimeout(resolve, 2));
  await using endpoint = new Endpoint({
    sockets: { "/echo": [echo, { longpoll: FAST }] },
    host: "example.com",
    logger,
  });
  await send(endpoint, { token });
  const own = await open(endpoint);
  await send(endpoint, { token: own, ...post("[fail]") });
  await send(endpoint, { token: own, ...post("[1]") });
  assertEquals(lines, []);
});

Deno.test("LongPollTransport tells of bytes that no poll can carry, and keeps what is around them", async () => {
  const events: unknown[] = [];
  const listener = (event: unknown) => void events.push(event);
  subscribe("urvogel:socket:undeliverable", listener);
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  await send(endpoint, { token, ...post("[1]\n[bytes]\n[2]") });
  const poll = await send(endpoint, { token });
  assertEquals([poll.http, poll.json], [406, { status: 500 }]);
  assertEquals((await send(endpoint, { token })).json?.messages, ["[1]", "[2]"]);
  assertEquals(events.length, 1);
  unsubscribe("urvogel:socket:undeliverable", listener);
});

Deno.test("LongPollTransport ends its sessions, and polls that wait, when the endpoint shuts down", async () => {
  const endpoint = endpointWith({ windowMs: 60_000, resumeTimeoutMs: 0 });
  const token = await open(endpoint);
  const poll = send(endpoint, { token });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await endpoint.shutdown();
  assertEquals((await poll).json, { status: 204, token: `${token}~0`, messages: [] });
  assertEquals((await send(endpoint)).http, 503);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollTransport answers each of several polls that wait in full when the endpoint shuts down", async () => {
  const endpoint = endpointWith({ windowMs: 60_000, resumeTimeoutMs: 0 });
  const token = await open(endpoint);
  const polls = [sendOnce(endpoint, { token }), sendOnce(endpoint, { token }), sendOnce(endpoint, { token })];
  await new Promise((resolve) => setTimeout(resolve, 5));
  await endpoint.shutdown();
  const nothing = { status: 204, token: `${token}~0`, messages: [] };
  assertEquals((await deadline(Promise.all(polls), 2000)).map(({ json }) => json), [nothing, nothing, nothing]);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollTransport goes on with sessions whose turn to drain has not come, and opens no more", async () => {
  using time = new FakeTime();
  const endpoint = new Endpoint({
    sockets: { "/echo": [echo, { longpoll: {} }] },
    host: "example.com",
    drainer: { batchSize: 1, batchIntervalMs: 1000 },
  });
  const [first, second] = [await open(endpoint), await open(endpoint)];
  const sweep = timers.size;
  const poll = send(endpoint, { token: first });
  await pollWaits(sweep);
  const down = endpoint.shutdown();
  assertEquals((await poll).json?.status, 204);
  assertEquals((await send(endpoint, { token: first, ...post("[1]") })).json?.status, 410);
  assertEquals((await send(endpoint, { token: second, ...post("[2]") })).json?.status, 200);
  assertEquals((await send(endpoint, { token: second })).json?.messages, ["[2]"]);
  for (const token of [first, undefined]) {
    const { http, headers } = await send(endpoint, { token });
    assertEquals([http, headers.get("retry-after"), headers.get("access-control-allow-origin")], [503, "1", "*"]);
  }
  const sweepAndPause = timers.size;
  const last = send(endpoint, { token: second });
  await pollWaits(sweepAndPause);
  time.tick(1000);
  assertEquals((await last).json?.status, 204);
  await down;
  assertEquals(timers.size, 0);
});

Deno.test("LongPollTransport opens no session for a connect that outlasts a shutdown", async () => {
  const arrived = Promise.withResolvers<void>();
  const door = Promise.withResolvers<void>();
  const slow: SocketDriver = {
    async connect(params, info) {
      arrived.resolve();
      await door.promise;
      return await echo.connect(params, info);
    },
  };
  const endpoint = new Endpoint({ sockets: { "/echo": [slow, { longpoll: FAST }] }, host: "example.com" });
  const opening = send(endpoint);
  await arrived.promise;
  await endpoint.shutdown();
  door.resolve();
  assertEquals((await opening).http, 503);
  assertEquals([endpoint.connectionCount, timers.size], [0, 0]);
});

Deno.test("LongPollTransport answers 500 when checkOrigin throws, as WebSockets do", async () => {
  using failures = new Failures();
  await using endpoint = endpointWith({
    ...FAST,
    checkOrigin: () => {
      throw new Error("asked to");
    },
  });
  const { http, json } = await send(endpoint, { headers: { origin: "https://example.com" } });
  assertEquals([http, json], [500, { errors: { detail: "Internal Server Error" } }]);
  assertEquals(failures.messages, ["asked to"]);
});

Deno.test("LongPollTransport survives a renderError that throws, and its endpoint shuts down", async () => {
  using _failures = new Failures();
  const fail = (why: string) => () => {
    throw new Error(why);
  };
  const endpoint = new Endpoint({
    sockets: { "/echo": [echo, { longpoll: { ...FAST, checkOrigin: fail("checkOrigin") } }] },
    renderError: fail("renderError"),
  });
  await assertRejects(() => send(endpoint, { ...post("[1]"), headers: { origin: "https://example.com" } }), Error);
  await endpoint.shutdown();
});

Deno.test("LongPollTransport resumes sessions by the endpoint's secret only", async () => {
  await using one = endpointWith(FAST, "a secret that both machines have");
  await using two = endpointWith(FAST, "a secret that both machines have");
  const token = await open(one);
  // Known by its token, but at home elsewhere: told that it is gone, and given a new one.
  assertEquals((await send(two, { token, ...post("[1]") })).json?.status, 410);
  assertEquals((await send(one, { token, ...post("[1]") })).json?.status, 200);
});

const limits: readonly (keyof LongPollOptions)[] = [
  "windowMs",
  "tokenMaxAgeMs",
  "maxFrameBytes",
  "maxPostBytes",
  "bodyTimeoutMs",
  "maxRequests",
  "maxPollBytes",
  "maxBufferedBytes",
  "slowReaderTimeoutMs",
  "connectTimeoutMs",
];
for (const name of limits) {
  Deno.test(`LongPollTransport() refuses a ${name} that makes no sense`, () => {
    for (const value of [0, -1, NaN]) {
      assertMatch(String(assertThrows(() => endpointWith({ [name]: value }))), new RegExp(`"${name}"`));
    }
  });
}
