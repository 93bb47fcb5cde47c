import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Channel,
  type ChannelSocket,
  type ClientRequestedEvent,
  type CrashReport,
  type ExitReason,
  type JoiningSocket,
  type LimitHitEvent,
  noreply,
  ok,
  type Pid,
  reply,
  replyError,
  requestClient,
  RequestExitError,
  type RequestOptions,
  RequestRefusedError,
  RequestTimeoutError,
  Socket,
  spawn,
  stop,
  TooManyRequestsError,
  UnencodableError,
} from "@urvogel/realtime";
import { connect, settle, type TestClient } from "@urvogel/realtime/testing";
import { SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
import { Collected } from "../../support/telemetry.ts";

/** What the tests look at. */
const world = { sockets: [] as ChannelSocket[], ended: [] as ExitReason[], handled: [] as unknown[] };

class RoomChannel extends Channel {
  override maxPendingRequests = 2;
  override maxPayloadBytes = { phx_answer: 500 };
  override join(_topic: string, _params: unknown, _socket: JoiningSocket) {
    return ok();
  }
  override afterJoin(socket: ChannelSocket) {
    world.sockets.push(socket);
  }
  override handleIn = this.handlers({
    ask: async (_payload, socket) => reply({ answer: await socket.request("confirm", { text: "sure?" }) as string }),
    ask_safely: async (_payload, socket) => {
      const error: Error = await socket.request("confirm", {}).then(() => new Error("none"), (error) => error);
      return replyError({ reason: error.name });
    },
    note: (payload) => {
      world.handled.push(payload);
      return noreply();
    },
    end: () => stop("normal"),
  });
  override terminate(reason: ExitReason) {
    world.ended.push(reason);
  }
}

class RoomSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok({});
  }
}

