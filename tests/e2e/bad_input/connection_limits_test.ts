/**
 * How many connections there may be: in total, and with one id.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { type LimitHitEvent, ok, type Params, refuse, Socket } from "@urvogel/realtime";
import { connect, ConnectRefusedError } from "@urvogel/realtime/testing";
import { SiegeChannel, SiegeSocket } from "../../fixtures/siege_app.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { nextClose, Siege } from "../../support/siege.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";
import { onTransports } from "../../support/transports.ts";

/** The steady client has a seat too. */
const THREE = { maxConnections: 3 };

const hits = (heard: Collected<LimitHitEvent>) =>
  heard.events.map(({ limit, max, found, id }) => [limit, max, found, id]);

async function statusOf(client: Promise<RawClient>): Promise<number | undefined> {
  return (await client).handshake.status;
}

/** Decides about a client when the test says so. */
class DoorSocket extends Socket<{ params: Params }> {
  static readonly doors: PromiseWithResolvers<boolean>[] = [];
  override channels = { "room:*": SiegeChannel };
  override async connect(params: Params) {
    if (params.wait === undefined) return ok({ params });
    const door = Promise.withResolvers<boolean>();
    DoorSocket.doors.push(door);
    return await door.promise ? ok({ params }) : refuse();
  }
  override id({ params }: { params: Params }) {
    return typeof params.user === "string" ? `user:${params.user}` : null;
  }
}

async function arrivedAt(doors: number): Promise<PromiseWithResolvers<boolean>[]> {
  await until(() => DoorSocket.doors.length === doors, `${doors} clients wait`);
  return DoorSocket.doors.splice(0);
}

onTransports("maxConnections refuses more with 503 and says why, until one of them goes", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(transport, SiegeSocket, {}, THREE);
  const first = await siege.connect();
  assertEquals(await statusOf(siege.connect()), 101);
  const { handshake } = await siege.connect();
  assertEquals([handshake.status, handshake.headers.get("retry-after")], [503, "1"]);
  assertEquals(handshake.body, "too many connections");
  const poll = await fetch(`http://127.0.0.1:${siege.port}/poll/longpoll?vsn=2.0.0`);
  assertEquals([poll.status, await poll.json()], [503, { status: 500, error: "too many connections" }]);
  assertEquals(hits(limits), Array(2).fill(["maxConnections", 3, 4, undefined]));
  first.drop();
  await until(() => siege.endpoint.connectionCount === 2, "the first is gone");
  assertEquals(await statusOf(siege.connect()), 101);
});

onTransports(
  "maxConnections counts those that are still being decided, and not those that are refused",
  async (transport) => {
    await using siege = await Siege.begin(transport, DoorSocket, {}, THREE);
    const deciding = [1, 2].map(() => siege.connect("vsn=2.0.0&wait=1"));
    const [first, second] = await arrivedAt(2);
    assertEquals(await statusOf(siege.connect()), 503);
    first!.resolve(false);
    second!.resolve(false);
    assertEquals(await Promise.all(deciding.map(statusOf)), [403, 403]);
    for (let n = 0; n < 2; n++) assertEquals(await statusOf(siege.connect()), 101);
    assertEquals(await statusOf(siege.connect()), 503);
  },
);

onTransports("maxConnections gives a seat back when connect throws, or takes too long", async (transport) => {
  class FailingSocket extends Socket {
    override channels = { "room:*": SiegeChannel };
    override connect({ fail }: Params): ReturnType<Socket["connect"]> {
      if (fail === "throw") throw new Error("asked to");
      return fail === "hang" ? new Promise(() => {}) : ok();
    }
  }
  await using siege = await Siege.begin(transport, FailingSocket, { connectTimeoutMs: 20 }, THREE);
  for (const fail of ["throw", "hang", "throw", "hang"]) {
    assertEquals(await statusOf(siege.connect(`vsn=2.0.0&fail=${fail}`)), 500);
  }
  for (let n = 0; n < 2; n++) assertEquals(await statusOf(siege.connect()), 101);
  siege.failures.length = 0;
});

class TwoSocket extends DoorSocket {
  override maxConnectionsPerId = 2;
}

onTransports(
  "Socket.maxConnectionsPerId refuses more of one id with 429 and says why, until one of them goes",
  async (transport) => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    await using siege = await Siege.begin(transport, TwoSocket);
    const ann = "vsn=2.0.0&user=ann";
    const first = await siege.connect(ann);
    assertEquals(await statusOf(siege.connect(ann)), 101);
    const { handshake } = await siege.connect(ann);
    assertEquals([handshake.status, handshake.headers.get("retry-after")], [429, "1"]);
    assertEquals(handshake.body, "too many connections with this id");
    assertEquals(await statusOf(siege.connect("vsn=2.0.0&user=bob")), 101);
    for (let n = 0; n < 3; n++) assertEquals(await statusOf(siege.connect()), 101); // no id: not counted
    assertEquals(hits(limits), [["maxConnectionsPerId", 2, 3, "user:ann"]]);
    await first.sendText("nonsense");
    assertEquals((await nextClose(first)).code, 1007);
    await until(() => siege.endpoint.connectionCount === 6, "the first is gone");
    assertEquals(await statusOf(siege.connect(ann)), 101);
    assertEquals(await statusOf(siege.connect(ann)), 429);
  },
);

onTransports(
  "Socket.maxConnectionsPerId holds for clients that are decided about at the same time",
  async (transport) => {
    await using siege = await Siege.begin(transport, TwoSocket);
    const deciding = [1, 2, 3, 4].map(() => siege.connect("vsn=2.0.0&user=ann&wait=1"));
    for (const door of await arrivedAt(4)) door.resolve(true);
    const statuses = await Promise.all(deciding.map(statusOf));
    assertEquals(statuses.toSorted(), [101, 101, 429, 429]);
  },
);

onTransports("maxConnectionsPerId that is reached gives the other seats of its client back", async (transport) => {
  await using siege = await Siege.begin(transport, TwoSocket, {}, { maxConnections: 4, maxConnectionsPerAddress: 4 });
  const ann = "vsn=2.0.0&user=ann";
  for (let n = 0; n < 2; n++) assertEquals(await statusOf(siege.connect(ann)), 101);
  for (let n = 0; n < 3; n++) assertEquals(await statusOf(siege.connect(ann)), 429);
  assertEquals(await statusOf(siege.connect("vsn=2.0.0&user=bob")), 101);
  assertEquals(await statusOf(siege.connect("vsn=2.0.0&user=bob")), 503);
});

onTransports("connections without a request count, and are refused, as all others", async (transport) => {
  await using siege = await Siege.begin(transport, TwoSocket, {}, { maxConnections: 4 });
  const enter = (user: string) => connect(siege.endpoint, { user }, { path: "/socket" });
  const refuses = async (user: string, reason: string) =>
    assertEquals((await assertRejects(() => enter(user), ConnectRefusedError)).reason, reason);
  const first = await enter("ann");
  await using _second = await enter("ann");
  await refuses("ann", "too many connections with this id");
  await using _third = await enter("bob");
  await refuses("bob", "too many connections");
  await first[Symbol.asyncDispose]();
  assertEquals(await statusOf(siege.connect("vsn=2.0.0&user=ann")), 101);
});
