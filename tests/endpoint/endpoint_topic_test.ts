import { assertEquals, assertThrows } from "@std/assert";
import {
  channelOf,
  type ContractTopic,
  Endpoint,
  type LogRecord,
  noreply,
  ok,
  Socket,
  spawn,
  topicOf,
} from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import { connect } from "@urvogel/realtime/testing";
import * as v from "valibot";
import * as z from "zod";
import { nextTurn } from "../../lib/base/pause.ts";

const room = contract({
  out: {
    said: { payload: z.object({ text: z.string().max(3) }) },
    later: { payload: v.pipeAsync(v.object({}), v.checkAsync(() => Promise.resolve(false), "No")) },
  },
});
class Room extends channelOf(room) {
  override join() {
    return ok();
  }
}
class RoomSocket extends Socket {
  override channels = { "room:*": Room };
  override connect() {
    return ok();
  }
}
const SHORT = { text: "abc" };
const LONG = { text: "long" };

type Send = (topic: ContractTopic<typeof room>, payload: { text: string }) => void;
const nobody = spawn(async (mailbox) => {
  for await (const _ of mailbox) noreply();
});
const senders: [name: string, send: Send][] = [
  ["broadcast", (topic, payload) => topic.broadcast("said", payload)],
  ["broadcastFrom", (topic, payload) => topic.broadcastFrom(nobody, "said", payload)],
  ["localBroadcast", (topic, payload) => topic.localBroadcast("said", payload)],
  ["localBroadcastFrom", (topic, payload) => topic.localBroadcastFrom(nobody, "said", payload)],
];

for (const [name, send] of senders) {
  Deno.test(`Endpoint.topic().${name}() reaches the members of the topic`, async () => {
    const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket } });
    await using client = await connect(endpoint);
    const channel = await client.join(room, "room:1");
    const topic = endpoint.topic(room, "room:1");
    assertEquals(topic.topic, "room:1");
    send(topic, SHORT);
    await channel.assertPush("said", SHORT);
    send(topic, LONG); // nothing checks it
    await channel.untyped.assertPush("said", LONG);
    await endpoint.shutdown();
  });

  Deno.test(`topicOf().${name}() reaches the members of the topic`, async () => {
    const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket } });
    await using client = await connect(endpoint);
    const channel = await client.join(room, "room:1");
    const topic = topicOf(endpoint.pubsub, room, "room:1");
    assertEquals(topic.topic, "room:1");
    send(topic, SHORT);
    await channel.assertPush("said", SHORT);
    await endpoint.shutdown();
  });

  Deno.test(`Endpoint.topic().${name}() throws with validateOut when a payload does not fit`, () => {
    const topic = new Endpoint({ sockets: {}, validateOut: true }).topic(room, "room:1");
    send(topic, SHORT);
    assertThrows(() => send(topic, LONG), TypeError, 'Cannot broadcast "said": it does not fit the contract');
  });
}

Deno.test("Endpoint.topic() logs what an asynchronous schema finds later", async () => {
  const records: LogRecord[] = [];
  const endpoint = new Endpoint({ sockets: {}, validateOut: true, logger: (record) => void records.push(record) });
  endpoint.topic(room, "room:1").broadcast("later", {});
  await nextTurn();
  assertEquals(records.map(({ level, message }) => [level, message]), [[
    "error",
    'a broadcast of "later" failed its check',
  ]]);
});
