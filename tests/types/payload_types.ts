/**
 * What must not compile, and what must: payloads of pushes, broadcasts and replies. `deno check` is the test.
 *
 * @module
 */

import {
  type ChannelSocket,
  type Endpoint,
  type HandleInResult,
  type JoinResult,
  type JsonOrBytes,
  ok,
  type Payload,
  refuse,
  reply,
  replyAndStop,
  replyError,
  replyStatus,
  type SocketRef,
} from "@urvogel/realtime";

/** No index signature, and fields by which collections and promises could be taken for. */
interface Message {
  readonly text: string;
  readonly length: number;
  readonly size: number;
  readonly then: string;
}

class Point {
  constructor(readonly x: number, readonly y: number) {}
  length(): number {
    return Math.hypot(this.x, this.y);
  }
}

class Money {
  constructor(readonly cents: number) {}
  toJSON(): object {
    return { amount: this.cents / 100 };
  }
}

/** Runs when it is awaited, as those of many libraries. */
declare class Query implements PromiseLike<object[]> {
  then: PromiseLike<object[]>["then"];
}

declare const message: Message;
declare const sent: JsonOrBytes;
declare const list: Message[];

/** What a push or a broadcast may carry. */
export function payloads<T extends object>(generic: T, record: Record<string, unknown>): readonly Payload[] {
  return [
    {},
    { text: "hello", list, nothing: undefined, nested: { sent } },
    message,
    new Point(1, 2),
    new Money(250),
    record,
    generic,
    Uint8Array.of(1),
    new Uint8Array(new SharedArrayBuffer(1)),
    sent as Message,
    sent as object,
    JSON.parse("{}"),
  ];
}

/** What a reply may carry: all that, and other JSON values. */
export const replies: readonly JsonOrBytes[] = [null, true, 1, "text", list, [1, "a"] as const, sent, message];

/** What neither may carry. */
export const wrong: readonly JsonOrBytes[] = [
  // @ts-expect-error: a promise
  Promise.resolve(message),
  // @ts-expect-error: something to await
  new Query(),
  // @ts-expect-error: a function
  () => message,
  // @ts-expect-error: a class
  Point,
  // @ts-expect-error: a Map
  new Map<string, string>(),
  // @ts-expect-error: a Set
  new Set<string>(),
  // @ts-expect-error: a date, which would become a string
  new Date(),
  // @ts-expect-error: a URL, which would become a string
  new URL("https://urvogel.example"),
  // @ts-expect-error: an iterator
  list.values(),
  // @ts-expect-error: bytes travel as a Uint8Array
  new ArrayBuffer(1),
  // @ts-expect-error: bytes travel as a Uint8Array
  Float32Array.of(1),
  // @ts-expect-error: JSON has no bigint
  1n,
  // @ts-expect-error: JSON has no symbol
  Symbol("s"),
  // @ts-expect-error: JSON has no undefined
  undefined,
];

/** What a push or a broadcast may not carry, while a reply may. */
export const noObjects: readonly Payload[] = [
  // @ts-expect-error: an array
  list,
  // @ts-expect-error: a text
  "text",
  // @ts-expect-error: null
  null,
  // @ts-expect-error: what a client sent may be an array
  sent,
];

/** Never run. */
export function senders(socket: ChannelSocket, endpoint: Endpoint, ref: SocketRef): void {
  socket.push("said", message);
  // @ts-expect-error: an array
  socket.push("said", list);
  // @ts-expect-error: a promise
  socket.broadcast("said", fetch("https://urvogel.example"));
  // @ts-expect-error: a Map
  socket.broadcastFrom("said", new Map());
  // @ts-expect-error: a function
  socket.localBroadcast("said", () => message);
  // @ts-expect-error: a Set
  socket.localBroadcastFrom("said", new Set());
  endpoint.broadcast("room:1", "said", message);
  // @ts-expect-error: an array
  endpoint.broadcast("room:1", "said", list);
  // @ts-expect-error: a promise
  endpoint.localBroadcast("room:1", "said", Promise.resolve({}));
  // @ts-expect-error: a Map
  endpoint.broadcastFrom(socket.self, "room:1", "said", new Map());
  // @ts-expect-error: a function
  endpoint.localBroadcastFrom(socket.self, "room:1", "said", () => message);
  ref.reply(list);
  ref.reply();
  // @ts-expect-error: a promise
  ref.reply(Promise.resolve(list));
}

/** Results that reply. */
export const results: readonly HandleInResult[] = [
  reply(),
  reply(list),
  reply(sent),
  replyError(),
  replyError("text"),
  replyStatus("weird", message),
  replyAndStop(list, "normal"),
  // @ts-expect-error: a promise
  reply(Promise.resolve(list)),
  // @ts-expect-error: a Map
  replyError(new Map()),
  // @ts-expect-error: a function
  replyStatus("weird", () => message),
  // @ts-expect-error: a promise
  replyAndStop(Promise.resolve(list), "normal"),
];

/** Results of joins. */
export const joins: readonly JoinResult[] = [
  ok(),
  ok(list),
  ok(sent),
  refuse(),
  refuse("text"),
  // @ts-expect-error: a promise
  ok(Promise.resolve(list)),
  // @ts-expect-error: a Map
  refuse(new Map()),
];

declare function isRecord(value: unknown): value is Readonly<Record<string, unknown>>;
declare function isMessage(value: unknown): value is Message;
declare function isObject(value: unknown): value is object;

/** What a client sent is looked at as anything else. Never run. */
export function guards(payload: JsonOrBytes): unknown[] {
  if (isRecord(payload)) return [payload.text];
  if (isMessage(payload)) return [payload.text.length];
  if (isObject(payload) && "text" in payload && typeof payload.text === "string") return [payload.text.length];
  if (typeof payload === "object" && payload !== null && "text" in payload) return [payload.text];
  if (payload instanceof Uint8Array) return [payload.byteLength];
  if (Array.isArray(payload)) return [payload.length];
  // @ts-expect-error: nothing is known of it
  return [payload.text];
}
