// deno-lint-ignore-file no-explicit-any -- as they are written in @types/phoenix

/**
 * What must not compile, and what must: the layer over phoenix.js. `deno check` is the test.
 *
 * @module
 */

import { channelOf, type ChannelSocket, noreply, ok } from "@urvogel/realtime";
import { type EventStream, live, paramsFrom, type PhoenixChannel, refresh } from "@urvogel/realtime/client";
import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";

const room = contract({
  join: { params: z.object({ nick: z.string() }), reply: z.object({ members: z.number() }) },
  in: {
    say: { payload: z.object({ text: z.string() }), reply: z.object({ id: z.number() }) },
    note: { payload: z.object({ text: z.string() }) },
  },
  out: {
    said: { payload: z.object({ from: z.string(), text: z.string() }) },
    confirm: { payload: z.object({ text: z.string() }), reply: z.boolean() },
  },
});

/** With a contract. */
export async function typed(channel: PhoenixChannel): Promise<void> {
  const lobby = live<typeof room>(channel, { params: () => Promise.resolve({ nick: "ann" }) });
  const { members }: { members: number } = await lobby.join();
  const { id }: { id: number } = await lobby.call("say", { text: "hello" }, { timeoutMs: members });
  const nothing: unknown = await lobby.call("note", { text: "hello" });
  for await (const { from, text } of lobby.events("said")) console.log(from.length, text.length, id, nothing);
  lobby.onRequest("confirm", ({ text }) => text.length > 0);
  lobby.onRequest("confirm", async ({ text }) => await Promise.resolve(text === "yes"));
  lobby.onRequest("said", () => "anything");

  // @ts-expect-error: no such event
  await lobby.call("shout", { text: "hello" });
  // @ts-expect-error: this is an event of the server
  await lobby.call("said", { from: "ann", text: "hello" });
  // @ts-expect-error: the payload is missing
  await lobby.call("say");
  // @ts-expect-error: not the payload that is declared
  await lobby.call("say", { words: "hello" });
  // @ts-expect-error: no such event
  lobby.events("shouted");
  // @ts-expect-error: this is an event of the client
  lobby.events("say");
  // @ts-expect-error: not the payload that is declared
  for await (const { words } of lobby.events("said")) console.log(words);
  // @ts-expect-error: not the answer that is declared
  lobby.onRequest("confirm", () => "yes");
  // @ts-expect-error: not the answer that is declared
  lobby.onRequest("confirm", () => Promise.resolve("yes"));
  // @ts-expect-error: not the parameters that are declared
  live<typeof room>(channel, { params: () => ({ name: "ann" }) });
}

/** Without one: everything may be sent, and nothing is known of what comes. */
export async function untyped(channel: PhoenixChannel): Promise<void> {
  const lobby = live(channel, { params: () => ({ since: 1 }) });
  const reply: unknown = await lobby.join({ timeoutMs: 1, signal: AbortSignal.timeout(1) });
  const called: unknown = await lobby.call("say", { text: "hello" });
  await lobby.call("say");
  const events: EventStream<unknown> = lobby.events("said", { capacity: 1 });
  lobby.onRequest("confirm", (payload) => [payload, reply, called, events]);
  // @ts-expect-error: nothing is known of it
  await lobby.call("say").then(({ id }) => id);
  // @ts-expect-error: phoenix.js sends objects
  await lobby.call("say", "hello");
}

// `@types/phoenix` 1.6.6, as far as it matters here. The package itself would type `npm:phoenix` in all other tests.
interface TypedPush {
  send(): void;
  receive(status: "ok" | "error" | "timeout", callback: (response?: any) => any): this;
}
interface TypedChannel {
  state: "closed" | "errored" | "joined" | "joining" | "leaving";
  topic: string;
  join(timeout?: number): TypedPush;
  leave(timeout?: number): TypedPush;
  onClose(callback: (payload: any, ref: any, joinRef: any) => void | Promise<void>): number;
  onMessage(event: string, payload: any, ref: any): any;
  on(event: string, callback: (response?: any) => void | Promise<void>): number;
  off(event: string, ref?: number): void;
  push(event: string, payload: object, timeout?: number): TypedPush;
}
interface TypedSocket {
  connect(params?: any): void;
  disconnect(callback?: () => void | Promise<void>, code?: number, reason?: string): void;
  isConnected(): boolean;
  channel(topic: string, chanParams?: object): TypedChannel;
  push(data: object): void;
  onOpen(callback: () => void | Promise<void>): string;
  onMessage(callback: (message: object) => void | Promise<void>): string;
  makeRef(): string;
  off(refs: string[]): void;
}

/** With `@types/phoenix`. */
export async function withTypes(socket: TypedSocket, channel: TypedChannel): Promise<void> {
  const same: TypedSocket = paramsFrom(socket, () => Promise.resolve({ token: "t" }));
  await refresh(same, { token: "t" });
  await live(channel).join();
}

/** On the server. */
export class RoomChannel extends channelOf(room) {
  override join() {
    return ok({ members: 1 });
  }
  override handleIn = this.handlers({
    say: async (_payload, socket) => {
      const isSure: boolean = await socket.request("confirm", { text: "sure?" }, { timeoutMs: 1_000 });
      const anything: unknown = await socket.request("said", { from: "ann", text: "hello" });
      console.log(isSure, anything);
      // @ts-expect-error: not the payload that is declared
      await socket.request("confirm", { words: "sure?" });
      // @ts-expect-error: this is an event of the client
      await socket.request("say", { text: "hello" });
      return noreply();
    },
    note: () => noreply(),
  });
}

/** Without a contract. */
export async function ask(socket: ChannelSocket): Promise<void> {
  const answer: unknown = await socket.request("confirm", { text: "sure?" });
  console.log(answer);
  // @ts-expect-error: bytes cannot be requests
  await socket.request("confirm", Uint8Array.of(1));
}
