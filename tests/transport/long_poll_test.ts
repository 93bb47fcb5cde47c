import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { FakeTime } from "@std/testing/time";
import { Endpoint, type LongPollOptions, ok, type SocketDriver } from "@urvogel/realtime";
import { timers } from "../../lib/base/timer_wheel.ts";
import { Failures } from "../support/telemetry.ts";

/** Says back what it gets; `"bytes"` with bytes that are not UTF-8. */
const echo: SocketDriver = {
  connect: () =>
    ok({
      open: (connection) => ({
        handleIn: (frame) => connection.send(frame === "[bytes]" ? new Uint8Array([255, 254]) : frame),
        close() {},
      }),
    }),
};

const FAST: LongPollOptions = { windowMs: 20, resumeTimeoutMs: 0 };

function endpointWith(longpoll: LongPollOptions = FAST, secret?: string): Endpoint {
  return new Endpoint({
    sockets: { "/echo": [echo, { longpoll }] },
    host: "example.com",
    ...(secret !== undefined && { secret }),
  });
}

interface Answer {
  readonly status: number;
  readonly token?: string;
  readonly messages?: readonly string[];
}

async function send(endpoint: Endpoint, init: RequestInit & { token?: string | undefined } = {}) {
  const { token, ...rest } = init;
  const url = `http://example.com/echo/longpoll${token === undefined ? "" : `?token=${token}`}`;
  const response = await endpoint.fetch(new Request(url, rest));
  const text = await response.text();
  return {
    http: response.status,
    headers: response.headers,
    json: text === "" ? undefined : JSON.parse(text) as Answer,
  };
}

async function open(endpoint: Endpoint): Promise<string> {
  const { json } = await send(endpoint);
  assert.equal(json?.status, 410);
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
  assert.equal(endpoint.connectionCount, 1);
  assert.equal((await send(endpoint, { token, ...post("[1]\n[2]") })).json?.status, 200);
  const { json, headers } = await send(endpoint, { token });
  assert.deepEqual(json, { status: 200, token, messages: ["[1]", "[2]"] });
  assert.equal(headers.get("cache-control"), "no-store");
});

Deno.test("LongPollTransport takes the token from a header too", async () => {
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  const { json } = await send(endpoint, { ...post("[1]"), headers: { "x-phoenix-longpoll-token": token } });
  assert.equal(json?.status, 200);
});

Deno.test("LongPollTransport finds its token behind an application's parameter of the same name", async () => {
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  const { json } = await send(endpoint, { token: `the%20application's&token=${token}`, ...post("[1]") });
  assert.equal(json?.status, 200);
  assert.equal(endpoint.connectionCount, 1);
});

Deno.test("LongPollTransport opens nothing for a token that is not its own", async () => {
  await using endpoint = endpointWith();
  await using other = endpointWith();
  const foreign = await open(other);
  for (const token of ["x", "a.b", foreign]) {
    assert.equal((await send(endpoint, { token, ...post("[1]") })).json?.status, 410);
  }
  assert.equal(endpoint.connectionCount, 0);
});

Deno.test("LongPollTransport takes no token that is too old", async () => {
  await using endpoint = endpointWith({ ...FAST, tokenMaxAgeMs: 1 });
  const token = await open(endpoint);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await send(endpoint, { token, ...post("[1]") })).json?.status, 410);
});

Deno.test("LongPollTransport refuses pages of other origins in the words of the protocol", async () => {
  await using endpoint = endpointWith();
  const foreign = await send(endpoint, { headers: { origin: "https://evil.example" } });
  assert.deepEqual([foreign.http, foreign.json], [200, { status: 403 }]);
  const own = await send(endpoint, { headers: { origin: "https://example.com" } });
  assert.equal(own.json?.status, 410);
});

