/**
 * Channels with a contract at compile time: `deno check` is the test. Each way to be wrong on the server has its
 * `@ts-expect-error`.
 *
 * @module
 */

import {
  Channel,
  channelOf,
  type ChannelSocket,
  type Endpoint,
  type JoiningSocket,
  noreply,
  ok,
  Presence,
  PubSub,
  refuse,
  reply,
  replyAndStop,
  replyError,
  type ServerRef,
  Socket,
  stop,
  topicOf,
} from "@urvogel/realtime";
import { contract, type ReceivedParams, type ReceivedPayload } from "@urvogel/realtime/contract";
import type { TestClient } from "@urvogel/realtime/testing";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";

declare const presence: Presence;

interface User {
  readonly user: string;
}

const room = contract({
  join: { params: z.object({ nick: z.string() }), reply: z.object({ head: z.string() }) },
  in: {
    say: { payload: z.object({ text: z.string() }), reply: z.object({ id: z.number(), kind: z.enum(["new", "old"]) }) },
    typing: { payload: v.object({ on: v.boolean() }) },
    at: { payload: z.object({ when: z.coerce.date() }) },
    move: { payload: type({ x: "number" }) },
  },
  out: {
    said: { payload: z.object({ from: z.string(), text: z.string(), at: z.string().transform(Number) }) },
    typing: { payload: v.object({ user: v.string() }) },
    confirm: { payload: z.object({ text: z.string() }), reply: z.object({ yes: z.stringbool() }) },
  },
});
type Room = typeof room;

/** Never joined. */
export class RoomChannel extends channelOf(room)<User> {
  #messages = 0;

  override join(_topic: string, { nick }: ReceivedParams<Room>, socket: JoiningSocket<User>) {
    const name: string = nick + socket.assigns.user;
    return name === "" ? refuse({ any: "reason" }) : ok({ head: "1" });
  }

