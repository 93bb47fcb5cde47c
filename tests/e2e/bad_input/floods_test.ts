/**
 * More joins, pushes and leaves than the server has room for.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { letGo, SiegeSocket } from "../../fixtures/siege_app.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { assertServed, nextMessage, Siege } from "../../support/siege.ts";
import { onTransports } from "../../support/transports.ts";

const OK = { status: "ok", response: {} };
const TOO_MANY = { status: "error", response: { reason: "too many channels joined" } };
const FULL = { status: "error", response: { reason: "too many messages waiting" } };

class NarrowSocket extends SiegeSocket {
  override maxChannelsPerTransport = 3;
  override maxQueuedMessages = 5;
}

/** Sends without reading. */
async function send(client: RawClient, ...messages: unknown[][]): Promise<void> {
  for (const message of messages) await client.sendText(JSON.stringify(message));
}

onTransports("a flood of joins gets its channels, and an error for each one more", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  const joins = Array.from({ length: 300 }, (_, n) => [`${n}`, `${n}`, `room:${n}`, "phx_join", {}]);
  await send(client, ...joins);
  for (let n = 0; n < joins.length; n++) {
    assertEquals(await nextMessage(client), [`${n}`, `${n}`, `room:${n}`, "phx_reply", n < 100 ? OK : TOO_MANY]);
  }
  await assertServed(client);
});

onTransports("joins that never end count as channels", async (transport) => {
  await using siege = await Siege.begin(transport, NarrowSocket);
  const client = await siege.connect();
  const joins = Array.from({ length: 5 }, (_, n) => [`${n}`, `${n}`, `room:${n}`, "phx_join", { slow: true }]);
  await send(client, ...joins);
  assertEquals(await nextMessage(client), ["3", "3", "room:3", "phx_reply", TOO_MANY]);
  assertEquals(await nextMessage(client), ["4", "4", "room:4", "phx_reply", TOO_MANY]);
  await assertServed(client);
});

onTransports("a flood of joins and leaves of one topic is answered in order", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  for (let n = 0; n < 200; n++) {
    await send(client, [`${n}`, `${n}`, "room:a", "phx_join", {}], [`${n}`, `${n}l`, "room:a", "phx_leave", {}]);
    assertEquals(await nextMessage(client), [`${n}`, `${n}`, "room:a", "phx_reply", OK]);
    assertEquals(await nextMessage(client), [`${n}`, `${n}l`, "room:a", "phx_reply", OK]);
    assertEquals(await nextMessage(client), [`${n}`, `${n}`, "room:a", "phx_close", {}]);
  }
});

onTransports(
  "a flood of joins of one topic, each in place of the one before, leaves one channel",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.connect();
    await send(client, ...Array.from({ length: 200 }, (_, n) => [`${n}`, `${n}`, "room:a", "phx_join", {}]));
    await send(client, [null, "end", "phoenix", "heartbeat", {}]);
    const joined: unknown[] = [];
    for (let message; (message = await nextMessage(client) as unknown[])[1] !== "end";) {
      if (message[3] === "phx_reply") joined.push(message[1]);
    }
    assertEquals(joined, Array.from({ length: 200 }, (_, n) => `${n}`));
    assertEquals(siege.endpoint.pubsub.subscriberCount("room:a"), 1);
  },
);

onTransports("pushes to a channel that is busy for ever wait, and then get an error each", async (transport) => {
  await using siege = await Siege.begin(transport, NarrowSocket);
  const client = await siege.join("room:a");
  await send(client, ["1", "hang", "room:a", "hang", {}]);
  await send(client, ...Array.from({ length: 9 }, (_, n) => ["1", `${n}`, "room:a", "echo", {}]));
  for (let n = 5; n < 9; n++) assertEquals(await nextMessage(client), ["1", `${n}`, "room:a", "phx_reply", FULL]);
  await assertServed(client);
  letGo();
});

onTransports("leaves of a channel that is busy for ever wait no less than pushes do", async (transport) => {
  await using siege = await Siege.begin(transport, NarrowSocket);
  const client = await siege.join("room:a");
  await send(client, ["1", "hang", "room:a", "hang", {}]);
  await send(client, ...Array.from({ length: 9 }, (_, n) => ["1", `${n}`, "room:a", "phx_leave", {}]));
  for (let n = 6; n < 9; n++) assertEquals(await nextMessage(client), ["1", `${n}`, "room:a", "phx_reply", FULL]);
  await assertServed(client);
  letGo();
});

onTransports("one leave finds room in a mailbox full of pushes", async (transport) => {
  await using siege = await Siege.begin(transport, NarrowSocket);
  const client = await siege.join("room:a");
  await send(client, ["1", "hang", "room:a", "hang", {}]);
  await send(client, ...Array.from({ length: 5 }, (_, n) => ["1", `${n}`, "room:a", "ignore", {}]));
  await send(client, ["1", "leave", "room:a", "phx_leave", {}], ["1", "late", "room:a", "ignore", {}]);
  assertEquals(await nextMessage(client), ["1", "late", "room:a", "phx_reply", FULL]);
  letGo();
});

onTransports("frames for a join that never ends wait, and then get an error each", async (transport) => {
  await using siege = await Siege.begin(transport, NarrowSocket);
  const client = await siege.connect();
  await send(client, ["1", "1", "room:a", "phx_join", { slow: true }]);
  const events = ["echo", "phx_leave", "phx_join"];
  await send(client, ...Array.from({ length: 8 }, (_, n) => ["1", `${n}`, "room:a", events[n % 3], {}]));
  // Of the leaves, one more finds room.
  for (const n of [5, 6]) assertEquals(await nextMessage(client), ["1", `${n}`, "room:a", "phx_reply", FULL]);
  await assertServed(client);
});

onTransports("a flood of crashes is a flood of errors", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  for (let n = 0; n < 100; n++) {
    await send(client, ["1", `${n}`, "room:a", "phx_join", {}], ["1", "crash", "room:a", "crash", {}]);
    assertEquals(await nextMessage(client), ["1", `${n}`, "room:a", "phx_reply", OK]);
    assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]);
  }
  assertEquals(siege.crashes.reports.length, 100);
});

onTransports("a flood of heartbeats is answered", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  await send(client, ...Array.from({ length: 500 }, (_, n) => [null, n, "phoenix", "heartbeat", {}]));
  for (let n = 0; n < 500; n++) assertEquals(await nextMessage(client), [null, n, "phoenix", "phx_reply", OK]);
});

onTransports("hundreds of clients that come and go at once leave nothing", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const clients = await Promise.all(Array.from({ length: 200 }, () => siege.connect()));
  await Promise.all(clients.map((client) => client.sendText('["1","1","room:a","phx_join",{}]')));
  await Promise.all(clients.map((client) => nextMessage(client)));
  assertEquals(siege.endpoint.connectionCount, 201);
  for (const client of clients) client.drop();
  await siege.cleared();
});
