/**
 * Limits that are checked before a connection is one.
 *
 * @module
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import type { ConnectInfo, LimitHitEvent } from "@urvogel/realtime";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { Collected } from "../../support/telemetry.ts";
import { nextClose, Siege } from "../../support/siege.ts";
import { until } from "../../support/until.ts";
import { eachOnTransports, onTransports } from "../../support/transports.ts";

/** The steady client has the address of all others: it has a seat too. */
const THREE = { maxConnectionsPerAddress: 3 };
const BY_HEADER = {
  maxConnectionsPerAddress: 1,
  addressOf: ({ xHeaders }: ConnectInfo) => xHeaders.get("x-real-ip"),
};

function hits(heard: Collected<LimitHitEvent>): unknown[] {
  return heard.events.map(({ limit, max, found, address }) => ({ limit, max, found, address }));
}

onTransports("maxConnectionsPerAddress is Infinity by default", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  for (let n = 0; n < 150; n++) assertEquals((await siege.connect()).handshake.status, 101);
});

onTransports("maxConnectionsPerAddress refuses more with 429, until one of them goes", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(transport, SiegeSocket, {}, THREE);
  const first = await siege.connect();
  assertEquals((await siege.connect()).handshake.status, 101);
  const { handshake } = await siege.connect();
  assertEquals([handshake.status, handshake.headers.get("retry-after")], [429, "1"]);
  assertEquals(hits(limits), [{ limit: "maxConnectionsPerAddress", max: 3, found: 4, address: "127.0.0.1" }]);
  first.drop();
  await until(() => siege.endpoint.connectionCount === 2, "the first is gone");
  assertEquals((await siege.connect()).handshake.status, 101);
});

const ENDS = {
  "connect refused": ["vsn=9.0.0", {}, 403],
  "came from a foreign page": ["vsn=2.0.0", { origin: "https://evil.example" }, 403],
} as const;

eachOnTransports(Object.entries(ENDS))(
  "a client that %s takes no seat",
  async (transport, _name, [query, headers, status]) => {
    await using siege = await Siege.begin(transport, SiegeSocket, {}, THREE);
    for (let n = 0; n < 5; n++) assertStrictEquals((await siege.connect(query, headers)).handshake.status, status);
    assertEquals((await siege.connect()).handshake.status, 101);
  },
);

onTransports(
  "a client that does not answer a close keeps its seat for as long as its TCP connection lasts",
  async (transport) => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    await using siege = await Siege.begin(transport, SiegeSocket, {}, THREE);
    const silent = [await siege.join("room:a"), await siege.join("room:a")];
    for (const client of silent) {
      await client.sendText("nonsense");
      assertEquals((await nextClose(client)).code, 1007);
    }
    await until(
      () => limits.events.filter(({ limit }) => limit === "closeTimeoutMs").length === 2,
      "both are forgotten",
    );
    assertEquals(siege.endpoint.connectionCount, 1);
    if (!transport.endsTcp) assertEquals((await siege.connect()).handshake.status, 429);
    silent[0]!.drop();
    if (transport.endsTcp) { while ((await siege.connect()).handshake.status !== 101); }
    while ((await siege.connect()).handshake.status !== 101);
    assertEquals((await siege.connect()).handshake.status, 429);
  },
);

onTransports("addressOf tells clients behind a proxy apart", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, {}, BY_HEADER);
  const [ann, bob] = [{ "X-Real-IP": "192.0.2.1" }, { "X-Real-IP": "192.0.2.2" }];
  assertEquals((await siege.connect(undefined, ann)).handshake.status, 101);
  assertEquals((await siege.connect(undefined, ann)).handshake.status, 429);
  assertEquals((await siege.connect(undefined, bob)).handshake.status, 101);
  assertEquals((await siege.connect()).handshake.status, 101); // no address: not counted
  assertEquals((await siege.connect()).handshake.status, 101);
});

onTransports("maxConnectionsPerAddress counts long polls and WebSockets together", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, {}, THREE);
  const url = `http://127.0.0.1:${siege.port}/poll/longpoll?vsn=2.0.0`;
  for (let n = 0; n < 2; n++) assertEquals((await (await fetch(url)).json()).status, 410);
  const full = await fetch(url);
  assertEquals(full.status, 429);
  assertEquals((await full.json()).status, 500);
  assertEquals((await siege.connect()).handshake.status, 429);
});

onTransports("checkOrigin tells of pages that it refuses", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(transport, SiegeSocket);
  assertEquals((await siege.connect(undefined, { origin: "https://evil.example" })).handshake.status, 403);
  assertEquals(hits(limits), [{ limit: "checkOrigin", max: undefined, found: undefined, address: "127.0.0.1" }]);
});

onTransports("connectTimeoutMs tells of a connect that takes too long", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  class SlowSocket extends SiegeSocket {
    override connect(): never {
      return new Promise(() => {}) as never;
    }
  }
  await using siege = await Siege.begin(transport, SlowSocket, { connectTimeoutMs: 20 });
  assertEquals((await siege.connect()).handshake.status, 500);
  assertEquals(hits(limits), [{ limit: "connectTimeoutMs", max: 20, found: undefined, address: "127.0.0.1" }]);
  siege.failures.length = 0;
});