Deno.test("LongPollTransport answers 413 and 400 to bodies that it does not take, and the session lives", async () => {
  await using endpoint = endpointWith({ ...FAST, maxFrameBytes: 10, maxBatch: 2 });
  const token = await open(endpoint);
  assert.equal((await send(endpoint, { token, ...post(`[${"x".repeat(10)}]`) })).http, 413);
  assert.equal((await send(endpoint, { token, ...post("[1]\n[2]\n[3]") })).http, 413);
  assert.equal((await send(endpoint, { token, ...post("[1]\n{}") })).http, 400);
  assert.equal((await send(endpoint, { token, ...post("[9]") })).json?.status, 200);
  assert.deepEqual((await send(endpoint, { token })).json?.messages, ["[9]"]);
});

Deno.test("LongPollTransport tells of bytes that no poll can carry, and keeps what is around them", async () => {
  const events: unknown[] = [];
  const listener = (event: unknown) => void events.push(event);
  subscribe("urvogel:socket:undeliverable", listener);
  await using endpoint = endpointWith();
  const token = await open(endpoint);
  await send(endpoint, { token, ...post("[1]\n[bytes]\n[2]") });
  const poll = await send(endpoint, { token });
  assert.deepEqual([poll.http, poll.json], [406, { status: 500 }]);
  assert.deepEqual((await send(endpoint, { token })).json?.messages, ["[1]", "[2]"]);
  assert.equal(events.length, 1);
  unsubscribe("urvogel:socket:undeliverable", listener);
});

Deno.test("LongPollTransport ends its sessions, and polls that wait, when the endpoint shuts down", async () => {
  const endpoint = endpointWith({ windowMs: 60_000, resumeTimeoutMs: 0 });
  const token = await open(endpoint);
  const poll = send(endpoint, { token });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await endpoint.shutdown();
  assert.deepEqual((await poll).json, { status: 204, token, messages: [] });
  assert.equal((await send(endpoint)).http, 503);
  assert.equal(timers.size, 0);
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
  assert.equal((await poll).json?.status, 204);
  assert.equal((await send(endpoint, { token: first, ...post("[1]") })).json?.status, 410);
  assert.equal((await send(endpoint, { token: second, ...post("[2]") })).json?.status, 200);
  assert.deepEqual((await send(endpoint, { token: second })).json?.messages, ["[2]"]);
  for (const token of [first, undefined]) {
    const { http, headers } = await send(endpoint, { token });
    assert.deepEqual([http, headers.get("retry-after"), headers.get("access-control-allow-origin")], [503, "1", "*"]);
  }
  const sweepAndPause = timers.size;
  const last = send(endpoint, { token: second });
  await pollWaits(sweepAndPause);
  time.tick(1000);
  assert.equal((await last).json?.status, 204);
  await down;
  assert.equal(timers.size, 0);
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
  assert.equal((await opening).http, 503);
  assert.deepEqual([endpoint.connectionCount, timers.size], [0, 0]);
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
  assert.deepEqual([http, json], [500, { errors: { detail: "Internal Server Error" } }]);
  assert.deepEqual(failures.messages, ["asked to"]);
});

Deno.test("LongPollTransport resumes sessions by the endpoint's secret only", async () => {
  await using one = endpointWith(FAST, "a secret that both machines have");
  await using two = endpointWith(FAST, "a secret that both machines have");
  const token = await open(one);
  // Known by its token, but at home elsewhere: told that it is gone, and given a new one.
  assert.equal((await send(two, { token, ...post("[1]") })).json?.status, 410);
  assert.equal((await send(one, { token, ...post("[1]") })).json?.status, 200);
});

const limits: readonly (keyof LongPollOptions)[] = [
  "windowMs",
  "tokenMaxAgeMs",
  "maxFrameBytes",
  "maxBatch",
  "maxBufferedBytes",
  "connectTimeoutMs",
];
for (const name of limits) {
  Deno.test(`LongPollTransport() refuses a ${name} that makes no sense`, () => {
    for (const value of [0, -1, NaN]) assert.throws(() => endpointWith({ [name]: value }), new RegExp(`"${name}"`));
  });
}
