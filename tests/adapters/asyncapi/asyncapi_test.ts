/**
 * The document that describes an endpoint, as the parser of AsyncAPI reads it.
 */

import { assertEquals } from "@std/assert";
import { Channel, channelOf, Endpoint, noreply, ok, reply, Socket } from "@urvogel/realtime";
import { asyncApi, type AsyncApiDocument } from "@urvogel/realtime/asyncapi";
import { contract } from "@urvogel/realtime/contract";
import { type } from "arktype";
import { toJsonSchema } from "npm:@valibot/to-json-schema@1.8.0";
import * as v from "valibot";
import * as z from "zod";
import { Parser } from "./parser.ts";

/** A comment, with answers to it. */
const Comment = z.object({
  text: z.string(),
  get answers() {
    return z.array(Comment);
  },
});

const room = contract({
  join: { params: z.object({ nick: z.string() }), reply: z.object({ members: z.int() }) },
  in: {
    say: { payload: z.object({ text: z.string().min(1).transform((text) => text.length) }), reply: Comment },
    move: { payload: type({ x: "number", "y?": "string" }) },
    "typing now": { payload: v.object({ on: v.boolean() }) },
    typing_now: { payload: z.object({ at: z.date() }) },
  },
  out: {
    said: { payload: Comment },
    confirm: { payload: z.object({ text: z.string() }), reply: z.object({ yes: z.boolean() }) },
  },
});

class RoomChannel extends channelOf(room) {
  override join() {
    return ok({ members: 1 });
  }
  override handleIn = this.handlers({
    say: () => reply({ text: "", answers: [] }),
    move: () => noreply(),
    "typing now": () => noreply(),
    typing_now: () => noreply(),
  });
}
class AllChannel extends channelOf(contract({})) {
  override join() {
    return ok();
  }
}
class PlainChannel extends Channel {
  override join() {
    return ok();
  }
}
class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel, plain: PlainChannel, "*": AllChannel };
  override connect() {
    return ok();
  }
}
const endpoint = new Endpoint({ sockets: { "/socket": UserSocket, "/other/": UserSocket } });
const INFO = { title: "Chat", version: "1.2.3" };

/** What the parser has to say of a document, but that there are newer versions of AsyncAPI. */
async function problemsOf(document: AsyncApiDocument): Promise<unknown[]> {
  const diagnostics = await new Parser().validate(JSON.stringify(document));
  return diagnostics.filter(({ code }) => code !== "asyncapi-latest-version").map(({ message, path }) => ({
    message,
    path,
  }));
}

/** The payload of a message of the room. */
function payloadOf({ channels }: AsyncApiDocument, message: string): unknown {
  return channels.room?.messages[message]?.payload;
}

Deno.test("asyncApi() makes a document that the parser of AsyncAPI accepts", async () => {
  assertEquals(await problemsOf(asyncApi(endpoint, INFO)), []);
  assertEquals(await problemsOf(asyncApi(endpoint, { ...INFO, host: "chat.example" })), []);
  const broken = { ...asyncApi(endpoint, INFO), channels: {} };
  assertEquals((await problemsOf(broken)).length > 0, true); // or the test would prove nothing
});

Deno.test("asyncApi() describes each topic pattern with a contract, and each event", async () => {
  const text = JSON.stringify(asyncApi(endpoint, { ...INFO, host: "chat.example" }));
  const { document } = await new Parser().parse(text);
  const channels = document!.channels().all().map((channel) => [channel.id(), channel.address()]);
  const expected = [["room", "room:{rest}"], ["any", "{rest}"]];
  assertEquals(channels, [...expected, ...expected.map(([id, address]) => [`${id}-2`, address])]);
  const servers = document!.servers().all().map((server) =>
    `${server.protocol()}://${server.host()}${server.pathname()}`
  );
  assertEquals(servers, ["wss://chat.example/socket/websocket", "wss://chat.example/other/websocket"]);
  const operations = document!.operations().all().filter((operation) => operation.id()?.startsWith("room_"));
  const found = operations.map((operation) => [
    operation.id(),
    operation.action(),
    operation.messages().all().map((message) => message.name()),
    operation.reply()?.messages().all().map((message) => message.name()),
  ]);
  assertEquals(found, [
    ["room_join", "receive", ["phx_join"], ["phx_reply"]],
    ["room_say", "receive", ["say"], ["phx_reply"]],
    ["room_move", "receive", ["move"], ["phx_reply"]],
    ["room_typing-now", "receive", ["typing now"], ["phx_reply"]],
    ["room_typing_now", "receive", ["typing_now"], ["phx_reply"]],
    ["room_said", "send", ["said"], undefined],
    ["room_confirm", "send", ["confirm"], ["phx_answer"]],
  ]);
});

Deno.test("asyncApi() has the JSON Schemas that libraries make, of what is on the wire", () => {
  const document = asyncApi(endpoint, INFO);
  const text = { type: "string", minLength: 1 };
  assertEquals(payloadOf(document, "say"), { type: "object", properties: { text }, required: ["text"] });
  assertEquals(payloadOf(document, "move"), {
    type: "object",
    properties: { x: { type: "number" }, y: { type: "string" } },
    required: ["x"],
  });
  assertEquals(payloadOf(document, "typing-now"), {}); // Valibot makes none by itself
  assertEquals(payloadOf(document, "typing_now"), { type: "object", properties: { at: {} }, required: ["at"] });
});

Deno.test("asyncApi() converts with `toJsonSchema` what it is given for", () => {
  const document = asyncApi(endpoint, {
    ...INFO,
    toJsonSchema: (schema) =>
      schema["~standard"].vendor === "valibot"
        ? { ...toJsonSchema(schema as v.GenericSchema, { target: "draft-07", typeMode: "input" }) }
        : undefined,
  });
  const properties = { on: { type: "boolean" } };
  assertEquals(payloadOf(document, "typing-now"), { type: "object", properties, required: ["on"] });
  assertEquals(payloadOf(document, "move"), payloadOf(asyncApi(endpoint, INFO), "move"));
});

Deno.test("asyncApi() keeps the references of a recursive schema inside it", async () => {
  const { document } = await new Parser().parse(JSON.stringify(asyncApi(endpoint, INFO)));
  const [message] = document!.operations().get("room_said")!.messages().all();
  const answer = message!.payload()!.properties()!.answers!.items();
  assertEquals(Array.isArray(answer) ? undefined : Object.keys(answer?.properties() ?? {}), ["text", "answers"]);
});
