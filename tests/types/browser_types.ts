/**
 * The browser's side of contracts at compile time: `deno check` is the test. Each way to be wrong has its
 * `@ts-expect-error`.
 *
 * @module
 */

import { Channel, channelOf, noreply, ok, reply, Socket } from "@urvogel/realtime";
import {
  live,
  type LiveChannel,
  type paramsFrom,
  type PhoenixChannel,
  refresh,
  typed,
  type TypedSocket,
} from "@urvogel/realtime/client";
import { contract } from "@urvogel/realtime/contract";
import type { Presence, Socket as PhoenixSocket } from "npm:@types/phoenix@1.6.7";
import * as v from "valibot";
import * as z from "zod";

/** `true` if both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const same = <A, B>(_same: Same<A, B>): void => {};

const room = contract({
  join: {
    params: z.object({ nick: z.string(), at: z.coerce.number<string>().optional() }),
    reply: z.object({ since: z.date() }),
  },
  in: {
    say: { payload: z.object({ text: z.string() }), reply: z.object({ id: z.number(), at: z.date() }) },
    typing: { payload: v.object({ on: v.boolean() }) },
    ping: { payload: z.object({}) },
    at: { payload: z.object({ when: z.date() }) },
    upload: { payload: z.instanceof(Uint8Array), reply: z.instanceof(Uint8Array) },
  },
  out: {
    said: {
      payload: z.object({
        from: z.string(),
        text: z.string(),
        at: z.date(),
        tags: z.array(z.union([z.string(), z.undefined()])),
        edited: z.date().optional(),
        by: z.string().or(z.undefined()),
      }),
    },
    chunk: { payload: z.instanceof(Uint8Array) },
    confirm: { payload: z.object({ text: z.string() }), reply: z.object({ yes: z.stringbool() }) },
  },
});
const lobby = contract({ out: { news: { payload: z.object({ text: z.string() }) } } });

class RoomChannel extends channelOf(room) {
  override join() {
    return ok({ since: new Date(0) });
  }
  override handleIn = this.handlers({
    say: () => reply({ id: 1, at: new Date(0) }),
    typing: () => noreply(),
    ping: () => noreply(),
    at: () => noreply(),
    upload: (bytes) => reply(bytes),
  });
}
class LobbyChannel extends channelOf(lobby) {
  override join() {
    return ok();
  }
}
class PlainChannel extends Channel {
  override join() {
    return ok();
  }
}
/** Never connected. */
export class UserSocket extends Socket {
  override channels = { "room:lobby": LobbyChannel, "room:*": RoomChannel, plain: PlainChannel };
  override connect() {
    return ok();
  }
}

declare const phoenixSocket: PhoenixSocket;
declare function presenceOf(channel: ConstructorParameters<typeof Presence>[0]): Presence;
const typedSocket = typed<UserSocket>(phoenixSocket);
/** The form without any import at run time. */
export const cast = phoenixSocket as TypedSocket<UserSocket>;
/** Without `@types/phoenix`, a socket of phoenix.js is `any`. */
const bare = JSON.parse("{}");
same<typeof bare, ReturnType<typeof JSON.parse>>(true);
/** Both forms. */
export const ofBare: TypedSocket<UserSocket>[] = [typed<UserSocket>(bare), bare as TypedSocket<UserSocket>];
same<typeof typedSocket, TypedSocket<UserSocket>>(true);

/** Never called. */
export function channels(socket: TypedSocket<UserSocket>, id: string): void {
  socket.channel("room:1", { nick: "ann" });
  socket.channel(`room:${id}`, () => ({ nick: "ann", at: "1" }));
  socket.channel("room:1", { nick: "ann", since: "last:20" }); // a parameter of the library
  socket.channel("room:lobby");
  // @ts-expect-error: not a position
  socket.channel("room:1", { nick: "ann", since: 1 });
  socket.channel("plain");
  socket.channel("plain", { any: 1 });
  // @ts-expect-error: no such topic
  socket.channel("rom:1", { nick: "ann" });
  // @ts-expect-error: not known to be one of the topics
  socket.channel(id, { nick: "ann" });
  // @ts-expect-error: only this topic, and not what begins like it
  socket.channel("plain:1");
  // @ts-expect-error: the parameters are missing
  socket.channel("room:1");
  // @ts-expect-error: no such parameter
  socket.channel("room:1", { name: "ann" });
  // @ts-expect-error: what is sent is the input of the schema
  socket.channel("room:1", { nick: "ann", at: 1 });
  // @ts-expect-error: the function returns other parameters
  socket.channel("room:1", () => ({ nick: 1 }));

  socket.onOpen(() => {});
  socket.onClose(({ code, wasClean }) => code + Number(wasClean));
  socket.onError(() => {});
  socket.onMessage((message) => message);
  socket.off([socket.makeRef()]);
  const states: ("connecting" | "open" | "closing" | "closed")[] = [socket.connectionState()];
  void [states, socket.isConnected(), socket.protocol(), socket.endPointURL(), socket.hasLogger()];
  socket.remove(socket.channel("plain"));
  // @ts-expect-error: a socket has no such method
  socket.conect();
}

