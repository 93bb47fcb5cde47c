import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  channelOf,
  type ChannelSocket,
  Endpoint,
  noreply,
  ok,
  reply,
  replyError,
  Socket,
  type SocketRef,
} from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import { connect, JoinRefusedError, type TestChannel } from "@urvogel/realtime/testing";
import * as z from "zod";
import { Crashes } from "../../support/crashes.ts";

const text = z.object({ text: z.string().max(3) });
const room = contract({
  join: { params: z.object({ head: z.string() }), reply: z.object({ head: z.string().max(3) }) },
  in: { say: { payload: z.object({ text: z.string() }), reply: text }, later: { payload: z.object({}), reply: text } },
  out: { said: { payload: text } },
});
const LONG = { text: "long" };
const SHORT = { text: "abc" };

let sockets: ChannelSocket<object, typeof room>[] = [];
let refs: SocketRef[] = [];

class Room extends channelOf(room) {
  override join(_topic: string, { head }: { head: string }) {
    return ok({ head });
  }
  override afterJoin(socket: ChannelSocket<object, typeof room>) {
    sockets.push(socket);
  }
  override handleIn = this.handlers({
    say: ({ text }) => text === "error" ? replyError({ any: text }) : reply({ text }),
    later: (_payload, _socket, push) => {
      refs.push(push.socketRef());
      return noreply();
    },
  });
}
class RoomSocket extends Socket {
  override channels = { "room:*": Room };
  override connect() {
    return ok();
  }
}

/** A client of an endpoint that validates what the server says, or not. */
async function joined(validateOut?: boolean): Promise<{ channel: TestChannel } & AsyncDisposable> {
  sockets = [];
  refs = [];
  const sockets_ = { "/socket": RoomSocket };
  const endpoint = new Endpoint(validateOut === undefined ? { sockets: sockets_ } : { sockets: sockets_, validateOut });
  const client = await connect(endpoint);
  const channel = await client.join("room:1", { head: "1" });
  return {
    channel,
    async [Symbol.asyncDispose]() {
      await client.close();
      await endpoint.shutdown();
    },
  };
}

const senders: [name: string, send: (socket: ChannelSocket<object, typeof room>, payload: { text: string }) => void][] =
  [
    ["push", (socket, payload) => socket.push("said", payload)],
    ["broadcast", (socket, payload) => socket.broadcast("said", payload)],
    ["broadcastFrom", (socket, payload) => socket.broadcastFrom("said", payload)],
    ["localBroadcast", (socket, payload) => socket.localBroadcast("said", payload)],
    ["localBroadcastFrom", (socket, payload) => socket.localBroadcastFrom("said", payload)],
  ];

for (const [name, send] of senders) {
  Deno.test(`validateOut makes ${name} throw at the line that sends what does not fit`, async () => {
    await using _ = await joined(true);
    const [socket] = sockets as [ChannelSocket<object, typeof room>];
    send(socket, SHORT);
    const { stack } = assertThrows(
      () => send(socket, LONG),
      TypeError,
      '"said": it does not fit the contract: Too big',
    );
    assertMatch(stack!, /validate_out_test\.ts/);
  });

  Deno.test(`${name} sends what does not fit when validateOut is not set`, async () => {
    await using setup = await joined();
    const [socket] = sockets as [ChannelSocket<object, typeof room>];
    send(socket, LONG);
    if (!name.endsWith("From")) await setup.channel.assertPush("said", LONG);
  });
}

Deno.test("validateOut refuses an event that the contract does not have, but not those of the library", async () => {
  await using setup = await joined(true);
  const [socket] = sockets;
  assertThrows(
    () => socket?.push("sayd" as never, {} as never),
    TypeError,
    'push "sayd": the contract has no such event',
  );
  socket?.push("presence_state", {});
  await setup.channel.assertPush("presence_state");
});

Deno.test("validateOut ends a channel that returns a reply which does not fit", async () => {
  using crashes = new Crashes();
  await using setup = await joined(true);
  const { channel } = setup;
  await channel.assertReply(channel.push("say", SHORT), "ok", SHORT);
  await channel.assertReply(channel.push("say", { text: "error" }), "error", { any: "error" });
  channel.push("say", LONG);
  await channel.assertPush("phx_error");
  assertMatch(crashes.reports[0]!.error.message, /^Cannot reply to "say": it does not fit the contract: Too big/);
});

Deno.test("validateOut makes a later reply throw when it does not fit", async () => {
  await using setup = await joined(true);
  const { channel } = setup;
  const ref = channel.push("later");
  await channel.refuteReply(ref, "ok");
  assertThrows(() => refs[0]?.reply(LONG), TypeError, 'Cannot reply to "later": it does not fit');
  refs[0]?.reply(LONG, "error"); // errors are free
  await channel.assertReply(ref, "error", LONG);
  refs[0]?.reply(SHORT);
  await channel.assertReply(ref, "ok", SHORT);
});

Deno.test("validateOut crashes a join whose reply does not fit", async () => {
  using crashes = new Crashes();
  await using client = await connect(RoomSocket); // the test kit sets it
  const error = await client.join("room:1", { head: "long" }).catch((error: unknown) => error);
  assertEquals(error instanceof JoinRefusedError && error.response, { reason: "join crashed" });
  assertMatch(crashes.reports[0]!.error.message, /^Cannot reply to the join: it does not fit the contract/);
});
