/**
 * What `typed` says of phoenix.js is so: what arrives has the types on the wire, with the releases that it is for.
 */

import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { channelOf, Endpoint, ok, reply, Socket } from "@urvogel/realtime";
import { live, typed, type TypedSocket } from "@urvogel/realtime/client";
import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";
import { CLIENT_VERSIONS, Inbox, loadSocketClass } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";

const CLIENTS = CLIENT_VERSIONS.filter(({ version }) => ["1.8.16", "1.7.23", "1.6.16"].includes(version));
// The client leaves timers and requests of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

const event = z.object({
  at: z.date(),
  until: z.date().optional(),
  by: z.string().or(z.undefined()),
  tags: z.array(z.string().or(z.undefined())),
});
const room = contract({
  join: { params: z.object({ nick: z.string() }), reply: event },
  in: {
    echo: { payload: z.object({ at: z.coerce.date<string>() }), reply: event },
    note: { payload: z.object({}) },
    upload: { payload: z.instanceof(Uint8Array), reply: z.instanceof(Uint8Array) },
  },
  out: { said: { payload: event }, chunk: { payload: z.instanceof(Uint8Array) } },
});

const eventAt = (at: Date): z.input<typeof event> => ({ at, by: undefined, tags: ["a", undefined] });
const AT = "2026-11-26T00:00:00.000Z";
const ON_WIRE = { at: AT, tags: ["a", null] };

class RoomChannel extends channelOf(room) {
  override join() {
    return ok(eventAt(new Date(AT)));
  }
  override handleIn = this.handlers({
    echo: ({ at }, socket) => {
      socket.push("said", eventAt(at));
      return reply(eventAt(at));
    },
    note: () => reply(),
    upload: (bytes, socket) => {
      socket.push("chunk", bytes);
      return reply(bytes);
    },
  });
}
class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

Deno.test("typed() returns what it gets", () => {
  const socket = {} as TypedSocket<UserSocket>;
  assertStrictEquals(typed<UserSocket>(socket), socket);
});

for (const client of CLIENTS) {
  Deno.test(`a typed channel gets what its types say (phoenix ${client.version})`, sanitize, async () => {
    await using server = serve(new Endpoint({ sockets: { "/socket": UserSocket }, logLevel: false }));
    const SocketClass = await loadSocketClass(client);
    const socket = new SocketClass(`${server.wsUrl}/socket`) as TypedSocket<UserSocket>;
    socket.connect();
    const channel = socket.channel("room:1", { nick: "ann" });
    const said = new Inbox();
    const chunks = new Inbox<ArrayBuffer>();
    channel.on("said", said.put);
    channel.on("chunk", chunks.put);
    const lobby = live(channel);

    assertEquals(await lobby.join(), ON_WIRE);
    assertEquals(await lobby.call("echo", { at: AT }), ON_WIRE);
    assertEquals(await said.next(), ON_WIRE);
    assertEquals(await lobby.call("note"), {}); // where no reply is declared
    const bytes = await lobby.call("upload", Uint8Array.of(1, 2).buffer);
    for (const arrived of [bytes, await chunks.next()]) {
      assertInstanceOf(arrived, ArrayBuffer);
      assertEquals(new Uint8Array(arrived), Uint8Array.of(1, 2));
    }
    await new Promise<void>((resolve) => socket.disconnect(resolve));
  });
}