/** Never called. */
export function messages(socket: TypedSocket<UserSocket>): void {
  const channel = socket.channel("room:1", { nick: "ann" });
  channel.on("said", ({ from, text, at, tags, edited, by }, ref) => {
    const parts: string[] = [from, text, at]; // the date arrives as a text
    same<typeof tags, (string | null)[]>(true);
    same<typeof edited, string | undefined>(true);
    same<typeof by, string | undefined>(true);
    void [parts, ref];
  });
  channel.on("said", (said) => {
    // @ts-expect-error: the payload has no such field
    said.body;
    // @ts-expect-error: the date is a text
    said.at.getTime();
  });
  channel.on("chunk", (bytes) => same<typeof bytes, ArrayBuffer>(true));
  // @ts-expect-error: no such event
  channel.on("sayd", () => {});
  // @ts-expect-error: an event of the client is none of the server
  channel.on("say", () => {});
  // @ts-expect-error: the payload is another one
  channel.on("said", (said: { body: string }) => said);
  channel.off("said", channel.on("said", () => {}));
  // @ts-expect-error: no such event
  channel.off("sayd");

  // Events of the library are always known.
  channel.on("presence_state", (state) => state.ann?.metas[0]?.phx_ref.length);
  channel.on("presence_diff", ({ joins, leaves }) => [joins.ann?.metas, leaves.ann?.metas]);
  channel.on("presence_count", ({ keys, metas }) => keys + metas);
  // @ts-expect-error: the payload has no such field
  channel.on("presence_count", ({ people }) => people);
  const presence = presenceOf(channel);
  presence.onSync(() => {});

  channel.join(1000).receive("ok", ({ since }) => same<typeof since, string>(true)).receive("timeout", () => {});
  // @ts-expect-error: the response has no such field
  channel.join().receive("ok", ({ head }) => head);
  // @ts-expect-error: nothing is known of an error
  channel.join().receive("error", ({ reason }) => reason);
  // @ts-expect-error: no such status
  channel.join().receive("okay", () => {});
  channel.onMessage = (_event, payload, _ref) => payload;
  channel.onError((reason) => reason);
  channel.onClose(() => {});
  channel.leave().receive("ok", () => {});

  channel.push("say", { text: "hi" }, 1000).receive("ok", ({ id, at }) => {
    same<typeof id, number>(true);
    same<typeof at, string>(true);
  });
  channel.push("ping", {});
  channel.push("typing", { on: true }).receive("ok", (response) => same<typeof response, Record<never, never>>(true));
  channel.push("upload", new ArrayBuffer(1)).receive("ok", (bytes) => same<typeof bytes, ArrayBuffer>(true));
  // @ts-expect-error: no such event
  channel.push("shout", { text: "hi" });
  // @ts-expect-error: an event of the server is none of the client
  channel.push("said", { from: "ann", text: "hi" });
  // @ts-expect-error: the field has another name
  channel.push("say", { txt: "hi" });
  // @ts-expect-error: the field has another type
  channel.push("say", { text: 1 });
  // @ts-expect-error: the payload is missing
  channel.push("say");
  // @ts-expect-error: the response has no such field
  channel.push("say", { text: "hi" }).receive("ok", ({ key }) => key);
  // @ts-expect-error: no reply is declared
  channel.push("typing", { on: true }).receive("ok", ({ id }) => id);
  // @ts-expect-error: JSON cannot carry what the schema expects
  channel.push("at", { when: new Date(0) });
  // @ts-expect-error: nor would the schema accept a text
  channel.push("at", { when: "1970-01-01" });
  // @ts-expect-error: phoenix.js sends an ArrayBuffer as bytes
  channel.push("upload", Uint8Array.of(1));

  const news = socket.channel("room:lobby"); // the narrowest pattern
  news.on("news", ({ text }) => text.length);
  // @ts-expect-error: the contract of this topic is another one
  news.on("said", () => {});
  // @ts-expect-error: it has no events of clients
  news.push("say", { text: "hi" });

  const plain = socket.channel("plain"); // without a contract
  plain.on("anything", (payload) => same<typeof payload, unknown>(true));
  plain.push("anything", { any: 1 }).receive("ok", (response) => same<typeof response, unknown>(true));
}

