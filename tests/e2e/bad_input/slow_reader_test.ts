/**
 * Clients that read slowly, or not at all.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type {
  Connection,
  ConnectionClosedEvent,
  DroppedEvent,
  LimitHitEvent,
  SlowReaderPolicy,
  WebSocketOptions,
} from "@urvogel/realtime";
import { SiegeChannel, SiegeSocket } from "../../fixtures/siege_app.ts";
import { Collected } from "../../support/telemetry.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { assertServed, nextMessage, Siege } from "../../support/siege.ts";
import { until } from "../../support/until.ts";
import { onTransports } from "../../support/transports.ts";

/** More than the kernel takes off our hands on loopback. */
const A_LOT = { count: 200, size: 100_000 };
const PATIENT: WebSocketOptions = { closeTimeoutMs: 5000 };

async function pour(client: RawClient, event: string, payload: object): Promise<void> {
  await client.sendText(JSON.stringify(["1", "pour", "room:a", event, payload]));
}

/** Reads until the reply to `pour`, and answers the numbers that came before it. */
async function readAll(client: RawClient): Promise<unknown[]> {
  const numbers: unknown[] = [];
  while (true) {
    const [, ref, , event, payload] = await nextMessage(client) as [0, unknown, 0, unknown, { n: unknown }];
    if (event === "phx_reply") return assertEquals(ref, "pour"), numbers;
    numbers.push(payload.n);
  }
}

onTransports(
  "maxBufferedBytes is 16,000,000 by default: a client that reads nothing is closed with 4408",
  async (transport) => {
    using limits = new Collected<LimitHitEvent<Connection>>("urvogel:limit:hit");
    using closed = new Collected<ConnectionClosedEvent>("urvogel:socket:closed");
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await pour(client, "pour", { count: 120, size: 100_000 }); // 12 MB
    await assertServedBeside(siege);
    assertEquals(limits.events.length, 0);
    await pour(client, "pour", { count: 120, size: 100_000 });
    await siege.cleared();
    const [hit] = limits.events;
    assertEquals(hit?.limit, "maxBufferedBytes");
    assertEquals(hit?.max, 16_000_000);
    assert(hit!.found! > 16_000_000);
    const { code, reason } = closed.events.at(-1)!;
    assertEquals({ code, reason }, { code: 4408, reason: { shutdown: "slow_reader" } });
  },
);

onTransports("maxBufferedBytes may be another, and what waited is thrown away", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { ...PATIENT, maxBufferedBytes: 2_000_000 });
  using limits = new Collected<LimitHitEvent<Connection>>("urvogel:limit:hit");
  const client = await siege.join("room:a");
  await pour(client, "pour", A_LOT);
  await until(() => limits.events.length > 0, "the limit is hit");
  assert(hitConnection(limits).bufferedBytes <= 2_100_000, `${hitConnection(limits).bufferedBytes} bytes wait`);
  let bytes = 0;
  let last = await client.recv();
  for (; last?.kind === "text"; last = await client.recv()) bytes += last.text.length;
  assertEquals(last, { kind: "close", code: 4408, reason: "reads too slowly" });
  assert(bytes < 15_000_000, `${bytes} bytes came`);
});

onTransports(
  "a client that reads gets all of it, in order, however much the server says at once",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket, { maxBufferedBytes: 2_000_000 });
    const client = await siege.join("room:a");
    await pour(client, "pourToAll", A_LOT);
    assertEquals(await readAll(client), Array.from({ length: A_LOT.count }, (_, n) => n));
    await assertServed(client);
  },
);

onTransports(
  "a client at the end of a slow line gets all of it, far more than the default of maxBufferedBytes",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    using limits = new Collected<LimitHitEvent<Connection>>("urvogel:limit:hit");
    const client = await siege.join("room:a");
    const burst = { count: 40, size: 1_000_000 };
    await pour(client, "pourToAll", burst);
    for (let n = 0; n < burst.count; n++) {
      await new Promise((resolve) => setTimeout(resolve, 30)); // a round trip longer than the first look
      const [, , , event, payload] = await nextMessage(client) as [0, 0, 0, string, { n: number }];
      assertEquals([event, payload.n], ["poured", n]);
    }
    assertEquals(await readAll(client), []);
    assertEquals(limits.events, []);
  },
);

onTransports(
  "a frame larger than maxBufferedBytes, and what comes behind it, reach a client that reads",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    using limits = new Collected<LimitHitEvent<Connection>>("urvogel:limit:hit");
    const client = await siege.join("room:a");
    await pour(client, "pourToAll", { count: 1, size: 18_000_000 });
    await assertServedBeside(siege);
    assertEquals(await readAll(client), [0]);
    assertEquals(limits.events, []);
  },
);

