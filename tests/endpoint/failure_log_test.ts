/**
 * What an endpoint logs when the code behind a connection fails.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type AcceptedSocket,
  Channel,
  type Connection,
  Endpoint,
  type EndpointOptions,
  type LogRecord,
  ok,
  type Serializer,
  serializerV2,
  Socket,
  type SocketMount,
} from "@urvogel/realtime";
import { settle } from "../support/fake_client.ts";
import { type FakeUpgrade, upgradedBy } from "../support/fake_upgrade.ts";
import { Collected } from "../support/telemetry.ts";

const INFO = { remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: 7 } };

function fail(): never {
  throw new RangeError("broken");
}

/** An endpoint with one socket, and what its logger has received. */
function recorded(mount: SocketMount, options: Partial<EndpointOptions> = {}) {
  const records: LogRecord[] = [];
  const sockets = { "/a": mount };
  const endpoint = new Endpoint({
    sockets,
    checkOrigin: false,
    logger: (record) => void records.push(record),
    ...options,
  });
  return {
    endpoint,
    /** Connects a client over a WebSocket. */
    async open(): Promise<FakeUpgrade["socket"]> {
      const app = { fetch: (request: Request) => endpoint.fetch(request, INFO) };
      const { socket } = await upgradedBy(app, "/a/websocket?vsn=9.0.0");
      socket.open();
      return socket;
    },
    /** The records, without their times. */
    get failures() {
      return records.map(({ level, message, fields: { error, ...fields } }) => [
        level,
        message,
        fields,
        (error as Error).message,
      ]);
    },
  };
}

const failure = (fields: object) => ["error", "a socket failed", { address: "192.0.2.1", ...fields }, "broken"];
const WEBSOCKET = { socketId: "user:ann", transport: "websocket" };

function driverOf(session: Partial<ReturnType<AcceptedSocket["open"]>> | (() => never)): SocketMount {
  const open = typeof session === "function" ? session : () => ({ handleIn() {}, close() {}, ...session });
  return [{ connect: () => ok({ id: "user:ann", open }) }, { longpoll: { windowMs: 20 } }];
}

const drivers: [what: string, mount: SocketMount][] = [
  ["open throws", driverOf(fail)],
  ["handleIn throws", driverOf({ handleIn: fail })],
  ["handleIn rejects", driverOf({ handleIn: () => Promise.reject(new RangeError("broken")) })],
  ["close throws", driverOf({ close: fail })],
];
Deno.test.each(drivers)("an endpoint logs whose WebSocket failed, and its address, when %s", async (_what, mount) => {
  const recording = recorded(mount);
  const socket = await recording.open();
  socket.receive("x");
  await settle();
  socket.end(1000, true);
  assertEquals(recording.failures, [failure(WEBSOCKET)]);
});

Deno.test("an endpoint logs whose long-poll session failed", async () => {
  const recording = recorded(driverOf(fail));
  const response = await recording.endpoint.fetch(new Request("http://localhost/a/longpoll"), INFO);
  await response.body?.cancel();
  assertEquals(recording.failures, [failure({ ...WEBSOCKET, transport: "longpoll" })]);
  await recording.endpoint.shutdown();
});

Deno.test("an endpoint logs whose connect failed", async () => {
  const recording = recorded({ connect: fail });
  await assertRejects(() => recording.open());
  assertEquals(recording.failures, [failure({ transport: "websocket" })]);
});

Deno.test("an endpoint logs a failure of its options with the address, while the request has one", async () => {
  const recording = recorded({ connect: () => fail() }, { addressOf: fail });
  await assertRejects(() => recording.open());
  const withOrigin = recorded(driverOf({}), { checkOrigin: fail });
  const request = () => new Request("http://localhost/a/longpoll", { headers: { origin: "https://example.com" } });
  await withOrigin.endpoint.fetch(request(), INFO);
  await withOrigin.endpoint.fetch(request(), {
    get remoteAddr() {
      return fail();
    },
  });
  assertEquals(recording.failures, [failure({ transport: "websocket" })]);
  assertEquals(withOrigin.failures, [failure({}), ["error", "a socket failed", {}, "broken"]]);
});

class Room extends Channel {
  override join() {
    return ok();
  }
}

/** A socket whose format has the parts of `broken`. */
function socketWith(broken: Partial<Serializer>) {
  return class extends Socket {
    override channels = { "room:*": Room };
    override serializers = [{ versions: "~> 9.0", serializer: { ...serializerV2, ...broken } }];
    override connect() {
      return ok();
    }
    override id() {
      return "user:ann";
    }
    override refresh(): never {
      return fail();
    }
  };
}

const HEARTBEAT = '[null,"1","phoenix","heartbeat",{}]';
const REFRESH = '[null,"1","phoenix","refresh",{}]';
const throwing = (thrown: unknown) => () => {
  throw thrown;
};
const sockets: [what: string, broken: Partial<Serializer>, frame: string, code: number | undefined][] = [
  ["refresh throws", {}, REFRESH, undefined],
  ["its format cannot write an answer", { encodeReply: fail }, HEARTBEAT, 1011],
  ["its format fails to read a frame", { decode: fail }, HEARTBEAT, 1011],
];
Deno.test.each(sockets)("an endpoint logs whose connection failed when %s", async (_what, broken, frame, code) => {
  const recording = recorded(socketWith(broken));
  const socket = await recording.open();
  socket.receive(frame);
  await settle();
  assertEquals(recording.failures, [failure(WEBSOCKET)]);
  assertStrictEquals((await socket.closings())[0]?.code, code);
  socket.end(1000, true);
});

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const oddities: [what: string, broken: Partial<Serializer>][] = [
  ["throws what throws when it is looked at", { decode: throwing(revoked) }],
  ["throws undefined", { decode: throwing(undefined) }],
  ["returns nothing", { decode: () => undefined as never }],
  ["returns null", { decode: () => null as never }],
];
Deno.test.each(oddities)(
  "a format that %s when it reads closes only its own connection, with 1011",
  async (_what, broken) => {
    const recording = recorded(socketWith(broken));
    const [socket, other] = [await recording.open(), await recording.open()];
    socket.receive(HEARTBEAT);
    await settle();
    assertEquals((await socket.closings())[0]?.code, 1011);
    assertEquals(recording.failures.length, 1);
    assertEquals(await other.closings(), []);
    for (const each of [socket, other]) each.end(1000, true);
  },
);

Deno.test("an endpoint leaves failures to those who listen, with the connection", async () => {
  using failures = new Collected<{ error: Error; connection: Connection | undefined }>("urvogel:socket:failed");
  const recording = recorded(driverOf({ handleIn: fail }));
  const socket = await recording.open();
  socket.receive("x");
  socket.end(1000, true);
  assertEquals(failures.events.map(({ error, connection }) => [error.message, connection?.transport]), [
    ["broken", "websocket"],
  ]);
  assertEquals(recording.failures, []);
});