/** The layer over phoenix.js is typed by the same. Never called. */
export async function layer(socket: TypedSocket<UserSocket>): Promise<void> {
  const channel = live(socket.channel("room:1", { nick: "ann" }), { params: async () => ({ nick: await "ann" }) });
  const { since } = await channel.join({ timeoutMs: 1 });
  same<typeof since, string>(true);
  const { id, at } = await channel.call("say", { text: "hi" }, { timeoutMs: 1 });
  same<[typeof id, typeof at], [number, string]>(true);
  await channel.call("ping");
  for await (const { from, at } of channel.events("said", { capacity: 1 })) {
    same<[typeof from, typeof at], [string, string]>(true);
  }
  for await (const { keys } of channel.events("presence_count")) same<typeof keys, number>(true);
  channel.onRequest("confirm", ({ text }) => ({ yes: text === "" ? "yes" : "no" }));
  channel.onRequest("confirm", async ({ text }) => ({ yes: await text }));
  channel.channel.on("said", ({ text }) => text);
  // @ts-expect-error: no such parameter
  live(socket.channel("room:1", { nick: "ann" }), { params: () => ({ name: "ann" }) });
  // @ts-expect-error: no such event
  await channel.call("shout", {});
  // @ts-expect-error: the field has another name
  await channel.call("say", { txt: "hi" });
  // @ts-expect-error: the payload is missing
  await channel.call("say");
  // @ts-expect-error: the response has no such field
  (await channel.call("say", { text: "hi" })).key;
  // @ts-expect-error: the response to the join has no such field
  (await channel.join()).head;
  // @ts-expect-error: no such event
  channel.events("sayd");
  // @ts-expect-error: the payload has no such field
  for await (const { body } of channel.events("said")) body;
  // @ts-expect-error: no such event
  channel.onRequest("ask", () => ({ yes: "yes" }));
  // @ts-expect-error: the answer is the input of the schema
  channel.onRequest("confirm", () => ({ yes: true }));
  // @ts-expect-error: the payload has no such field
  channel.onRequest("confirm", ({ question }) => ({ yes: question }));
  // @ts-expect-error: the type of another channel
  const other: LiveChannel<typeof lobby> = channel;
  void other;
  await refresh(socket, {});
  same<ReturnType<typeof paramsFrom<typeof socket>>, typeof socket>(true);
}

/** Without types everything is as before. Never called. */
export async function untyped(phoenix: PhoenixSocket, own: PhoenixChannel): Promise<void> {
  for (const channel of [live(phoenix.channel("room:1")), live(own), live(bare.channel("room:1"))]) {
    const response: unknown = await channel.call("anything", { any: 1 });
    for await (const payload of channel.events("anything")) same<typeof payload, unknown>(true);
    channel.onRequest("anything", (payload) => [payload, response]);
  }
}

/** A page that cannot see the server has the contracts. Never called. */
export function contractsOnly(phoenix: PhoenixSocket): void {
  const socket = typed<{ channels: { "room:*": typeof room; "lobby": typeof lobby } }>(phoenix);
  socket.channel("room:1", { nick: "ann" }).on("said", ({ text }) => text.length);
  // @ts-expect-error: no such event
  socket.channel("lobby").on("said", () => {});
}

// @ts-expect-error: not a socket of a server
typed<{ topics: object }>(phoenixSocket);
// @ts-expect-error: not a socket of phoenix.js
typed<UserSocket>(new WebSocket("/socket"));
