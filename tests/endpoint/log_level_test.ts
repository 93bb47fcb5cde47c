/**
 * What an endpoint logs of connections, joins, messages and crashes.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import {
  type ChannelHandledInEvent,
  type ConnectInfo,
  debug,
  Endpoint,
  type EndpointOptions,
  type LogRecord,
  refuse,
  Socket,
  type SocketClass,
  type SocketConnectedEvent,
} from "@urvogel/realtime";
import { connect, ConnectRefusedError } from "@urvogel/realtime/testing";
import { SpokenChannel, SpokenSocket } from "../support/spoken_app.ts";
import { Collected } from "../support/telemetry.ts";

class QuietChannel extends SpokenChannel {
  override logJoin = false as const;
  override logHandleIn = ({ event, result }: ChannelHandledInEvent) => {
    if (result === "failed") return "error";
    return event === "echo" ? false : "info";
  };
}

class QuietSocket extends SpokenSocket {
  override channels = { "room:*": QuietChannel };
  override log = "debug" as const;
}

type Options = Omit<EndpointOptions, "sockets">;

/** An endpoint, and what its logger has received. */
function recorded(socket: SocketClass, options: Options): { endpoint: Endpoint; records: LogRecord[] } {
  const records: LogRecord[] = [];
  const logger = (record: LogRecord) => void records.push(record);
  return { endpoint: new Endpoint({ sockets: { "/socket": socket }, logger, ...options }), records };
}

/** The records that a short conversation leaves, as text and without their durations. */
async function logged(socket: SocketClass, options: Options): Promise<string[]> {
  const { endpoint, records } = recorded(socket, options);
  await using client = await connect(endpoint, { name: "ann", userToken: "sesame" });
  const room = await client.join("room:open", { password: "sesame", text: "a\nb\u009b" });
  await assertRejects(() => client.join("room:closed"));
  room.push("echo", new Uint8Array(3));
  room.push("push", { apiSecret: "sesame" });
  room.push("fail", {});
  await room.assertPush("phx_error");
  return records.map(({ level, message, fields: { durationMs, error, ...fields } }) => {
    if (durationMs !== undefined) assert(durationMs >= 0 && durationMs < 60_000);
    const failure = error instanceof Error ? `: ${error.message}` : "";
    return `${level} ${message.replaceAll(/\d+(?= \()/g, "N")} ${JSON.stringify(fields)}${failure}`;
  });
}

const WHO = '"socketId":"user:ann","transport":"test"';
const WHERE = `${WHO},"topic":"room:open"`;
const CONNECTED = `info SpokenSocket connected a client {${WHO},"vsn":"2.0.0",` +
  '"params":{"vsn":"2.0.0","name":"ann","userToken":"[redacted]"}}';
const JOINED =
  `info SpokenChannel accepted a join {${WHERE},"params":{"password":"[redacted]","text":"a\\nb${"\u009b"}"}}`;
const REFUSED = `info SpokenChannel refused a join {${WHO},"topic":"room:closed",` +
  '"params":{},"reason":{"reason":"closed"}}';
const CRASHED =
  `error process N (SpokenChannel "room:open"), started by N (SpokenSocket user:ann) < N (Endpoint), failed in handleIn "fail" {${WHERE}}: Cannot handle: broken`;

Deno.test("an endpoint with the level debug logs connections, joins and messages, a record for each", async () => {
  const lines = await logged(SpokenSocket, { logLevel: "debug" });
  assertEquals(lines, [
    CONNECTED,
    JOINED,
    REFUSED,
    `debug SpokenChannel handled a message {${WHERE},"event":"echo","params":{"0":0,"1":0,"2":0}}`,
    `debug SpokenChannel handled a message {${WHERE},"event":"push","params":{"apiSecret":"[redacted]"}}`,
    `debug SpokenChannel failed to handle a message {${WHERE},"event":"fail","params":{}}`,
    CRASHED,
  ]);
});

Deno.test("an endpoint with the level info logs no messages", async () => {
  const lines = await logged(SpokenSocket, { logLevel: "info" });
  assertEquals(lines, [CONNECTED, JOINED, REFUSED, CRASHED]);
});

Deno.test("an endpoint logs only crashes of all that by default", async () => {
  assertEquals(await logged(SpokenSocket, {}), [CRASHED]);
});

Deno.test("an endpoint whose logLevel is false logs nothing", async () => {
  assertEquals(await logged(SpokenSocket, { logLevel: false }), []);
});

Deno.test("log, logJoin and logHandleIn say on what level, if at all", async () => {
  assertEquals(await logged(QuietSocket, { logLevel: "info" }), [
    `info QuietChannel handled a message {${WHERE},"event":"push","params":{"apiSecret":"[redacted]"}}`,
    `error QuietChannel failed to handle a message {${WHERE},"event":"fail","params":{}}`,
    CRASHED.replaceAll("Spoken", "Quiet"),
  ]);
});

