import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Channel, Endpoint, ok, type Params, type RequestAllResult, Socket } from "@urvogel/realtime";
import { SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
import { connect, settle } from "@urvogel/realtime/testing";
import { requestAll } from "../../../lib/channel/requests/request_all.ts";
import { serveRoom } from "../../support/room.ts";

class RoomChannel extends Channel {
  override maxPendingRequests = 1;
  override join() {
    return ok();
  }
}

/** Gets the broadcasts of the other room too, without being a member. */
class ListeningChannel extends RoomChannel {
  override afterJoin() {
    this.socket.subscribeClient("room:1");
    this.socket.subscribe("room:1");
  }
}

class UserSocket extends Socket<{ user: string }> {
  override channels = { "room:*": RoomChannel, "listen:*": ListeningChannel };
  override connect({ user }: Params) {
    return ok({ user: String(user) });
  }
  override id({ user }: { user: string }) {
    return user;
  }
}

class SupabaseSocket extends UserSocket {
  override serializers = SUPABASE_SERIALIZERS;
}

/** An endpoint, and clients by name in its room. */
async function setUp(...users: string[]) {
  const endpoint = new Endpoint({ sockets: { "/socket": UserSocket, "/supabase": SupabaseSocket } });
  const clients = await Promise.all(users.map((user) => connect(endpoint, { user })));
  const rooms = await Promise.all(clients.map((client) => client.join("room:1")));
  return { endpoint, clients, rooms, [Symbol.asyncDispose]: () => endpoint.shutdown() };
}

/** The answers, and the members without one, without nodes and pids. */
function inWords({ replies, missing }: RequestAllResult) {
  return {
    replies: replies.map(({ socketId, status, response }) => [socketId, status, response]),
    missing: missing.map(({ socketId, reason }) => [socketId, reason]),
  };
}

Deno.test("Endpoint.requestAll() resolves with all answers, as soon as the last has come", async () => {
  await using test = await setUp("ann", "bob");
  const [ann, bob] = test.rooms;
  const asked = test.endpoint.requestAll("room:1", "vote", { on: "it" });
  (await bob!.assertRequest("vote", { on: "it" })).answer("no");
  (await ann!.assertRequest("vote", { on: "it" })).refuse("busy");
  assertEquals(inWords(await asked), { replies: [["bob", "ok", "no"], ["ann", "error", "busy"]], missing: [] });
});

Deno.test("Endpoint.requestAll() says who has not answered by the deadline, or has gone", async () => {
  using time = new FakeTime();
  await using test = await setUp("ann", "bob", "cid");
  const asked = test.endpoint.requestAll("room:1", "vote", {}, { timeoutMs: 100 });
  const late = await test.rooms[0]!.assertRequest("vote");
  (await test.rooms[1]!.assertRequest("vote")).answer(1);
  test.rooms[2]!.leave();
  await time.tickAsync(200);
  assertEquals(inWords(await asked), { replies: [["bob", "ok", 1]], missing: [["cid", "ended"], ["ann", "timeout"]] });
  await test.rooms[0]!.assertReply(late.answer(2), "error", { reason: "unknown request" });
});

Deno.test("Endpoint.requestAll() misses members that are busy or cannot answer", async () => {
  using time = new FakeTime();
  await using test = await setUp("ann");
  await using other = await connect(test.endpoint, { user: "sue" }, { path: "/supabase" });
  await other.join("room:1");
  const first = test.endpoint.requestAll("room:1", "vote", {}, { timeoutMs: 100 });
  const second = await test.endpoint.requestAll("room:1", "vote", {});
  assertEquals(inWords(second), { replies: [], missing: [["ann", "busy"], ["sue", "unsupported"]] });
  await time.tickAsync(200);
  assertEquals(inWords(await first).missing, [["sue", "unsupported"], ["ann", "timeout"]]);
});

Deno.test("Endpoint.requestAll() asks members only, and resolves at once where there are none", async () => {
  await using test = await setUp();
  await using listener = await connect(test.endpoint, { user: "lea" });
  const room = await listener.join("listen:1");
  await settle();
  assertEquals(await test.endpoint.requestAll("room:1", "vote", {}), { replies: [], missing: [], missingNodes: [] });
  await room.refutePush("vote");
});

Deno.test("Endpoint.requestAll() refuses more than maxMembers, and asks nobody", async () => {
  await using test = await setUp("ann", "bob");
  await assertRejects(
    () => test.endpoint.requestAll("room:1", "vote", {}, { maxMembers: 1 }),
    RangeError,
    "must have at most 1 members, received 2",
  );
  await test.rooms[0]!.refutePush("vote");
});

Deno.test("Endpoint.requestAll() stops when its signal aborts, and refuses what it cannot send", async () => {
  await using test = await setUp("ann");
  const abort = new AbortController();
  const asked = assertRejects(
    () => test.endpoint.requestAll("room:1", "vote", {}, { signal: abort.signal }),
    Error,
    "enough",
  );
  const request = await test.rooms[0]!.assertRequest("vote");
  abort.abort(new Error("enough"));
  await asked;
  await test.rooms[0]!.assertReply(request.answer(1), "error", { reason: "unknown request" });
  const bytes = Uint8Array.of(1) as unknown as object;
  await assertRejects(() => test.endpoint.requestAll("room:1", "vote", bytes), TypeError, "received Uint8Array");
});

Deno.test("Endpoint.requestAll() sends all members of one format the same frame", async () => {
  await using test = await setUp("ann", "bob");
  const asked = test.endpoint.requestAll("room:1", "vote", {});
  const requests = await Promise.all(test.rooms.map((room) => room.assertRequest("vote")));
  const [first, second] = test.clients.map(({ frames }) => frames.at(-1));
  assertEquals([first, requests[0]?.ref], [second, requests[1]?.ref]);
  for (const request of requests) request.answer(null);
  assertEquals((await asked).replies.length, 2);
});

Deno.test("requestAll() waits for the others when the first member is gone as soon as it is asked", async () => {
  using server = serveRoom(() => ({}));
  const [ann, bob] = [await server.connect({ user: "ann" }), await server.connect({ user: "bob" })];
  for (const client of [ann, bob]) await client.join("room:1");
  ann.connection.sent.push = () => {
    ann.hangUp(); // its connection fails
    return 0;
  };
  const asked = requestAll(server.pubsub, "room:1", "vote", {});
  await settle();
  const [[, ref]] = bob.take() as [[unknown, string]];
  await bob.send("1", "2", "room:1", "phx_answer", { ref, response: "yes" });
  const { replies, missing } = await asked;
  assertEquals(replies.map(({ socketId, response }) => [socketId, response]), [["user:bob", "yes"]]);
  assertEquals(missing.map(({ socketId, reason }) => [socketId, reason]), [["user:ann", "ended"]]);
});
