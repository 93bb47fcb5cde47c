/**
 * Frames for a topic that the client has left, or whose channel is gone.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { assertServed, nextMessage, Siege } from "../../support/siege.ts";
import { onTransports } from "../../support/transports.ts";

const OK = { status: "ok", response: {} };
const UNMATCHED = { status: "error", response: { reason: "unmatched topic" } };

onTransports("frames after a leave are answered, and reach no channel", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendText('["1","2","room:a","phx_leave",{}]');
  assert.deepEqual(await nextMessage(client), ["1", "2", "room:a", "phx_reply", OK]);
  assert.deepEqual(await nextMessage(client), ["1", "1", "room:a", "phx_close", {}]);
  await client.sendText('["1","3","room:a","echo",{}]');
  assert.deepEqual(await nextMessage(client), [null, "3", "room:a", "phx_reply", UNMATCHED]);
  await client.sendText('["1","4","room:a","phx_leave",{}]');
  assert.deepEqual(await nextMessage(client), ["1", "4", "room:a", "phx_reply", OK]);
  await client.sendText('["1","5","room:a","phx_close",{}]');
  assert.deepEqual(await nextMessage(client), [null, "5", "room:a", "phx_reply", UNMATCHED]);
  assert.equal(siege.endpoint.pubsub.subscriberCount("room:a"), 0);
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
  assert.deepEqual(answers.slice(0, 2), ["phx_reply", "phx_close"]);
  assert.equal(siege.endpoint.pubsub.subscriberCount("room:a"), 1);
});

onTransports("frames of an earlier join are dropped after another one", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendText('["2","2","room:a","phx_join",{}]');
  assert.deepEqual(await nextMessage(client), ["2", "2", "room:a", "phx_reply", OK]);
  assert.deepEqual(await nextMessage(client), ["1", "1", "room:a", "phx_close", {}]);
  await client.sendText('["1","3","room:a","shout",{}]');
  await client.sendText('["1","4","room:a","phx_leave",{}]');
  await assertServed(client);
  assert.equal(siege.endpoint.pubsub.subscriberCount("room:a"), 1);
});

onTransports("events that only a server sends are events like others to a channel", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  for (const event of ["phx_reply", "phx_close", "phx_error"]) {
    await client.sendText('["1","1","room:a","phx_join",{}]');
    assert.deepEqual(await nextMessage(client), ["1", "1", "room:a", "phx_reply", OK]);
    await client.sendText(JSON.stringify(["1", "2", "room:a", event, {}]));
    assert.deepEqual(await nextMessage(client), ["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]);
  }
});
