import { assertEquals, AssertionError, assertRejects } from "@std/assert";
import { channelOf, type ChannelSocket, Endpoint, ok, reply, replyError, Socket } from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import { connect, JoinRefusedError } from "@urvogel/realtime/testing";
import * as z from "zod";

const at = z.object({ at: z.coerce.date<string>() });
const clock = contract({
  join: { params: z.object({ zone: z.string() }), reply: at },
  in: { now: { payload: z.object({ zone: z.string() }), reply: at } },
  out: { tick: { payload: at } },
});
const NOON = { at: "2026-01-01T12:00:00Z" };
const DATE = { at: new Date(NOON.at) };

class ClockChannel extends channelOf(clock) {
  override join(topic: string, { zone }: { zone: string }) {
    return ok(topic === "clock:broken" ? { at: zone } : NOON);
  }
  override afterJoin(socket: ChannelSocket<object, typeof clock>) {
    socket.broadcast("tick", NOON);
  }
  override handleIn = this.handlers({
    now: ({ zone }) => {
      if (zone === "error") return replyError({ reason: zone });
      return reply(zone === "broken" ? { at: zone } : NOON);
    },
  });
}
class ClockSocket extends Socket {
  override channels = { "clock:*": ClockChannel };
  override connect() {
    return ok();
  }
}

Deno.test("TestClient.join() returns what schemas make of replies, pushes and broadcasts when it has a contract", async () => {
  await using client = await connect(ClockSocket);
  const channel = await client.subscribeAndJoin(clock, "clock:1", { zone: "UTC" });
  assertEquals([channel.topic, channel.joinReply], ["clock:1", DATE]);
  assertEquals(await channel.assertReply(channel.push("now", { zone: "UTC" }), "ok", NOON), DATE);
  assertEquals(await channel.assertPush("tick", NOON), DATE);
  assertEquals(await channel.assertBroadcast("tick"), DATE);
  await channel.refutePush("tick");
  await channel.refuteBroadcast("tick");
  channel.broadcastFrom("tick", NOON);
  await channel.assertPush("tick");
  const ref = channel.push("now", { zone: "error" });
  await channel.refuteReply(ref, "ok");
  assertEquals(await channel.assertReply(ref, "error", { reason: "error" }), { reason: "error" });
  await channel.assertReply(channel.leave(), "ok");
});

class KeptChannel extends channelOf(clock) {
  override history = {};
  override join() {
    return ok(NOON);
  }
  override handleIn = this.handlers({ now: () => reply(NOON) });
}
class KeptSocket extends Socket {
  override channels = { "clock:*": KeptChannel };
  override connect() {
    return ok();
  }
}

Deno.test("ContractTestChannel.assertPush() types the events of the library", async () => {
  await using client = await connect(KeptSocket);
  const channel = await client.join(clock, "clock:1", { zone: "UTC" });
  // @ts-expect-error: misspelled
  await channel.refutePush("history_stat");
  // @ts-expect-error: misspelled
  await channel.refutePush("history_state", { recoverd: null });
  const { position, recovered } = await channel.assertPush("history_state", { recovered: null });
  assertEquals([typeof position, recovered], ["string", null]);
  await channel.refutePush("presence_diff", { joins: { ann: { metas: [{ status: "here" }] } } });
});

Deno.test("ContractTestChannel.untyped sends what does not fit", async () => {
  await using client = await connect(ClockSocket);
  const channel = await client.join(clock, "clock:1", { zone: "UTC" });
  await channel.assertReply(channel.untyped.push("now", { zone: 1 }), "error", { reason: "invalid payload" });
});

Deno.test("ContractTestChannel fails when the server says what does not fit", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": ClockSocket } }); // without validateOut
  await using client = await connect(endpoint);
  const channel = await client.join(clock, "clock:1", { zone: "UTC" });
  await channel.assertPush("tick");
  const ref = channel.push("now", { zone: "broken" });
  await assertRejects(() => channel.assertReply(ref, "ok"), AssertionError, 'Expected a reply to "now" that fits');
  channel.untyped.broadcastFrom("tick", { at: "never" });
  await assertRejects(
    () => channel.assertPush("tick"),
    AssertionError,
    'Expected a push "tick" that fits the contract',
  );
  await assertRejects(
    () => client.join(clock, "clock:broken", { zone: "never" }),
    AssertionError,
    "Expected a reply to the join that fits the contract",
  );
  await endpoint.shutdown();
});

Deno.test("TestClient.join() with a contract rejects when the server refuses", async () => {
  await using client = await connect(ClockSocket);
  await assertRejects(() => client.join(clock, "clock:1", {} as never), JoinRefusedError, "invalid payload");
});