onTransports(
  "slowReaderTimeoutMs may be another: a client that reads a little now and then is closed",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket, {
      maxBufferedBytes: 2_000_000,
      slowReaderTimeoutMs: 1_000,
    });
    using limits = new Collected<LimitHitEvent<Connection>>("urvogel:limit:hit");
    const client = await siege.join("room:a");
    await pour(client, "pourToAll", { count: 600, size: 100_000 });
    for (let n = 0; n < 400 && limits.events.length === 0; n++) {
      await client.recv(5); // 100 kB, 50 times a second: too little for what waits by far
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals(limits.events[0]?.limit, "maxBufferedBytes");
  },
);

onTransports("one frame may be larger than maxBufferedBytes", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { maxBufferedBytes: 1000 });
  const client = await siege.join("room:a");
  await pour(client, "pourToAll", { count: 1, size: 3_000_000 });
  assertEquals(await readAll(client), [0]);
});

function socketWith(slowReader: SlowReaderPolicy): typeof SiegeSocket {
  class DroppingChannel extends SiegeChannel {
    override slowReader = slowReader;
  }
  return class extends SiegeSocket {
    override channels = { "room:*": DroppingChannel };
  };
}

/** Lets a client fall behind, and answers which broadcasts it got when it reads again. */
async function fallBehind(siege: Siege): Promise<{ numbers: unknown[]; drops: readonly DroppedEvent[] }> {
  using dropped = new Collected<DroppedEvent>("urvogel:socket:dropped");
  const client = await siege.join("room:a");
  await pour(client, "pourToAll", A_LOT);
  await assertServedBeside(siege);
  return { numbers: await readAll(client), drops: dropped.events };
}

onTransports("dropOldest leaves a slow client the newest broadcasts, and all replies", async (transport) => {
  await using siege = await Siege.begin(
    transport,
    socketWith({ policy: "dropOldest", maxWaitingBytes: 1_000_000 }),
    PATIENT,
  );
  const { numbers, drops } = await fallBehind(siege);
  assertEquals(numbers.at(-1), A_LOT.count - 1);
  assert(numbers.length < A_LOT.count);
  assertEquals(numbers.toSorted((a, b) => Number(a) - Number(b)), numbers);
  assertEquals(drops.reduce((sum, { frames }) => sum + frames, 0), A_LOT.count - numbers.length);
  assertEquals([drops[0]?.topic, drops[0]?.policy, drops[0]?.frames], ["room:a", "dropOldest", 1]);
});

onTransports("dropNewest leaves a slow client the oldest broadcasts, and all replies", async (transport) => {
  await using siege = await Siege.begin(
    transport,
    socketWith({ policy: "dropNewest", maxWaitingBytes: 1_000_000 }),
    PATIENT,
  );
  const { numbers, drops } = await fallBehind(siege);
  assertEquals(numbers, Array.from({ length: numbers.length }, (_, n) => n));
  assert(numbers.length < A_LOT.count);
  assertEquals(drops.length, A_LOT.count - numbers.length);
  assertEquals(drops[0]?.policy, "dropNewest");
});

onTransports("dropping costs one slow client its broadcasts, and nobody else", async (transport) => {
  await using siege = await Siege.begin(
    transport,
    socketWith({ policy: "dropNewest", maxWaitingBytes: 1000 }),
    PATIENT,
  );
  const slow = await siege.join("room:a");
  const quick = await siege.join("room:a");
  for (let n = 0; n < 30; n++) {
    await pour(quick, "pourToAll", { count: 1, size: 500_000 });
    assertEquals(await readAll(quick), [0]);
  }
  assert((await readSome(slow)) < 30);
});

onTransports("frames that wait for a slow client leave before its connection is closed in order", async (transport) => {
  await using siege = await Siege.begin(
    transport,
    class extends SiegeSocket {
      override id() {
        return "slow";
      }
    },
    PATIENT,
  );
  const client = await siege.join("room:a");
  await pour(client, "pourToAll", { count: 100, size: 100_000 });
  await assertServedBeside(siege);
  for (let n = 0; n < 70; n++) await nextMessage(client);
  siege.endpoint.disconnect("slow");
  assertEquals(await readSome(client), 30);
});

/** Counts the broadcasts that come until nothing does. */
async function readSome(client: RawClient): Promise<number> {
  let count = 0;
  for (let incoming = await client.recv(200); incoming?.kind === "text"; incoming = await client.recv(200)) {
    if (incoming.text.includes('"poured"')) count++;
  }
  return count;
}

async function assertServedBeside(siege: Siege): Promise<void> {
  using client = await siege.connect();
  await assertServed(client);
}

function hitConnection(limits: Collected<LimitHitEvent<Connection>>) {
  return limits.events[0]!.connection!;
}
