/**
 * Clients that are gone before they are there, that begin and go no further, and that do not answer a close.
 *
 * @module
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { ok, type Params, refuse, Socket } from "@urvogel/realtime";
import { SiegeChannel, SiegeSocket } from "../../fixtures/siege_app.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { writeHead } from "../../support/raw_http.ts";
import { assertServed, nextClose, Siege } from "../../support/siege.ts";
import { until } from "../../support/until.ts";
import { eachOnTransports, NATIVE, onTransports, TRANSPORTS } from "../../support/transports.ts";

/** Lets nobody in before the door opens. */
class DoorSocket extends Socket<Params> {
  static waiting: PromiseWithResolvers<void>[] = [];
  override channels = { "room:*": SiegeChannel };
  override async connect(params: Params) {
    const door = Promise.withResolvers<void>();
    DoorSocket.waiting.push(door);
    await door.promise;
    if (params.crash !== undefined) throw new Error("asked to");
    return params.refuse === undefined ? ok(params) : refuse();
  }
  override id() {
    return "door";
  }
  static open(): void {
    for (const door of DoorSocket.waiting.splice(0)) door.resolve();
  }
}

/** Sends a handshake, and does not wait for the answer. */
async function knock(port: number, query = ""): Promise<RawConnection> {
  const connection = await RawConnection.connect({ port });
  await writeHead(connection, `GET /socket/websocket?vsn=2.0.0${query}`, {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
  });
  return connection;
}

const hasty = TRANSPORTS.flatMap((transport) => ["", "&refuse", "&crash"].map((query) => ({ transport, query })));
for (const { transport, query } of hasty) {
  Deno.test({
    name: `a client that vanishes while connect${query} runs leaves nothing (${transport.name})`,
    // Deno never settles the upgrade of a client that is gone, and offers no way to see that it is (but for
    // `request.signal`, which prints a warning): one pending op for each of them stays with Deno.
    sanitizeOps: transport !== NATIVE || query !== "",
    async fn() {
      await using siege = await Siege.begin(transport, DoorSocket, { connectTimeoutMs: 200 });
      for (let n = 0; n < 6; n++) {
        using connection = await knock(siege.port, query);
        await until(() => DoorSocket.waiting.length === 1, "connect runs");
        connection.drop();
        await delay(n % 2 * 20); // the server has noticed, or has not
        DoorSocket.open();
        await siege.cleared();
      }
      const failures = siege.failures.splice(0).map(({ message }) => message);
      assertEquals(failures, query === "&crash" ? Array(6).fill("asked to") : []);
    },
  });
}

onTransports("a client that vanishes before the server knows it leaves nothing", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  for (let n = 0; n < 50; n++) (await knock(siege.port)).drop();
  await siege.cleared();
});

onTransports("a connect that takes too long is given up with status 500", async (transport) => {
  await using siege = await Siege.begin(transport, DoorSocket, { connectTimeoutMs: 30 });
  const client = await siege.connect();
  assertEquals(client.handshake.status, 500);
  assertEquals(
    siege.failures.splice(0).map(({ message }) => message),
    ['Cannot connect socket: "connect" took longer than 30 ms, which is "connectTimeoutMs"'],
  );
  DoorSocket.open(); // what it decides now is of no interest
});

const HALF_REQUESTS = [
  "",
  "G",
  "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\n",
  "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
] as const;

eachOnTransports(HALF_REQUESTS)(
  "half a handshake holds up nobody, and is no connection: %o",
  async (transport, text) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const halves: RawConnection[] = [];
    for (let n = 0; n < 20; n++) {
      const half = await RawConnection.connect({ port: siege.port });
      await half.write(new TextEncoder().encode(text));
      halves.push(half);
    }
    await assertServed(await siege.connect());
    assertEquals(siege.endpoint.connectionCount, 2);
    for (const half of halves) half.drop();
  },
);

onTransports("a client that ends its half of the connection after the handshake is gone", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  using tcp = await Deno.connect({ port: siege.port });
  await tcp.write(new TextEncoder().encode(
    "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  ));
  await until(() => siege.endpoint.connectionCount === 2, "it is connected");
  await tcp.closeWrite();
  await siege.cleared();
});

const REFUSED = {
  "no version of the protocol that exists": ["vsn=3.0.0", {}, 403],
  "a version that is a list": ["vsn[]=2.0.0", {}, 403],
  "a foreign origin": ["vsn=2.0.0", { origin: "https://evil.example" }, 403],
  "an origin that is none": ["vsn=2.0.0", { origin: "null" }, 403],
  "another version of WebSockets": ["vsn=2.0.0", { "Sec-WebSocket-Version": "8" }, 400],
  "no key": ["vsn=2.0.0", { "Sec-WebSocket-Key": "" }, 400],
} as const;

eachOnTransports(Object.entries(REFUSED))(
  "a handshake with %s is refused",
  async (transport, _name, [query, headers, status]) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    assertStrictEquals((await siege.connect(query, headers)).handshake.status, status);
  },
);

onTransports("a client that does not answer a close is forgotten after closeTimeoutMs", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendText("nonsense");
  assertEquals((await nextClose(client)).code, 1007);
  await siege.cleared(); // the client is still there, and has said nothing
});

onTransports("a client that goes on after a close is not listened to", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const other = await siege.join("room:a");
  await client.sendText("nonsense");
  assertEquals((await nextClose(client)).code, 1007);
  await client.sendText('["1","2","room:a","shout",{}]').catch(() => {}); // it may find the door shut
  await siege.connect().then(assertServed);
  assertEquals(await other.recv(30), undefined);
});

onTransports("clients that break off in the middle of a frame leave nothing", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  for (let n = 0; n < 20; n++) {
    const client = await siege.join("room:a");
    await client.sendBytes(Uint8Array.of(0x81, 0xfe, 0x7f, 0xff, 1, 2, 3, 4, 5));
    client.drop();
  }
  await siege.cleared();
});