/** A client in a room, and the server's end of it. */
async function setUp(target = RoomSocket) {
  world.sockets.length = world.ended.length = world.handled.length = 0;
  const client: TestClient = await connect(target);
  const room = await client.join("room:1");
  await settle();
  return {
    client,
    room,
    socket: world.sockets[0]!,
    request: (options?: RequestOptions) => world.sockets[0]!.request("confirm", { text: "sure?" }, options),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

Deno.test("ChannelSocket.request() resolves with the client's answer, and confirms it", async () => {
  await using test = await setUp();
  const asked = test.request();
  const request = await test.room.assertRequest("confirm", { text: "sure?" });
  await test.room.assertReply(request.answer({ yes: true }), "ok");
  assertEquals(await asked, { yes: true });
});

Deno.test("ChannelSocket.request() may be awaited by a handler, behind which messages wait", async () => {
  await using test = await setUp();
  const asked = test.room.push("ask");
  test.room.push("note", 1);
  const request = await test.room.assertRequest("confirm");
  assertEquals(world.handled, []);
  request.answer("yes");
  await test.room.assertReply(asked, "ok", { answer: "yes" });
  await settle();
  assertEquals(world.handled, [1]);
});

Deno.test("ChannelSocket.request() rejects with the error that the client sends", async () => {
  await using test = await setUp();
  const asked = test.request();
  (await test.room.assertRequest("confirm")).refuse({ reason: "busy" });
  const error = await assertRejects(() => asked, RequestRefusedError, 'Cannot request "confirm"');
  assertEquals([error.event, error.response], ["confirm", { reason: "busy" }]);
});

Deno.test("ChannelSocket.request() rejects after timeoutMs, and a late answer is ignored and counted", async () => {
  using time = new FakeTime();
  await using test = await setUp();
  using ignored = new Collected("urvogel:channel:answer_ignored");
  const asked = assertRejects(() => test.request({ timeoutMs: 100 }), RequestTimeoutError, "no answer within 100 ms");
  const request = await test.room.assertRequest("confirm");
  await time.tickAsync(99);
  await time.tickAsync(2);
  const error = await asked;
  assertEquals([error.event, error.timeoutMs], ["confirm", 100]);
  await test.room.assertReply(request.answer("late"), "error", { reason: "unknown request" });
  assertEquals(ignored.events, [{ topic: "room:1", reason: "late" }]);
});

Deno.test("ChannelSocket.request() waits for 5,000 ms by default", async () => {
  using time = new FakeTime();
  await using test = await setUp();
  let ended: unknown;
  test.request().catch((error) => ended = error);
  await time.tickAsync(4_900);
  await settle();
  assertEquals(ended, undefined);
  await time.tickAsync(101);
  await settle();
  assertInstanceOf(ended, RequestTimeoutError);
});

Deno.test("ChannelSocket.request() takes the first answer only", async () => {
  await using test = await setUp();
  using ignored = new Collected("urvogel:channel:answer_ignored");
  const asked = test.request();
  const request = await test.room.assertRequest("confirm");
  request.answer(1);
  await test.room.assertReply(request.answer(2), "error", { reason: "unknown request" });
  assertEquals(await asked, 1);
  assertEquals(ignored.events.length, 1);
});

Deno.test("ChannelSocket.request() takes no answer of another client", async () => {
  await using test = await setUp();
  await using other = await connect(RoomSocket);
  const room = await other.join("room:1");
  const asked = test.request();
  const request = await test.room.assertRequest("confirm");
  const forged = room.push("phx_answer", { ref: request.ref, response: "forged" });
  await room.assertReply(forged, "error", { reason: "unknown request" });
  request.answer("x");
  assertEquals(await asked, "x");
});

Deno.test.each<[string, unknown]>([
  ["no object", "yes"],
  ["without a ref", { response: 1 }],
  ["with a ref that is no text", { ref: 1, response: 1 }],
  ["bytes", Uint8Array.of(1)],
])("an answer is refused and counted: %s", async (_name, payload) => {
  await using test = await setUp();
  using ignored = new Collected("urvogel:channel:answer_ignored");
  await test.room.assertReply(test.room.push("phx_answer", payload), "error", { reason: "invalid answer" });
  assertEquals(ignored.events, [{ topic: "room:1", reason: "malformed" }]);
});

Deno.test("an answer that is larger than maxPayloadBytes is refused, and the request goes on", async () => {
  await using test = await setUp();
  const asked = test.request();
  const request = await test.room.assertRequest("confirm");
  await test.room.assertReply(request.answer("x".repeat(500)), "error", { reason: "payload too large" });
  request.answer("x");
  assertEquals(await asked, "x");
});

Deno.test("ChannelSocket.request() rejects while maxPendingRequests others wait", async () => {
  await using test = await setUp();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const first = test.request();
  const second = test.request();
  const error = await assertRejects(() => test.request(), TooManyRequestsError, '"maxPendingRequests" is 2');
  assertEquals([error.event, error.max], ["confirm", 2]);
  assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["maxPendingRequests", 2]]);
  (await test.room.assertRequest("confirm")).answer(1);
  assertEquals(await first, 1);
  const third = test.request();
  (await test.room.assertRequest("confirm")).answer(2);
  (await test.room.assertRequest("confirm")).answer(3);
  assertEquals([await second, await third], [2, 3]);
});

Deno.test("Channel.maxPendingRequests is 16 by default, and at least 0", async () => {
  class OtherChannel extends RoomChannel {
    override maxPendingRequests = -1;
  }
  class OtherSocket extends RoomSocket {
    override channels = { "room:*": OtherChannel };
  }
  class PlainChannel extends Channel {
    override join() {
      return ok();
    }
  }
  assertEquals(new PlainChannel().maxPendingRequests, 16);
  using crashes = new Collected<CrashReport>("urvogel:process:crashed");
  await assertRejects(() => setUp(OtherSocket), Error, "join crashed");
  assertEquals(crashes.events.map(({ error }) => error.message), [
    'Cannot limit requests: "maxPendingRequests" must be >= 0, received -1',
  ]);
});

