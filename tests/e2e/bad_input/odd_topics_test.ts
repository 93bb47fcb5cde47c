/**
 * Topics that are too long, or no texts.
 *
 * @module
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { assertServed, nextClose, nextMessage, Siege } from "../../support/siege.ts";
import { eachOnTransports, onTransports } from "../../support/transports.ts";

const OK = { status: "ok", response: {} };
const TOO_LONG = { status: "error", response: { reason: "topic too long" } };

function topicOf(bytes: number, character = "x"): string {
  const size = new TextEncoder().encode(character).length;
  return "room:" + character.repeat(Math.floor((bytes - 5) / size)) + "x".repeat((bytes - 5) % size);
}

class NarrowSocket extends SiegeSocket {
  override maxTopicBytes = 10;
}

onTransports("maxTopicBytes is 1,024 by default", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  for (const character of ["x", "é", "😀"]) {
    const [longest, tooLong] = [topicOf(1024, character), topicOf(1025, character)];
    await client.sendText(JSON.stringify(["1", "1", longest, "phx_join", {}]));
    assertEquals(await nextMessage(client), ["1", "1", longest, "phx_reply", OK]);
    await client.sendText(JSON.stringify(["2", "2", tooLong, "phx_join", {}]));
    assertEquals(await nextMessage(client), ["2", "2", tooLong, "phx_reply", TOO_LONG]);
  }
});

onTransports("maxTopicBytes may be another", async (transport) => {
  await using siege = await Siege.begin(transport, NarrowSocket);
  const client = await siege.connect();
  await client.sendText('["1","1","room:12345","phx_join",{}]');
  assertEquals(await nextMessage(client), ["1", "1", "room:12345", "phx_reply", OK]);
  await client.sendText('["2","2","room:123456","phx_join",{}]');
  assertEquals(await nextMessage(client), ["2", "2", "room:123456", "phx_reply", TOO_LONG]);
});

onTransports("a topic of a million bytes is turned away and not kept", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  const topic = topicOf(1_000_000);
  for (
    const [event, status, response] of [
      ["phx_join", "error", { reason: "topic too long" }],
      ["echo", "error", { reason: "unmatched topic" }],
      ["phx_leave", "ok", {}],
    ] as const
  ) {
    await client.sendText(JSON.stringify(["1", "1", topic, event, {}]));
    const [, ref, repeated, , payload] = await nextMessage(client) as unknown[];
    assertEquals([ref, payload], ["1", { status, response }]);
    assertStrictEquals(repeated, topic);
  }
  await assertServed(client);
});

const ODD = [5, null, true, ["room:a"], { topic: "room:a" }, "", "room", "nowhere:a", "\u0000", "__proto__"] as const;

eachOnTransports(ODD.map((topic) => [topic]))("a topic that leads nowhere is refused: %o", async (transport, topic) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  const unmatched = { status: "error", response: { reason: "unmatched topic" } };
  for (const event of ["phx_join", "echo", "heartbeat", ["phx_join"], null]) {
    await client.sendText(JSON.stringify(["1", "2", topic, event, {}]));
    assertEquals(await nextMessage(client), [null, "2", topic, "phx_reply", unmatched]);
  }
});

onTransports("a topic deeper than the stack closes with 1007", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  await client.sendText(`["1","1",${"[".repeat(50_000)}${"]".repeat(50_000)},"phx_join",{}]`);
  assertEquals(await nextClose(client), { code: 1007, reason: "malformed message" });
  await siege.cleared();
});
