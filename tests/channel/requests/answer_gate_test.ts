/**
 * What clients answer is validated before it settles a request, and a client whose answer does not fit is told why.
 */

import { assertEquals, assertRejects } from "@std/assert";
import {
  type ChannelInvalidEvent,
  channelOf,
  type ChannelSocket,
  type CrashReport,
  Endpoint,
  InvalidAnswerError,
  ok,
  Socket,
} from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import { connect, settle } from "@urvogel/realtime/testing";
import * as z from "zod";
import { Collected } from "../../support/telemetry.ts";

const later = Promise.withResolvers<void>();
const room = contract({
  out: {
    date: { payload: z.object({}), reply: z.object({ at: z.coerce.date() }) },
    slow: { payload: z.object({}), reply: z.string().refine(() => later.promise.then(() => true)) },
    broken: {
      payload: z.object({}),
      reply: z.unknown().transform(() => {
        throw new Error("schema");
      }),
    },
    free: { payload: z.object({}) },
  },
});

class RoomChannel extends channelOf(room) {
  static socket: ChannelSocket<object, typeof room>;
  override join() {
    return ok();
  }
  override afterJoin(socket: ChannelSocket<object, typeof room>) {
    RoomChannel.socket = socket;
  }
}

class RoomSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

/** A client in a room. */
async function setUp() {
  const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket } });
  const client = await connect(endpoint);
  const joined = await client.join("room:1");
  await settle();
  return { endpoint, room: joined, socket: RoomChannel.socket, [Symbol.asyncDispose]: () => endpoint.shutdown() };
}

Deno.test("ChannelSocket.request() resolves with what the contract makes of the answer", async () => {
  await using test = await setUp();
  const asked = test.socket.request("date", {});
  (await test.room.assertRequest("date")).answer({ at: "2026-11-26T00:00:00Z", more: 1 });
  assertEquals(await asked, { at: new Date("2026-11-26T00:00:00Z") });
  const free = test.socket.request("free", {});
  (await test.room.assertRequest("free")).answer([1]);
  assertEquals(await free, [1]);
});

Deno.test("ChannelSocket.request() rejects for an answer that does not fit, and says so to the client", async () => {
  await using test = await setUp();
  using requested = new Collected<{ result: string }>("urvogel:channel:requested");
  using ignored = new Collected("urvogel:channel:answer_ignored");
  using invalid = new Collected<ChannelInvalidEvent>("urvogel:channel:invalid");
  const asked = assertRejects(() => test.socket.request("date", {}), InvalidAnswerError, "does not fit the contract");
  const request = await test.room.assertRequest("date");
  const ref = request.answer({ at: "never" });
  const { issues } = await asked;
  assertEquals(issues.map(({ path }) => path), [["at"]]);
  await test.room.assertReply(ref, "error", { reason: "invalid answer", issues: [{ path: ["at"] }] });
  assertEquals([requested.events.map(({ result }) => result), ignored.events], [["invalid"], []]);
  assertEquals(invalid.events.map(({ event, reason }) => [event, reason]), [["date", "invalid answer"]]);
});

Deno.test("ChannelSocket.request() waits for an asynchronous schema, and takes the first answer", async () => {
  await using test = await setUp();
  const asked = test.socket.request("slow", {});
  const request = await test.room.assertRequest("slow");
  const refs = [request.answer("first"), request.answer("second")];
  await settle();
  later.resolve();
  assertEquals(await asked, "first");
  await test.room.assertReply(refs[0]!, "ok");
  await test.room.assertReply(refs[1]!, "error", { reason: "unknown request" });
});

Deno.test("ChannelSocket.request() takes an answer for invalid whose schema throws, and reports it", async () => {
  await using test = await setUp();
  using crashes = new Collected<CrashReport>("urvogel:process:crashed");
  const asked = assertRejects(() => test.socket.request("broken", {}), InvalidAnswerError);
  (await test.room.assertRequest("broken")).answer(1);
  assertEquals((await asked).issues, []);
  assertEquals(crashes.events.map(({ during, error }) => [during, error.message]), [
    ['the schema of the answer to "broken"', "schema"],
  ]);
});

Deno.test("Endpoint.requestAll() validates by the contract of each member", async () => {
  await using test = await setUp();
  const asked = test.endpoint.requestAll("room:1", "date", {});
  (await test.room.assertRequest("date")).answer({ at: "never" });
  const { replies, missing } = await asked;
  assertEquals([replies, missing.map(({ reason }) => reason)], [[], ["invalid"]]);
});