const ENDS: [string, (test: Awaited<ReturnType<typeof setUp>>) => unknown, ExitReason][] = [
  ["its client leaves", ({ room }) => room.leave(), { shutdown: "left" }],
  ["its client disconnects", ({ client }) => client.close(), { shutdown: "peer_closed" }],
  ["the channel stops", ({ room }) => room.push("end"), "normal"],
  ["the channel is killed", ({ socket }) => socket.self.exit("kill"), "killed"],
];
for (const [name, end, reason] of ENDS) {
  Deno.test(`ChannelSocket.request() rejects when ${name}`, async () => {
    await using test = await setUp();
    const asked = assertRejects(() => test.request(), RequestExitError);
    end(test);
    assertEquals((await asked).reason, reason);
    await settle();
    assertEquals((await assertRejects(() => test.request(), RequestExitError)).reason, reason);
  });
}

Deno.test("a handler that awaits an answer gives up without a crash when its client leaves", async () => {
  await using test = await setUp();
  using crashes = new Collected<CrashReport>("urvogel:process:crashed");
  test.room.push("ask");
  await test.room.assertRequest("confirm");
  await test.room.assertReply(test.room.leave(), "ok");
  await settle();
  assertEquals([crashes.events, world.ended], [[], [{ shutdown: "left" }]]);
});

Deno.test("a handler may catch the end of its request", async () => {
  await using test = await setUp();
  const asked = test.room.push("ask_safely");
  (await test.room.assertRequest("confirm")).refuse(null);
  await test.room.assertReply(asked, "error", { reason: "RequestRefusedError" });
});

Deno.test("ChannelSocket.request() stops waiting when its signal aborts", async () => {
  await using test = await setUp();
  const abort = new AbortController();
  const asked = assertRejects(() => test.request({ signal: abort.signal }), Error, "no longer");
  const request = await test.room.assertRequest("confirm");
  abort.abort(new Error("no longer"));
  await asked;
  await test.room.assertReply(request.answer(1), "error", { reason: "unknown request" });
  await assertRejects(() => test.request({ signal: abort.signal }), Error, "no longer");
  await test.room.refutePush("confirm");
});

Deno.test("ChannelSocket.request() refuses what it cannot send", async () => {
  await using test = await setUp();
  const bytes = Uint8Array.of(1) as unknown as object;
  await assertRejects(() => test.socket.request("confirm", bytes), TypeError, "received Uint8Array");
  await assertRejects(() => test.request({ timeoutMs: -1 }), RangeError, '"timeoutMs" must be >= 0, received -1');
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  await assertRejects(() => test.socket.request("confirm", cycle), TypeError, "circular");
  const asked = test.request(); // nothing is left over from those
  (await test.room.assertRequest("confirm")).answer(1);
  assertEquals(await asked, 1);
});

Deno.test("ChannelSocket.request() refuses a client of Supabase, which could not answer", async () => {
  class SupabaseSocket extends RoomSocket {
    override serializers = SUPABASE_SERIALIZERS;
  }
  await using test = await setUp(SupabaseSocket);
  await assertRejects(() => test.request(), UnencodableError, "Supabase's clients have no way to answer");
});

Deno.test("ChannelSocket.request() reports how it ended", async () => {
  await using test = await setUp();
  using requested = new Collected<ClientRequestedEvent>("urvogel:channel:requested");
  const asked = test.request();
  (await test.room.assertRequest("confirm")).answer(1);
  await asked;
  const refused = test.request();
  (await test.room.assertRequest("confirm")).refuse(1);
  await assertRejects(() => refused);
  assertEquals(
    requested.events.map(({ topic, event, result }) => [topic, event, result]),
    [["room:1", "confirm", "ok"], ["room:1", "confirm", "error"]],
  );
});

Deno.test("requestClient() asks the client of a channel from outside", async () => {
  await using test = await setUp();
  const pid: Pid<never> = test.socket.self;
  const asked = requestClient(pid, "confirm", { n: 1 });
  (await test.room.assertRequest("confirm", { n: 1 })).answer(1);
  assertEquals(await asked, 1);
  const other = spawn(() => Promise.resolve());
  await assertRejects(() => requestClient(other, "confirm", {}), TypeError, "must be the process of a channel");
});
