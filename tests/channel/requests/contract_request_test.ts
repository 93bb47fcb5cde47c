import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  channelOf,
  type ChannelSocket,
  InvalidAnswerError,
  ok,
  onTelemetry,
  requestClient,
  Socket,
} from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import { connect, type ContractTestChannel } from "@urvogel/realtime/testing";
import * as z from "zod";

const room = contract({
  out: {
    confirm: { payload: z.object({ text: z.string().max(3) }), reply: z.object({ yes: z.stringbool() }) },
    ask: { payload: z.object({}) },
  },
});

/** A joined client, and the socket of its channel. */
async function joined(
  refusals = 100,
): Promise<
  { channel: ContractTestChannel<typeof room>; socket: ChannelSocket<object, typeof room> } & AsyncDisposable
> {
  const sockets: ChannelSocket<object, typeof room>[] = [];
  class Room extends channelOf(room) {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket<object, typeof room>) {
      sockets.push(socket);
    }
  }
  class RoomSocket extends Socket {
    override channels = { room: Room };
    override refusalRate = { perSecond: 1, burst: refusals };
    override connect() {
      return ok();
    }
  }
  const client = await connect(RoomSocket);
  const channel = await client.join(room, "room");
  return { channel, socket: sockets[0]!, [Symbol.asyncDispose]: () => client.close() };
}

Deno.test("ChannelSocket.request() resolves with what the contract makes of an answer", async () => {
  await using setup = await joined();
  const answer = setup.socket.request("confirm", { text: "?" });
  (await setup.channel.assertRequest("confirm", { text: "?" })).answer({ yes: "true" });
  assertEquals(await answer, { yes: true });
});

Deno.test("ChannelSocket.request() resolves with any answer when the contract declares none", async () => {
  await using setup = await joined();
  const answer = setup.socket.request("ask", {});
  (await setup.channel.assertRequest("ask")).answer([1]);
  assertEquals(await answer, [1]);
});

Deno.test("ChannelSocket.request() rejects an answer that does not fit the contract, and reports it", async () => {
  const events: unknown[] = [];
  using _ = onTelemetry("urvogel:channel:invalid", ({ event, reason, issues }) => {
    events.push([event, reason, issues.map(({ path }) => path)]);
  });
  await using setup = await joined();
  for (
    const request of [
      () => setup.socket.request("confirm", { text: "?" }),
      () => requestClient(setup.socket.self, "confirm", { text: "?" }),
    ]
  ) {
    const answer = assertRejects(request, InvalidAnswerError, "the answer does not fit the contract");
    (await setup.channel.assertRequest("confirm")).answer({ yes: 1 });
    const { event, issues } = await answer;
    assertEquals([event, issues[0]?.path], ["confirm", ["yes"]]);
  }
  assertEquals(events, Array(2).fill(["confirm", "invalid answer", [["yes"]]]));
});

Deno.test("ChannelSocket.request() counts an answer that does not fit as a refusal", async () => {
  await using setup = await joined(1);
  for (const isOpen of [true, false]) {
    const answer = assertRejects(() => setup.socket.request("confirm", { text: "?" }), InvalidAnswerError);
    (await setup.channel.assertRequest("confirm")).answer({});
    await answer;
    assertEquals(setup.socket.self.alive, isOpen);
  }
});

Deno.test("ChannelSocket.request() throws with validateOut when its payload does not fit", async () => {
  await using setup = await joined();
  assertThrows(() => void setup.socket.request("confirm", { text: "long" }), TypeError, 'Cannot request "confirm"');
});