Deno.test("an endpoint logs to the console unless told otherwise", async () => {
  using info = stub(console, "info");
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket }, logLevel: "info" });
  await using _client = await connect(endpoint);
  assertMatch(
    info.calls[0]?.args[0],
    /^\S+Z info \[urvogel\] SpokenSocket connected a client socketId="user:ann" transport="test" vsn=/,
  );
});

Deno.test("records about a connection carry its id and its client's address", async () => {
  const { endpoint, records } = recorded(SpokenSocket, { logLevel: "debug" });
  const peerData = { hostname: "192.0.2.1", port: 7 };
  await using client = await connect(endpoint, {}, { connectInfo: { peerData } });
  const room = await client.join("room:open");
  room.push("fail", {});
  await room.assertPush("phx_error");
  assertEquals(records.length, 4);
  for (const { fields: { socketId, address } } of records) {
    assertEquals([socketId, address], ["user:ann", "192.0.2.1"]);
  }
});

Deno.test("records, events and lists of connections have the address that addressOf returns", async () => {
  using connected = new Collected<SocketConnectedEvent>("urvogel:socket:connected");
  const addressOf = ({ xHeaders }: ConnectInfo) => xHeaders.get("x-real-ip");
  const records: LogRecord[] = [];
  const endpoint = new Endpoint({
    sockets: { "/socket": [SpokenSocket, { longpoll: true }] },
    logger: (record) => void records.push(record),
    logLevel: "info",
    addressOf,
  });
  const headers = { "x-real-ip": "198.51.100.7" };
  const proxy = { remoteAddr: { hostname: "192.0.2.1", port: 7 } };
  const response = await endpoint.fetch(new Request("http://localhost/socket/longpoll?vsn=2.0.0", { headers }), proxy);
  await response.body?.cancel();
  assertEquals(records.map(({ fields: { address } }) => address), ["198.51.100.7"]);
  assertEquals(connected.events.map(({ address, peer }) => [address, peer?.hostname]), [["198.51.100.7", "192.0.2.1"]]);
  assertEquals(debug.sockets(endpoint, { search: "198.51" }).items.map(({ address }) => address), ["198.51.100.7"]);
  await endpoint.shutdown();
});

class RefusingSocket extends Socket {
  override channels = {};
  override connect() {
    return refuse({ reason: "banned", token: "sesame" });
  }
}

Deno.test("the reason of a refused connection is logged, without secrets", async () => {
  const { endpoint, records } = recorded(RefusingSocket, { logLevel: "info" });
  await assertRejects(() => connect(endpoint), ConnectRefusedError);
  assertEquals(records.map(({ level, message, fields: { reason } }) => [level, message, reason]), [
    ["info", "RefusingSocket refused a client", { reason: "banned", token: "[redacted]" }],
  ]);
});

Deno.test("a client over maxConnectionsPerId is reported as refused, with its id", async () => {
  class SingleSocket extends SpokenSocket {
    override maxConnectionsPerId = 1;
  }
  using connected = new Collected<SocketConnectedEvent>("urvogel:socket:connected");
  const { endpoint, records } = recorded(SingleSocket, { logLevel: "info" });
  await using _first = await connect(endpoint);
  await assertRejects(() => connect(endpoint), ConnectRefusedError);
  const reason = "too many connections with this id";
  assertEquals(connected.events.map(({ result, reason, socketId }) => [result, reason, socketId]), [
    ["ok", undefined, "user:ann"],
    ["refused", reason, "user:ann"],
  ]);
  assertEquals(records.map(({ message, fields: { reason, socketId } }) => [message, reason, socketId]), [
    ["SingleSocket connected a client", undefined, "user:ann"],
    ["SingleSocket refused a client", reason, "user:ann"],
  ]);
});

/** What an endpoint logs when 105 channels crash, and one more a minute later. */
async function loggedOfCrashes(options: Options): Promise<{ crashes: number; others: string[] }> {
  using time = new FakeTime();
  const { endpoint, records } = recorded(SpokenSocket, options);
  await using client = await connect(endpoint);
  for (let n = 0; n <= 105; n++) {
    if (n === 105) time.tick(60_000);
    const room = await client.join(`room:${n}`);
    room.push("fail", {});
    await room.assertPush("phx_error");
  }
  const others = records.filter(({ fields: { error } }) => error === undefined);
  return {
    crashes: records.length - others.length,
    others: others.map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`),
  };
}

Deno.test("maxReportsPerMinute is 100 by default, and what is left out is counted", async () => {
  const others = (leftOut: number) => [
    "too many reports of one kind, more are left out: crash of SpokenChannel {}",
    `reports of one kind were left out: crash of SpokenChannel {"leftOut":${leftOut}}`,
  ];
  assertEquals(await loggedOfCrashes({}), { crashes: 101, others: others(5) });
  assertEquals(await loggedOfCrashes({ maxReportsPerMinute: 2 }), { crashes: 3, others: others(103) });
  assertEquals(await loggedOfCrashes({ maxReportsPerMinute: Infinity }), { crashes: 106, others: [] });
});