  override handleIn = this.handlers({
    say: (payload, socket, push) => {
      const text: string = payload.text;
      // @ts-expect-error: the schema knows no such field
      payload.html;
      const user: string = socket.assigns.user;
      const answer: Promise<{ yes: boolean }> = socket.request("confirm", { text }, { timeoutMs: 1_000 });
      answer.catch(() => {});
      // @ts-expect-error: the field has another name
      socket.request("confirm", { question: text });
      // @ts-expect-error: no such event
      socket.request("ask", { text });
      socket.broadcast("said", { from: user, text, at: "1" });
      // @ts-expect-error: what is sent is the input of the schema, not its output
      socket.broadcast("said", { from: user, text, at: 1 });
      // @ts-expect-error: no such event
      socket.broadcast("sayd", { from: user, text, at: "1" });
      // @ts-expect-error: a field is missing
      socket.push("said", { from: user, text });
      // @ts-expect-error: an event of the client is none of the server
      socket.push("say", { text });
      // @ts-expect-error: the field has another type
      socket.broadcastFrom("typing", { user: 1 });
      // @ts-expect-error: the field has another name
      socket.localBroadcast("typing", { name: user });
      // @ts-expect-error: the field has another name
      socket.localBroadcastFrom("typing", { name: user });
      socket.push("presence_state", {}); // events of the library are known
      // @ts-expect-error: not the channel's own socket either
      this.socket.push("sayd", {});
      this.socket.push("typing", { user });
      if (push.ref === null) return noreply();
      if (text === "") return replyError({ any: "reason" });
      return text === "stop" ? stop("normal") : reply({ id: ++this.#messages, kind: "new" });
    },
    typing: async ({ on }, socket) => {
      await Promise.resolve();
      if (on) socket.broadcastFrom("typing", { user: socket.assigns.user });
      return reply(); // where no reply is declared, an empty one
    },
    at: ({ when }) => {
      const date: Date = when;
      return date ? noreply() : replyError();
    },
    move: this.move,
  });

  move({ x }: ReceivedPayload<Room, "in", "move">, socket: ChannelSocket<User, Room>) {
    socket.push("typing", { user: x.toFixed() });
    return noreply();
  }

  override handleOut = this.outgoing({
    said: ({ from, text, at }, socket) => {
      socket.push("said", { from, text, at });
      // @ts-expect-error: it was broadcast as a text
      socket.push("said", { from, text, at: at.toFixed() });
      return noreply();
    },
  });

  override afterJoin(socket: ChannelSocket<User, Room>) {
    presence.track(socket, socket.assigns.user, {});
    presence.pushState(socket);
    // @ts-expect-error: no such event
    socket.push("joined", {});
  }
}

abstract class Wrong extends channelOf(room)<User> {
  override join() {
    return ok({ head: "1" });
  }
}
const rest = { typing: () => noreply(), at: () => noreply(), move: () => noreply() };

// @ts-expect-error: the contract has events of clients
export class NoHandlers extends Wrong {}

/** Never joined. */
export class MissingHandler extends Wrong {
  // @ts-expect-error: three events have no handler
  override handleIn = this.handlers({ say: () => noreply() });
}
/** Never joined. */
export class UnknownHandler extends Wrong {
  // @ts-expect-error: no such event
  override handleIn = this.handlers({ ...rest, say: () => noreply(), shout: () => noreply() });
}
/** Never joined. */
export class CatchAll extends Wrong {
  // @ts-expect-error: the contract has no other events
  override handleIn = this.handlers({ ...rest, say: () => noreply(), "*": () => noreply() });
}
/** Never joined. */
export class WrongReply extends Wrong {
  // @ts-expect-error: the id is a number
  override handleIn = this.handlers({ ...rest, say: () => reply({ id: "1", kind: "new" }) });
}
/** Never joined. */
export class WrongLiteral extends Wrong {
  // @ts-expect-error: there is no such kind
  override handleIn = this.handlers({ ...rest, say: () => reply({ id: 1, kind: "other" }) });
}
/** Never joined. */
export class EmptyReply extends Wrong {
  // @ts-expect-error: a reply is declared
  override handleIn = this.handlers({ ...rest, say: () => reply() });
}
/** Never joined. */
export class UndeclaredReply extends Wrong {
  // @ts-expect-error: no reply is declared
  override handleIn = this.handlers({ ...rest, typing: () => reply({ ok: true }), say: () => noreply() });
}
/** Never joined. */
export class WrongLastReply extends Wrong {
  // @ts-expect-error: the last reply is one too
  override handleIn = this.handlers({ ...rest, say: () => replyAndStop({}, "normal") });
}
/** Never joined. */
export class WrongLateReply extends Wrong {
  // @ts-expect-error: so is a late one
  override handleIn = this.handlers({ ...rest, say: () => Promise.resolve(reply({ id: 1 })) });
}
/** Never joined. */
export class WrongPayload extends Wrong {
  // @ts-expect-error: the payload is another one
  override handleIn = this.handlers({ ...rest, say: (_payload: { html: string }) => noreply() });
}
/** Never joined. */
export class WrongOutgoing extends Wrong {
  override handleIn = this.handlers({ ...rest, say: () => noreply() });
  // @ts-expect-error: no such event
  override handleOut = this.outgoing({ shouted: () => noreply() });
}
/** Never joined. */
export class UncheckedHandlers extends Wrong {
  // @ts-expect-error: a handler of checked payloads is none of unchecked ones
  override handleIn = { say: (_payload: { text: string }) => noreply() };
}

/** Never joined. */
export class WrongParams extends channelOf(room)<User> {
  // @ts-expect-error: the parameter is another one
  override join(_topic: string, _params: { name: string }) {
    return ok({ head: "1" });
  }
  override handleIn = this.handlers({ ...rest, say: () => noreply() });
}
/** Never joined. */
export class WrongJoinReply extends channelOf(room)<User> {
  // @ts-expect-error: the head is a text
  override join() {
    return ok({ head: 1 });
  }
  override handleIn = this.handlers({ ...rest, say: () => noreply() });
}

const feed = contract({ out: { news: { payload: z.object({ text: z.string() }) } } });

/** Without events of clients there is nothing to handle. Never joined. */
export class FeedChannel extends channelOf(feed) {
  override join() {
    this.socket.push("news", { text: "hello" });
    return ok();
  }
}
/** Never joined. */
export class UndeclaredJoinReply extends channelOf(feed) {
  // @ts-expect-error: no reply to a join is declared
  override join() {
    return ok({ head: "1" });
  }
}

// @ts-expect-error: an event for clients carries an object or bytes
contract({ out: { said: { payload: z.string() } } });
// @ts-expect-error: JSON carries no Map
contract({ in: { say: { payload: z.object({}), reply: z.map(z.string(), z.string()) } } });

const moderated = contract({ ...room, in: { ...room.in, clear: { payload: z.object({}) } } });
/** A contract may extend another one, and so may its channels. */
export abstract class ModeratedChannel extends channelOf(moderated)<User> {
  override handleIn = this.extendHandlers({ clear: () => noreply() });
  // @ts-expect-error: no such event
  protected more = this.extendHandlers({ clean: () => noreply() });
}

class PlainChannel extends Channel<User> {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    anything: (_payload, socket) => {
      socket.push("anything", { at: "all" });
      return reply({ any: 1 });
    },
  });
}
/** Channels with and without a contract, side by side. */
export class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel, feed: FeedChannel, plain: PlainChannel };
  override connect() {
    return ok({ user: "ann" });
  }
}
/** A channel that needs assigns which the socket does not have. */
export class GuestSocket extends Socket {
  // @ts-expect-error: it needs a user
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

const contracts: { readonly in: Room["in"] } = new RoomChannel().contract;
void contracts;

/** Broadcasts from anywhere in the program. Never called. */
export function broadcasts(endpoint: Endpoint): void {
  const topic = endpoint.topic(room, "room:1");
  topic.broadcast("typing", { user: "ann" });
  topic.localBroadcast("presence_diff", { joins: {}, leaves: {} });
  // @ts-expect-error: no such event
  topic.broadcast("typed", { user: "ann" });
  // @ts-expect-error: the field has another name
  topic.localBroadcast("typing", { name: "ann" });
}

export function broadcastsWithoutEndpoint(pubsub: PubSub): void {
  const topic = topicOf(pubsub, room, "room:1");
  topic.broadcast("typing", { user: "ann" });
  // @ts-expect-error: no such event
  topic.broadcast("typed", { user: "ann" });
  // @ts-expect-error: the field has another name
  topic.broadcast("typing", { name: "ann" });
}

/** The test kit. Never called. */
export async function tests(client: TestClient): Promise<void> {
  const channel = await client.join(room, "room:1", { nick: "ann" });
  const head: string = channel.joinReply.head;
  const ref = channel.push("say", { text: head });
  const { id } = await channel.assertReply(ref, "ok", { kind: "new" });
  const number: number = id;
  await channel.assertReply(ref, "error", { any: number });
  const { at } = await channel.assertPush("said", { from: "ann", text: (text) => text !== "" });
  at.toFixed(); // the output of the schema
  // @ts-expect-error: no such parameter
  await client.join(room, "room:1", { name: "ann" });
  // @ts-expect-error: no such event
  channel.push("shout", {});
  // @ts-expect-error: the field has another name
  channel.push("say", { txt: "hi" });
  // @ts-expect-error: the reply has no such field
  await channel.assertReply(ref, "ok", { key: 1 });
  // @ts-expect-error: the server has no such event
  await channel.assertPush("say");
  // @ts-expect-error: the payload has no such field
  await channel.assertPush("said", { body: "hi" });
  // @ts-expect-error: nor has a broadcast
  await channel.assertBroadcast("said", { body: "hi" });
  // @ts-expect-error: without a contract nothing is known
  (await client.join("room:1")).joinReply.head;
}

const present = new Presence({ pubsub: new PubSub(), meta: z.object({ status: z.enum(["here", "away"]) }) });
/** Metas with a schema. Never called. */
export function metas(socket: ChannelSocket<User>): void {
  present.track(socket, "ann", { status: "here" });
  // @ts-expect-error: there is no such status
  present.track(socket, "ann", { status: "gone" });
  const status: "here" | "away" | undefined = present.list(socket).ann?.metas[0]?.status;
  void status;
  // @ts-expect-error: the schema must not change the type
  new Presence<{ at: Date }>({ pubsub: new PubSub(), meta: z.object({ at: z.coerce.date<string>() }) });
}

/** A server that channels call with what a contract let through has the same types. */
interface Game {
  calls: { move(to: ReceivedPayload<Room, "in", "move">): number };
}
/** Never called. */
export async function calls(game: ServerRef<Game>, { x }: ReceivedPayload<Room, "in", "move">): Promise<number> {
  // @ts-expect-error: the field has another name
  await game.call("move", { y: x });
  return await game.call("move", { x });
}
