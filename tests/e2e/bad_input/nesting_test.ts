/**
 * Frames that are nested deep: refused before they are parsed, wherever the depth is, in next to no time.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Channel, type LimitHitEvent, ok, reply, Socket } from "@urvogel/realtime";
import { SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
import { SiegeChannel, SiegeSocket } from "../../fixtures/siege_app.ts";
import { deepList, deepObject, deepV1, deepV2, PLACES, supabasePush } from "../../support/deep_frames.ts";
import { Collected } from "../../support/telemetry.ts";
import { assertServed, nextClose, nextMessage, nextText, Siege } from "../../support/siege.ts";
import { eachOnTransports, onTransports } from "../../support/transports.ts";

const MALFORMED = { code: 1007, reason: "malformed message" };
const OK = { status: "ok", response: {} };

const SHAPES = {
  "a list, a level too deep": deepList(100),
  "a list deeper than the stack": deepList(50_000),
  "a list with an index as a key": deepList(6_000, '{"0":0}'),
  "objects in objects": deepObject(50_000, "a"),
  "objects with an index as their keys": deepObject(50_000, "0"),
  "a list that is not closed": "[".repeat(50_000),
} as const;

eachOnTransports(Object.entries(SHAPES).flatMap(([what, json]) => PLACES.map((place) => [what, place, json] as const)))(
  "%s as the %s closes with 1007",
  async (transport, _what, place, json) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendText(deepV2(place, json));
    assertEquals(await nextClose(client), MALFORMED);
    const old = await siege.connect("vsn=1.0.0");
    await old.sendText(deepV1(place, json));
    assertEquals(await nextClose(old), MALFORMED);
    await siege.cleared();
  },
);

onTransports("Socket.maxNesting is 100 by default, the message itself included", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const other = await siege.join("room:a");
  for (const payload of [deepList(99), deepList(98, '{"0":0}'), deepObject(99, "0")]) {
    await client.sendText(deepV2("payload", payload));
    assertEquals(await nextText(client), `["1","2","room:a","phx_reply",{"status":"ok","response":${payload}}]`);
  }
  const shouted = `{"deep":${deepList(97, '{"0":0}')}}`;
  await client.sendText(deepV2("payload", shouted, { event: '"shout"' }));
  for (const member of [client, other]) {
    assertEquals(await nextText(member), `[null,null,"room:a","shout",${shouted}]`);
  }
});

class ShallowSocket extends SiegeSocket {
  override maxNesting = 3;
}

onTransports("Socket.maxNesting may be another, and tells telemetry when it is hit", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(transport, ShallowSocket);
  const client = await siege.join("room:a");
  await client.sendText(deepV2("payload", "[[1]]"));
  assertEquals(await nextMessage(client), ["1", "2", "room:a", "phx_reply", { status: "ok", response: [[1]] }]);
  await client.sendText(deepV2("payload", "[[[1]]]"));
  assertEquals(await nextClose(client), MALFORMED);
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["maxNesting", 3]]);
  assert(limits.events[0]?.connection);
});

onTransports("brackets in texts are no levels", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const text = '[{"\\'.repeat(1_000);
  await client.sendText(deepV2("payload", JSON.stringify({ text })));
  assertEquals(await nextMessage(client), ["1", "2", "room:a", "phx_reply", { status: "ok", response: { text } }]);
});

onTransports("a frame of 7.8 MB with 3.9 million levels stops nobody", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: 8_000_000 });
  for (const place of PLACES) {
    const client = await siege.connect();
    await client.sendText(deepV2(place, deepList(3_900_000)));
    assertEquals(await nextClose(client), MALFORMED);
  }
  await siege.cleared();
});

onTransports("deep nesting closes with 1007 while a join of its topic waits", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  await client.sendText('["1","1","room:a","phx_join",{"slow":true}]');
  await client.sendText('["1","2","room:a","echo",{}]');
  await client.sendText(deepV2("event", deepList(6_000, '{"0":0}')));
  assertEquals(await nextClose(client), MALFORMED);
  await siege.cleared();
});

onTransports("deep parameters of a join close with 1007, whatever its channel allows", async (transport) => {
  class LimitedChannel extends SiegeChannel {
    override maxPayloadBytes = { phx_join: 10, "*": 10 };
  }
  class LimitedSocket extends SiegeSocket {
    override channels = { "room:*": LimitedChannel };
  }
  await using siege = await Siege.begin(transport, LimitedSocket);
  const client = await siege.connect();
  await client.sendText(deepV2("payload", deepList(6_000, '{"0":0}'), { event: '"phx_join"' }));
  assertEquals(await nextClose(client), MALFORMED);
});

class CursorChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({ broadcast: (message) => reply(message) });
}

class SupabaseSocket extends Socket {
  override channels = { "room:*": CursorChannel };
  override serializers = SUPABASE_SERIALIZERS;
  override connect() {
    return ok({});
  }
}

onTransports("JSON in a frame of Supabase's client is checked like a text", async (transport) => {
  await using siege = await Siege.begin(transport, SupabaseSocket);
  const client = await siege.join("room:a");
  await client.sendBinary(supabasePush(deepList(100)));
  const response = { type: "broadcast", event: "cursor", payload: JSON.parse(deepList(100)) };
  assertEquals(await nextMessage(client), ["1", "2", "room:a", "phx_reply", { ...OK, response }]);
  await client.sendBinary(supabasePush(deepList(101)));
  assertEquals(await nextClose(client), MALFORMED);
});

onTransports("a post of a long poll that is nested too deep ends its session", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const url = `http://127.0.0.1:${siege.port}/poll/longpoll?vsn=2.0.0`;
  const { token } = await (await fetch(url)).json();
  const there = `${url}&token=${encodeURIComponent(token)}`;
  const headers = { "content-type": "application/x-ndjson" };
  await (await fetch(there, { method: "POST", headers, body: deepV2("event", deepList(6_000, '{"0":0}')) })).json();
  assertEquals((await (await fetch(there)).json()).status, 410);
  await siege.cleared();
});

onTransports(
  "an event that is no text costs the client its channel, and is reported without harm",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendText(deepV2("event", deepList(90, '{"0":0}')));
    assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]);
    assertMatch(siege.crashes.reports[0]?.during ?? "", /^handleIn \[\[\[/);
    await assertServed(client);
  },
);
