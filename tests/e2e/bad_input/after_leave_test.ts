/**
 * Frames for a topic that the client has left, or whose channel is gone.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { assertServed, nextMessage, Siege } from "../../support/siege.ts";
import { onTransports } from "../../support/transports.ts";

const OK = { status: "ok", response: {} };
const UNMATCHED = { status: "error", response: { reason: "unmatched topic" } };

onTransports("frames after a leave are answered, and reach no channel", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendText('["1","2","room:a","phx_leave",{}]');
  assertEquals(await nextMessage(client), ["1", "2", "room:a", "phx_reply", OK]);
  assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_close", {}]);
  await client.sendText('["1","3","room:a","echo",{}]');
  assertEquals(await nextMessage(client), [null, "3", "room:a", "phx_reply", UNMATCHED]);
  await client.sendText('["1","4","room:a","phx_leave",{}]');
  assertEquals(await nextMessage(client), ["1", "4", "room:a", "phx_reply", OK]);
  await client.sendText('["1","5","room:a","phx_close",{}]');
  assertEquals(await nextMessage(client), [null, "5", "room:a", "phx_reply", UNMATCHED]);
  assertEquals(siege.endpoint.pubsub.subscriberCount("room:a"), 0);
});

onTransports("frames right behind a leave end with their channel", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const other = await siege.join("room:a");
  for (const event of ["phx_leave", "shout", "shout", "phx_leave"]) {
    await client.sendText(JSON.stringify(["1", event, "room:a", event, {}]));
  }
  await assertServed(other);
  const answers: unknown[] = [];
  await client.sendText('[null,"end","phoenix","heartbeat",{}]');
  for (let message; (message = await nextMessage(client) as unknown[])[1] !== "end";) answers.push(message[3]);
  assertEquals(answers.slice(0, 2), ["phx_reply", "phx_close"]);
  assertEquals(siege.endpoint.pubsub.subscriberCount("room:a"), 1);
});

onTransports("frames of an earlier join are dropped after another one", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendText('["2","2","room:a","phx_join",{}]');
  assertEquals(await nextMessage(client), ["2", "2", "room:a", "phx_reply", OK]);
  assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_close", {}]);
  await client.sendText('["1","3","room:a","shout",{}]');
  await client.sendText('["1","4","room:a","phx_leave",{}]');
  await assertServed(client);
  assertEquals(siege.endpoint.pubsub.subscriberCount("room:a"), 1);
});

onTransports("events that only a server sends are events like others to a channel", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  for (const event of ["phx_reply", "phx_close", "phx_error"]) {
    await client.sendText('["1","1","room:a","phx_join",{}]');
    assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_reply", OK]);
    await client.sendText(JSON.stringify(["1", "2", "room:a", event, {}]));
    assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]);
  }
});
