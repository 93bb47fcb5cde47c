/**
 * The types of phoenix.js for the sockets of a server, by its contracts. Nothing of it is left at run time.
 *
 * @module
 */

import type { Contract } from "../contract/contract.ts";
import type { Untyped } from "../contract/untyped.ts";
import type { PhoenixSocket } from "./phoenix_client.ts";
import type { TypedChannel } from "./typed_channel.ts";
import type { WireParams } from "./wire_types.ts";

/**
 * What the topics of a socket carry: a class that extends `Socket` of the server, or an object type of the same form
 * with contracts instead of channels: `{ channels: { "room:*": typeof room } }`.
 */
export interface Topics {
  /** Channel classes, or contracts, by topic pattern. */
  readonly channels: object;
}

/** The topic patterns of a socket. */
export type TopicPattern<S extends Topics> = keyof S["channels"] & string;

/** The topics of a pattern: itself, or what begins like it where it ends with `*`. */
export type TopicsOf<P extends string> = P extends `${infer Start}*` ? `${Start}${string}` : P;

/** The patterns of `P` that have topic `T`. */
export type MatchingPattern<P extends string, T extends string> = P extends string ? T extends TopicsOf<P> ? P : never
  : never;

/** The pattern of `P` whose topics all others of `P` have, too: the server finds it first, or never. */
export type NarrowestPattern<P extends string, All extends string = P> = P extends string
  ? [All] extends [MatchingPattern<All, TopicsOf<P>>] ? P : never
  : never;

/** The contract of a channel class; a contract itself; `Untyped` for channels without one. */
export type ContractOf<E> = E extends abstract new (...args: never[]) => { readonly contract: infer C }
  ? Extract<C, Contract>
  : E extends Contract ? E
  : Untyped;

/** The contract of topic `T`; one without events if the compiler cannot know which. */
export type ContractFor<S extends Topics, T extends string> = ContractAt<
  S,
  NarrowestPattern<MatchingPattern<TopicPattern<S>, T>>
>;

/** The contract of pattern `P`; one without events if there is none. */
export type ContractAt<S extends Topics, P> = [P] extends [never] ? Contract
  : P extends keyof S["channels"] ? ContractOf<S["channels"][P]>
  : never;

/** The parameters of a join: an object, or a function that returns it, which is called before each join. */
export type ParamsArguments<P> = Record<never, never> extends P ? [params?: P | (() => P)] : [params: P | (() => P)];

/**
 * A `Socket` of phoenix.js 1.6 to 1.8 whose topics are those of `S`, the socket class of the server. Payloads, replies
 * and parameters have the types of the contracts, as they are on the wire: a `Date` arrives as a text.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import type { TypedSocket } from "@urvogel/realtime/client";
 * import type { UserSocket } from "./server.ts";
 *
 * const socket = new Socket("/socket") as TypedSocket<UserSocket>;
 * socket.connect();
 * const room = socket.channel("room:1");
 * room.on("said", ({ from, text }) => console.log(from, text));
 * room.join();
 * room.push("say", { text: "hello" }).receive("ok", ({ id }) => console.log(id));
 * ```
 *
 * `import type` leaves nothing of the server in a bundle. Topics have to be known to the compiler: a text such as
 * `` `room:${id}` `` is, a variable of type `string` only if the socket has the pattern `"*"`.
 */
export interface TypedSocket<S extends Topics> extends PhoenixSocket {
  /** Creates the channel of a topic, which is not joined yet. */
  channel<T extends TopicsOf<TopicPattern<S>>>(
    topic: T,
    ...params: ParamsArguments<WireParams<ContractFor<S, T>>>
  ): TypedChannel<ContractFor<S, T>>;
  /** Forgets a channel. phoenix.js does so by itself when it is left. */
  remove(channel: object): void;
  /** Which transport's protocol the page needs: `"wss"` or `"ws"`. */
  protocol(): string;
  /** The URL of the connection. */
  endPointURL(): string;
  /** The state of the connection. */
  connectionState(): "connecting" | "open" | "closing" | "closed";
  /** Whether the option `logger` was set. */
  hasLogger(): boolean;
  /** Calls the option `logger`. */
  log(kind: string, message: string, data: unknown): void;
  /** Calls `callback` whenever the connection has opened. Returns a ref for {@linkcode PhoenixSocket.off}. */
  onOpen(callback: () => unknown): string;
  /** Calls `callback` whenever the connection has closed. Returns a ref for {@linkcode PhoenixSocket.off}. */
  onClose(
    callback: (event: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) => unknown,
  ): string;
  /** Calls `callback` whenever the connection has failed. Returns a ref for {@linkcode PhoenixSocket.off}. */
  onError(callback: (error: unknown, transport?: unknown, establishedConnections?: number) => unknown): string;
}

/**
 * Gives a socket of phoenix.js the types of a server's socket; see {@linkcode TypedSocket}. At run time it returns what
 * it gets.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { typed } from "@urvogel/realtime/client";
 * import type { UserSocket } from "./server.ts";
 *
 * const socket = typed<UserSocket>(new Socket("/socket"));
 * ```
 *
 * @param socket A socket.
 * @returns The same object.
 */
export function typed<S extends Topics>(socket: PhoenixSocket): TypedSocket<S> {
  return socket as TypedSocket<S>;
}
